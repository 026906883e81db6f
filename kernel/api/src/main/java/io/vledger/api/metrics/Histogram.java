package io.vledger.api.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;

/**
 * Counts values by size in fixed buckets. One thread records; any thread may read at any time and sees each value counted
 * soon after, though a bucket perhaps a moment before the sum. Recording allocates nothing and takes no lock: a short walk
 * over the bounds and two plain stores.
 */
public final class Histogram {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SUM = sumHandle();
    private static final double NANOS_IN_SECOND = 1e9;

    private final long[] bounds;
    private final double[] shownBounds;
    private final double unit;
    private final long[] counts;

    @SuppressWarnings("UnusedVariable") // through SUM
    private long sum;

    /**
     * An empty histogram.
     *
     * @param unit what one of the unit shown is in the unit recorded, for example 1e9 to record nanoseconds and show seconds
     * @param shownBounds ascending inclusive upper bounds in the unit shown, without the infinite one
     */
    public Histogram(double unit, double... shownBounds) {
        this.unit = unit;
        this.shownBounds = shownBounds.clone();
        this.bounds = new long[shownBounds.length];
        this.counts = new long[shownBounds.length + 1];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = Math.round(shownBounds[i] * unit);
            if (i > 0 && bounds[i] <= bounds[i - 1]) {
                throw new IllegalArgumentException("bounds must ascend: " + shownBounds[i]);
            }
        }
    }

    /** One that records nanoseconds and shows seconds, from 50 µs to 10 s: for what a disk or a network does. */
    public static Histogram ofNanos() {
        return new Histogram(
                NANOS_IN_SECOND,
                0.00005,
                0.0001,
                0.00025,
                0.0005,
                0.001,
                0.0025,
                0.005,
                0.01,
                0.025,
                0.05,
                0.1,
                0.25,
                0.5,
                1,
                2.5,
                10);
    }

    private static VarHandle sumHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Histogram.class, "sum", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Counts a value; negative ones as zero. By the one thread that writes. */
    public void record(long value) {
        add(value, 1);
    }

    /** Counts the same value several times. By the one thread that writes. */
    public void add(long value, int times) {
        long counted = Math.max(0, value);
        int bucket = 0;
        while (bucket < bounds.length && counted > bounds[bucket]) {
            bucket++;
        }
        COUNT.setOpaque(counts, bucket, counts[bucket] + times);
        SUM.setOpaque(this, sum + counted * times);
    }

    /** Number of values. Any thread. */
    public long count() {
        long all = 0;
        for (int i = 0; i < counts.length; i++) {
            all += (long) COUNT.getOpaque(counts, i);
        }
        return all;
    }

    /** Reports what was counted under a name. Any thread. */
    public void collect(MetricSink sink, String name, String help, Map<String, String> labels) {
        double shownSum = (long) SUM.getOpaque(this) / unit;
        long[] copy = new long[counts.length];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = (long) COUNT.getOpaque(counts, i);
        }
        sink.histogram(name, help, labels, shownBounds, copy, shownSum);
    }
}
