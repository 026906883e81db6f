package io.vledger.raft.driver;

import io.vledger.api.plugin.GroupConfig;

/**
 * Whether one member has what its leader has committed. It is in sync while it lacks few enough bytes, and while it had, not
 * long ago, all that was committed at that time: the rule of Kafka's {@code replica.lag.time.max.ms}, which bounds how stale a
 * member is whatever the load, and which a member that makes no progress can never meet. Loop only.
 */
final class CatchUp {
    private static final long NEVER = -1;

    private final GroupConfig.InSync bounds;
    /** What was committed at {@link #sampleMs}, and is still to be reached; negative for none. */
    private long sampleIndex = NEVER;

    private long sampleMs;
    private long caughtUpMs = NEVER;

    CatchUp(GroupConfig.InSync bounds) {
        this.bounds = bounds;
    }

    /**
     * Observes a moment.
     *
     * @param target what the leader has committed
     * @param reached what the member has
     */
    void observe(long nowMs, long target, long reached) {
        if (reached >= target) {
            caughtUpMs = nowMs;
            sampleIndex = NEVER;
            return;
        }
        if (sampleIndex >= 0 && reached >= sampleIndex) {
            caughtUpMs = sampleMs;
            sampleIndex = NEVER;
        }
        if (sampleIndex < 0) {
            sampleIndex = target;
            sampleMs = nowMs;
        }
    }

    /** The member or the leader changed: nothing is known. */
    void forget() {
        sampleIndex = NEVER;
        caughtUpMs = NEVER;
    }

    /** Milliseconds since it had all that was committed; -1 if it never had, or if nothing is known. */
    long lagMs(long nowMs) {
        return caughtUpMs == NEVER ? NEVER : Math.max(0, nowMs - caughtUpMs);
    }

    /**
     * Whether it is in sync.
     *
     * @param lagBytes what it lacks; -1 for unknown
     */
    boolean inSync(long nowMs, long lagBytes) {
        return caughtUpMs != NEVER && nowMs - caughtUpMs <= bounds.lagMs() && lagBytes <= bounds.lagBytes();
    }
}
