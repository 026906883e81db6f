package io.vledger.broker.pop;

import java.util.function.LongSupplier;

/**
 * The time that pops and deadlines are counted in, which goes on through changes of leader although the clocks of members differ. A member
 * that follows compares its own clock with the times in entries as it applies them: the smallest difference seen is that of the clocks and
 * the shortest way. A new leader goes on in the time of the one before, so that an invisible time ends neither early nor, but for that way,
 * late; it never goes back behind a time that an entry named. Loop only.
 */
final class PopClock {
    /** A member's clock that is ahead by more cannot be distinguished from an entry that this member applies long after it was proposed. */
    static final long MAX_AHEAD_MS = 10_000;

    private static final long WINDOW_MS = 60_000;

    private final LongSupplier wall;
    private boolean leads;
    private long lateMs;
    private long smallest = Long.MAX_VALUE;
    private long smallestBefore = Long.MAX_VALUE;
    private long windowEndMs;
    private long latestMs;
    /** The time that was named last. */
    private long stampedMs;

    PopClock(LongSupplier wall) {
        this.wall = wall;
    }

    /** An entry with a time of the leader's clock was applied. */
    void stamped(long ms) {
        latestMs = Math.max(latestMs, ms);
        if (leads || ms == stampedMs) {
            return; // a later look at the same time shows nothing new
        }
        stampedMs = ms;
        long now = wall.getAsLong();
        if (now >= windowEndMs) {
            // Old differences are forgotten once there are new ones, so that a clock that was put right counts.
            smallestBefore = smallest;
            smallest = Long.MAX_VALUE;
            windowEndMs = now + WINDOW_MS;
        }
        smallest = Math.min(smallest, now - ms);
    }

    /** This member leads now. */
    void lead(long latestInState) {
        leads = true;
        latestMs = Math.max(latestMs, latestInState);
        long difference = Math.min(smallest, smallestBefore);
        lateMs = difference > MAX_AHEAD_MS ? 0 : difference;
    }

    /** This member does not lead any more. */
    void follow() {
        if (leads) {
            leads = false;
            smallest = Long.MAX_VALUE;
            smallestBefore = Long.MAX_VALUE;
            windowEndMs = 0;
            stampedMs = 0;
        }
    }

    /** Now, milliseconds; for a leader. */
    long nowMs() {
        latestMs = Math.max(latestMs, wall.getAsLong() - lateMs);
        return latestMs;
    }

    /** How long until a time of this clock, milliseconds of any clock. */
    long untilMs(long atMs) {
        long now = wall.getAsLong() - lateMs;
        if (atMs <= now) {
            return 0; // also where the difference is no number
        }
        return atMs == Long.MAX_VALUE ? Long.MAX_VALUE : atMs - now;
    }
}
