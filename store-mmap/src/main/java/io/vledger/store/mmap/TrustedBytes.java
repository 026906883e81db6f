package io.vledger.store.mmap;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows which bytes of the log need no checksum when they are read, because they come from memory: the end of the log that this
 * process wrote a moment ago, and records that were verified a moment ago. Everything else may have been on the disk meanwhile,
 * and a disk may return something else. Safe for use by any thread.
 */
final class TrustedBytes {
    /** How much of the log's end is in the page cache, whatever else the machine does. */
    private static final long WRITTEN_BYTES = 64L << 20;

    private static final long WRITTEN_NS = 60_000_000_000L;
    private static final long VERIFIED_NS = 1_000_000_000L;
    /** Enough for the records that some hundred consumers read at a time. */
    private static final int VERIFIED_MAX = 512;

    private final LongSupplier nanos;
    private final long writtenBytes;
    private final long verifiedNs;
    private volatile long trustedFrom;
    private volatile long lastWriteNs;
    /** Where the log ended when the running interval began, and the one before. Lane only. */
    private long intervalEnd;

    private long intervalNs;
    /** By position of a record that was verified: its end, and when. Guarded by this. */
    private final NavigableMap<Long, long[]> verified = new TreeMap<>();

    private TrustedBytes(LongSupplier nanos, long writtenBytes, long verifiedNs, long end) {
        this.nanos = nanos;
        this.writtenBytes = writtenBytes;
        this.verifiedNs = verifiedNs;
        this.trustedFrom = end;
        this.intervalEnd = end;
        this.intervalNs = nanos.getAsLong();
    }

    /**
     * What to trust of a log that ends at a position when it is opened.
     *
     * @param nanos clock for what the page cache still has; null for a disk of a test or of the simulator: nothing is trusted, so
     *     that the same reads always find the same
     */
    static TrustedBytes of(@Nullable LongSupplier nanos, long end) {
        return nanos == null
                ? new TrustedBytes(() -> 0, 0, 0, Long.MAX_VALUE)
                : new TrustedBytes(nanos, WRITTEN_BYTES, VERIFIED_NS, end);
    }

    /** Bytes were written at the log's end. Lane only. */
    void written(long from, long end) {
        if (writtenBytes == 0) {
            return;
        }
        long now = nanos.getAsLong();
        long elapsed = now - intervalNs;
        if (elapsed > WRITTEN_NS / 2) {
            // What was written since the running interval began stays; all before goes.
            trustedFrom = Math.max(trustedFrom, elapsed > WRITTEN_NS ? from : intervalEnd);
            intervalEnd = from;
            intervalNs = now;
        }
        trustedFrom = Math.max(trustedFrom, end - writtenBytes);
        lastWriteNs = now;
    }

    /** The log was cut: what comes next may lie where other bytes were. Lane only. */
    synchronized void cut(long end) {
        verified.clear();
        trustedFrom = writtenBytes == 0 ? Long.MAX_VALUE : end;
        intervalEnd = end;
    }

    /** Whether the bytes from a position to the log's end were written by this process a moment ago. */
    boolean writtenLately(long position) {
        return position >= trustedFrom && nanos.getAsLong() - lastWriteNs < WRITTEN_NS;
    }

    /** A record is intact. */
    synchronized void verified(long position, long end) {
        if (verifiedNs == 0) {
            return;
        }
        long now = nanos.getAsLong();
        if (verified.size() >= VERIFIED_MAX) {
            verified.values().removeIf(entry -> now - entry[1] > verifiedNs);
            if (verified.size() >= VERIFIED_MAX) {
                verified.clear();
            }
        }
        verified.put(position, new long[] {end, now});
    }

    /** Whether a range lies in records that were verified a moment ago, one behind the other. */
    synchronized boolean verifiedLately(long position, int length) {
        Map.Entry<Long, long[]> records = verified.floorEntry(position);
        if (records == null) {
            return false;
        }
        long now = nanos.getAsLong();
        long at = position;
        while (records != null && records.getValue()[0] > at && now - records.getValue()[1] <= verifiedNs) {
            at = records.getValue()[0];
            if (at >= position + length) {
                return true;
            }
            records = verified.floorEntry(at);
        }
        return false;
    }
}
