package io.vledger.raft;

/**
 * A leadership transfer under way (Raft dissertation, section 3.10): to whom, until when, and when the target was last asked
 * to campaign. The leader takes no proposals meanwhile.
 */
final class Transfer {
    private static final long NEVER = Long.MIN_VALUE / 2;

    final String target;
    /** Whether proposals whose outcome is open must not delay it: this leader cannot finish them. */
    final boolean urgent;

    private final long deadlineMs;
    private final int repeatMs;
    private long requestedMs = NEVER;

    /** @param repeatMs interval after which a target that still does not campaign is asked again */
    Transfer(String target, boolean urgent, long deadlineMs, int repeatMs) {
        this.target = target;
        this.urgent = urgent;
        this.deadlineMs = deadlineMs;
        this.repeatMs = repeatMs;
    }

    /** When the time for it is over. */
    long deadlineMs() {
        return deadlineMs;
    }

    /** Whether the time for it is over. */
    boolean late(long nowMs) {
        return nowMs >= deadlineMs;
    }

    /** Whether the target should be asked now; records that it is. */
    boolean requestDue(long nowMs) {
        boolean due = nowMs - requestedMs >= repeatMs;
        if (due) {
            requestedMs = nowMs;
        }
        return due;
    }
}
