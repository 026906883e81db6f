package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
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

/**
 * One pull of 32 messages of 1 KiB that are adjacent in the log, from the page cache, each operation the next 32: as what was
 * written a moment ago, verified anew each time, and verified as a running store does, which remembers a record for a moment.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 4, time = 2)
public class ReadBenchmark {
    private static final int MESSAGE_BYTES = 1 << 10;
    private static final int PULL_BYTES = 32 * MESSAGE_BYTES;
    private static final long LOG_BYTES = 48L << 20;

    /** How bytes are read. */
    @Param({"unverified", "verified", "remembered"})
    public String how = "";

    /** Bytes of a record: what one turn of the leader took in. */
    @Param({"1024", "32768", "262144"})
    public int recordBytes;

    private Path directory;
    private MmapGroupStore store;
    private ByteBuf target;
    private long next;

    /** Writes a log, and opens it again unless what was just written is to be read. */
    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("read-benchmark");
        store = opened();
        Addressing addressing = store.log().addressing();
        byte[] payload = new byte[recordBytes];
        long index = 1;
        while (store.log().endPosition() < LOG_BYTES) {
            long position = addressing.place(store.log().endPosition(), LogRecord.HEADER_BYTES + recordBytes);
            LogBatch.Builder builder =
                    new LogBatch.Builder(addressing, position, UnpooledByteBufAllocator.DEFAULT, 1 << 20);
            builder.open();
            builder.buffer().writeBytes(payload);
            builder.close((byte) 16, (short) 1, index++, 1);
            LogBatch batch = builder.build();
            store.log().append(batch);
            batch.release();
        }
        store.log().sync();
        if (!how.equals("unverified")) {
            store.close();
            store = opened();
        }
        target = ByteBufAllocator.DEFAULT.directBuffer(PULL_BYTES);
    }

    private MmapGroupStore opened() throws IOException {
        AtomicLong ticks = new AtomicLong();
        StoreSpec spec = new StoreSpec(directory, "g", "n0", 1L << 30, LogBase.EMPTY, new JsonObject());
        // A clock that leaps makes every reading a late one.
        return MmapGroupStore.open(
                spec,
                new NioDisk(directory),
                () -> {},
                how.equals("verified") ? () -> ticks.addAndGet(TimeUnit.HOURS.toNanos(1)) : System::nanoTime);
    }

    /** One pull. */
    @Benchmark
    public int pull() throws IOException {
        target.clear();
        int left = PULL_BYTES;
        while (left > 0) {
            int count = Math.min(left, recordBytes);
            long record = next / recordBytes * (recordBytes + LogRecord.HEADER_BYTES);
            long at = record + LogRecord.HEADER_BYTES + next % recordBytes;
            store.log().read(at, count, target);
            next = (next + count) % (32L << 20);
            left -= count;
        }
        return target.getInt(0);
    }

    /** Removes what was written. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        target.release();
        store.close();
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        }
    }
}
