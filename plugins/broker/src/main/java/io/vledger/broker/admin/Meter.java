package io.vledger.broker.admin;

import java.util.function.LongSupplier;

/**
 * Rates and sums of a growing counter over windows of up to a day, from samples: one each 10 s for the last ten minutes, one
 * each ten minutes for the last day. Loop only; {@link #sample} is to be called about each 10 s.
 */
final class Meter {
    /** How often to sample, milliseconds. */
    static final long SAMPLE_MS = 10_000;

    static final long MINUTE_MS = 60_000;
    static final long HOUR_MS = 60 * MINUTE_MS;
    static final long DAY_MS = 24 * HOUR_MS;
    private static final long COARSE_MS = 10 * MINUTE_MS;

    private final LongSupplier counter;
    private final LongSupplier clock;
    private final Ring fine = new Ring(62);
    private final Ring coarse = new Ring(146);
    private long todayMorning;
    private long yesterdayMorning;
    private long day;

    Meter(LongSupplier counter, LongSupplier clock) {
        this(counter, clock, counter.getAsLong());
    }

    /** A meter of a counter that has grown from this value just now. */
    Meter(LongSupplier counter, LongSupplier clock, long value) {
        this.counter = counter;
        this.clock = clock;
        long now = clock.getAsLong();
        day = Math.floorDiv(now, DAY_MS);
        fine.add(now, value);
        coarse.add(now, value);
    }

    /** Takes a sample. */
    void sample() {
        long now = clock.getAsLong();
        long value = counter.getAsLong();
        fine.add(now, value);
        if (now - coarse.newestTime() >= COARSE_MS) {
            coarse.add(now, value);
        }
        long today = Math.floorDiv(now, DAY_MS);
        if (today != day) {
            yesterdayMorning = todayMorning;
            todayMorning = value;
            day = today;
        }
    }

    /** How much was counted in the last {@code windowMs}, or since the first sample if that is less. */
    long sum(long windowMs) {
        return Math.max(0, counter.getAsLong() - ring(windowMs).valueAt(clock.getAsLong() - windowMs));
    }

    /** Count per second over the last {@code windowMs}, or since the first sample if that is less. */
    double perSecond(long windowMs) {
        long now = clock.getAsLong();
        Ring ring = ring(windowMs);
        long elapsed = now - ring.timeAt(now - windowMs);
        return elapsed <= 0 ? 0 : sum(windowMs) * 1000.0 / elapsed;
    }

    /** Rates over 10 s, a minute and ten minutes, as RocketMQ's tools read them. */
    String rates() {
        return perSecond(SAMPLE_MS) + " " + perSecond(MINUTE_MS) + " " + perSecond(10 * MINUTE_MS);
    }

    /** The counter now. */
    long total() {
        return counter.getAsLong();
    }

    /** The counter when this day (UTC) began; 0 if that was before the start. */
    long totalThisMorning() {
        return todayMorning;
    }

    /** The counter when yesterday (UTC) began; 0 if that was before the start. */
    long totalYesterdayMorning() {
        return yesterdayMorning;
    }

    private Ring ring(long windowMs) {
        return windowMs <= COARSE_MS ? fine : coarse;
    }

    /** The newest samples. */
    private static final class Ring {
        private final long[] times;
        private final long[] values;
        private int count;

        Ring(int size) {
            times = new long[size];
            values = new long[size];
        }

        void add(long time, long value) {
            int at = count % times.length;
            times[at] = time;
            values[at] = value;
            count++;
        }

        long newestTime() {
            return times[(count - 1) % times.length];
        }

        long valueAt(long time) {
            return values[indexAt(time)];
        }

        long timeAt(long time) {
            return times[indexAt(time)];
        }

        /** The newest sample that is not after {@code time}, or the oldest. */
        private int indexAt(long time) {
            int oldest = Math.max(0, count - times.length);
            for (int n = count - 1; n > oldest; n--) {
                if (times[n % times.length] <= time) {
                    return n % times.length;
                }
            }
            return oldest % times.length;
        }
    }
}
