package io.vledger.raft.driver;

/**
 * The core's clock. It runs on ticks, and by {@value #MAX_STEP_MS} ms at most with each: while the loop was busy or the process was
 * paused, the silence of others proves nothing, because what they sent is still to be read. Loop only.
 */
final class RaftClock {
    static final int MAX_STEP_MS = 40;

    private long raftMs;
    private long tickedMs;

    /** @param nowMs where it starts */
    RaftClock(long nowMs) {
        raftMs = nowMs;
        tickedMs = nowMs;
    }

    /** Time passed, by the monotonic clock. */
    void tick(long nowMs) {
        raftMs += Math.min(nowMs - tickedMs, MAX_STEP_MS);
        tickedMs = nowMs;
    }

    /** The core's time. */
    long nowMs() {
        return raftMs;
    }
}
