package io.vledger.broker.group;

/**
 * The time that sends took from their arrival to the commit of their messages: counted in the ranges that RocketMQ's tools show, in
 * windows of a minute. Loop only.
 */
public final class PutTimes {
    private static final long WINDOW_MS = 60_000;
    private static final String[] NAMES = {
        "[<=0ms]",
        "[0~10ms]",
        "[10~50ms]",
        "[50~100ms]",
        "[100~200ms]",
        "[200~500ms]",
        "[500ms~1s]",
        "[1~2s]",
        "[2~3s]",
        "[3~4s]",
        "[4~5s]",
        "[5~10s]",
        "[10s~]"
    };
    /** Where each range ends, exclusive but for the first, milliseconds; the last has no end. */
    private static final long[] ENDS = {0, 10, 50, 100, 200, 500, 1000, 2000, 3000, 4000, 5000, 10_000};

    private long[] current = new long[NAMES.length];
    private long[] last = new long[NAMES.length];
    private long windowStartMs = Long.MIN_VALUE;
    private long maxMs;

    PutTimes() {}

    /** Counts a send that took this long. */
    public void add(long tookMs, long nowMs) {
        roll(nowMs);
        maxMs = Math.max(maxMs, tookMs);
        int range = 0;
        while (range < ENDS.length && (range == 0 ? tookMs > 0 : tookMs >= ENDS[range])) {
            range++;
        }
        current[range]++;
    }

    private void roll(long nowMs) {
        if (windowStartMs == Long.MIN_VALUE) {
            windowStartMs = nowMs;
        }
        long over = nowMs - windowStartMs;
        if (over >= WINDOW_MS) {
            last = over < 2 * WINDOW_MS ? current : new long[NAMES.length];
            current = new long[NAMES.length];
            windowStartMs = nowMs - over % WINDOW_MS;
        }
    }

    /** The longest since the start, milliseconds. */
    public long maxMs() {
        return maxMs;
    }

    /** The counts of the last full minute as RocketMQ writes them: {@code [<=0ms]:5 [0~10ms]:3 …}. */
    public String lastMinute(long nowMs) {
        roll(nowMs);
        StringBuilder text = new StringBuilder();
        for (int range = 0; range < NAMES.length; range++) {
            text.append(NAMES[range]).append(':').append(last[range]).append(' ');
        }
        return text.toString();
    }

    /**
     * A time that this share of the sends of the last full minute did not exceed: the end of a range, milliseconds; 0 if there
     * were none.
     */
    public long percentileMs(double share, long nowMs) {
        roll(nowMs);
        long total = 0;
        for (long count : last) {
            total += count;
        }
        long seen = 0;
        for (int range = 0; range < ENDS.length && total > 0; range++) {
            seen += last[range];
            if (seen >= share * total) {
                return Math.min(ENDS[range], maxMs);
            }
        }
        return total == 0 ? 0 : maxMs;
    }
}
