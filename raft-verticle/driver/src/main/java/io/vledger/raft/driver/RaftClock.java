package io.vledger.raft.driver;

import java.util.function.LongSupplier;

/**
 * The core's clock. It runs up to the next moment for which the loop has set its alarm, and beyond that by {@value #MAX_LATE_MS} ms at most
 * each time it is read: while the loop was busy or the process was paused, the silence of others proves nothing, because what they sent is
 * still to be read. Loop only.
 */
final class RaftClock {
    static final int MAX_LATE_MS = 25;

    private final LongSupplier monotonicMs;
    private long raftMs;
    private long readMs;
    private long awakeMs;

    /** @param monotonicMs the shell's clock, from which this one starts */
    RaftClock(LongSupplier monotonicMs) {
        this.monotonicMs = monotonicMs;
        raftMs = monotonicMs.getAsLong();
        readMs = raftMs;
        awakeMs = raftMs;
    }

    /** The loop will run at this moment, by the monotonic clock, whatever else happens. */
    void awakeAt(long atMs) {
        awakeMs = atMs;
    }

    /** The core's time. */
    long nowMs() {
        long now = monotonicMs.getAsLong();
        long counted = Math.max(0, awakeMs - readMs) + MAX_LATE_MS;
        raftMs += Math.max(0, Math.min(now - readMs, counted));
        readMs = now;
        return raftMs;
    }
}
