package io.vledger.store.rocksdb;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.StoreException;
import java.util.Map;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.WriteBufferManager;

/**
 * Native memory that all databases of this process share and that bounds them together: a block cache, and a bound of all write
 * buffers, which are charged to it. Closed after the last database.
 */
final class SharedMemory implements AutoCloseable {
    private static final long BLOCK_CACHE_BYTES = 64L << 20;
    private static final long WRITE_BUFFERS_BYTES = 96L << 20;

    private final Cache cache;
    private final WriteBufferManager writeBuffers;

    private SharedMemory(long cacheBytes, long writeBuffersBytes) {
        this.cache = new LRUCache(cacheBytes + writeBuffersBytes);
        this.writeBuffers = new WriteBufferManager(writeBuffersBytes, cache);
    }

    /** From the plugin's own section of the configuration. The native library must be loaded. */
    static SharedMemory from(JsonObject config) throws StoreException {
        String where = "plugins.store-rocksdb";
        Map<String, Long> given = Settings.numbers(where, config);
        long cacheBytes = Settings.take(given, "blockCacheBytes", BLOCK_CACHE_BYTES, 1 << 20, 1L << 40);
        long buffersBytes = Settings.take(given, "writeBuffersBytes", WRITE_BUFFERS_BYTES, 1 << 20, 1L << 40);
        Settings.nothingLeft(where, given, "blockCacheBytes, writeBuffersBytes");
        return new SharedMemory(cacheBytes, buffersBytes);
    }

    Cache cache() {
        return cache;
    }

    WriteBufferManager writeBuffers() {
        return writeBuffers;
    }

    @Override
    public void close() {
        writeBuffers.close();
        cache.close();
    }
}
