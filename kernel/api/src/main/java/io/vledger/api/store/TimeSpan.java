package io.vledger.api.store;

/**
 * A span of time, both ends inclusive.
 *
 * @param fromMs milliseconds since the epoch
 * @param toMs milliseconds since the epoch
 */
public record TimeSpan(long fromMs, long toMs) {
    /** All times. */
    public static final TimeSpan ALL = new TimeSpan(Long.MIN_VALUE, Long.MAX_VALUE);

    /** Whether a time is in it. */
    public boolean contains(long timestampMs) {
        return timestampMs >= fromMs && timestampMs <= toMs;
    }

    /** Whether any time from {@code firstMs} to {@code lastMs} is in it. */
    public boolean overlaps(long firstMs, long lastMs) {
        return firstMs <= toMs && lastMs >= fromMs;
    }
}
