package io.vledger.store.rocksdb;

import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreProvider;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.store.mmap.MmapStoreProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What one batch costs from its first payload byte to the disk, in this store and in the one on plain files. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class AppendBenchmark {
    private static final byte KIND = 16;
    private static final int KEPT_SEGMENTS = 4;

    /** Messages of 1,200 bytes in a batch. */
    @Param({"1", "32", "256"})
    public int messages;

    @Param({"mmap", "rocksdb"})
    public String type;

    private final byte[] message = new byte[1200];
    private Path directory;
    private GroupStore store;

    @Setup(Level.Trial)
    public void open() throws IOException {
        directory = Files.createTempDirectory("vledger-append");
        NativeLibrary.load(directory.resolveSibling(directory.getFileName() + "-native"));
        StoreProvider provider = type.equals("mmap")
                ? new MmapStoreProvider()
                : new RocksStoreProvider(SharedMemory.from(new JsonObject()));
        store = provider.open(new StoreSpec(directory, "g", "n0", 64 << 20, LogBase.EMPTY, new JsonObject()));
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private LogBatch build() {
        int bytes = messages * message.length;
        long position = store.log().addressing().place(store.log().endPosition(), bytes + 64);
        LogBatch.Builder builder = new LogBatch.Builder(
                store.log().addressing(), position, PooledByteBufAllocator.DEFAULT, bytes + 64);
        builder.open();
        for (int i = 0; i < messages; i++) {
            builder.buffer().writeBytes(message);
        }
        builder.close(KIND, (short) 1, store.log().lastIndex() + 1, 1);
        return builder.build();
    }

    @Benchmark
    public long buildOnly() {
        LogBatch batch = build();
        long end = batch.endPosition();
        batch.release();
        return end;
    }

    @Benchmark
    public long append() throws IOException {
        LogBatch batch = build();
        store.log().append(batch);
        batch.release();
        dropOld();
        return store.log().endPosition();
    }

    @Benchmark
    public long appendAndSync() throws IOException {
        append();
        store.log().sync();
        return store.log().endPosition();
    }

    /** Keeps the disk from filling up. */
    private void dropOld() throws IOException {
        var segments = store.log().segments();
        if (segments.size() > KEPT_SEGMENTS) {
            store.log().sync();
            store.log().dropPrefix(List.copyOf(segments).get(2).firstIndex());
        }
    }
}
