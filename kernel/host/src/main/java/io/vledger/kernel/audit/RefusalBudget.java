package io.vledger.kernel.audit;

/** How many refused attempts are recorded each second. Safe for use by any thread. */
final class RefusalBudget {
    private static final long SECOND_MS = 1000;

    private final int perSecond;
    private long second = Long.MIN_VALUE;
    private int taken;

    RefusalBudget(int perSecond) {
        this.perSecond = perSecond;
    }

    /** Whether one more may be recorded now. */
    synchronized boolean take(long nowMs) {
        long now = Math.floorDiv(nowMs, SECOND_MS);
        if (now != second) {
            second = now;
            taken = 0;
        }
        return taken++ < perSecond;
    }
}
