package io.vledger.broker.timer;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.store.mmap.MmapStoreProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.concurrent.TimeUnit;
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

/** What millions of timers that wait cost a member: memory, printed once they are there; and what they add to a restart. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1)
@Measurement(iterations = 3)
@Fork(value = 1, jvmArgs = "-Xmx1g")
public class PendingTimersBenchmark {
    private static final long FROM_MS = 1_700_000_000_000L / TimerBuckets.MINUTE_MS * TimerBuckets.MINUTE_MS;
    private static final int MESSAGE_BYTES = 300;
    /** A checkpoint each 64 MiB of log. */
    private static final int CHECKPOINT_UNITS = (64 << 20) / MESSAGE_BYTES;

    /** Timers. */
    @Param("10000000")
    public int timers;

    /** Minutes over which they are spread. */
    @Param({"1440", "4320"})
    public int minutes;

    private Path directory;
    private GroupStore store;
    private TimerBuckets buckets;
    private byte[] mark = {};

    /** Lets them wait. */
    @Setup(Level.Trial)
    public void fill() throws IOException {
        directory = Files.createTempDirectory("timers");
        store = new MmapStoreProvider()
                .open(new StoreSpec(directory, "g", "n0", 1 << 30, LogBase.EMPTY, new JsonObject()));
        buckets = new TimerBuckets(store.queues());
        Random random = new Random(1);
        long before = used();
        for (int i = 0; i < timers; i++) {
            long dueMs = FROM_MS + (long) (random.nextDouble() * minutes * TimerBuckets.MINUTE_MS);
            buckets.append(new TimerUnit(dueMs, (long) i * MESSAGE_BYTES, MESSAGE_BYTES, false));
            if (i % CHECKPOINT_UNITS == 0) {
                mark = store.queues().prepareFlush().run();
            }
        }
        mark = store.queues().prepareFlush().run();
        buckets.log(TimerBuckets.minuteOf(FROM_MS)).maxOffset();
        System.out.printf("%n%d timers wait: %.1f MiB of live heap%n", timers, (used() - before) / (double) (1 << 20));
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Opens the index again, as at a start. */
    @Benchmark
    public void restart() throws StoreException {
        store.queues().rewind(mark);
    }

    /** Reads the units of a minute, as a leader does before it begins. */
    @Benchmark
    public long minute() throws StoreException {
        var log = buckets.log(TimerBuckets.minuteOf(FROM_MS) + minutes / 2);
        long[] units = new long[1];
        long next = log.minOffset();
        while (next < log.maxOffset()) {
            next += log.read(next, CHECKPOINT_UNITS, (queueOffset, position, size, code) -> ++units[0] > 0);
        }
        return units[0];
    }

    /** Removes the files. */
    @TearDown(Level.Trial)
    public void remove() throws IOException {
        store.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
