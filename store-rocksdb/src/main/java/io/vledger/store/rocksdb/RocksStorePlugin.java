package io.vledger.store.rocksdb;

import io.vertx.core.Future;
import io.vledger.api.origin.OldDatabases;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.store.StoreProvider;
import org.jspecify.annotations.Nullable;

/** Offers this backend under the name {@code rocksdb}; loads the native library, and frees what databases share. */
public final class RocksStorePlugin extends PluginVerticle {
    private @Nullable RocksStoreProvider provider;

    /** For the kernel. */
    public RocksStorePlugin() {}

    @Override
    public Future<?> start() {
        return vertx.<RocksStoreProvider>executeBlocking(
                        () -> {
                            NativeLibrary.load(plugin().node().dataDirectory());
                            return new RocksStoreProvider(SharedMemory.from(plugin().config()));
                        },
                        false)
                .map(loaded -> {
                    provider = loaded;
                    plugin().provide(StoreProvider.class, "rocksdb", loaded);
                    plugin().provide(
                                    OldDatabases.class,
                                    "rocksdb",
                                    new CopiedDatabases(plugin().node().dataDirectory()));
                    return true;
                });
    }

    @Override
    public Future<?> stop() {
        RocksStoreProvider loaded = provider;
        if (loaded == null) {
            return Future.succeededFuture();
        }
        return vertx.executeBlocking(
                () -> {
                    loaded.close();
                    return true;
                },
                false);
    }
}
