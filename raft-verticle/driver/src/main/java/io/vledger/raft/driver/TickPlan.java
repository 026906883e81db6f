package io.vledger.raft.driver;

import io.vledger.raft.Raft;

/**
 * Sets the alarm for a member's next tick: none before the core has something to do. Loop only.
 *
 * <p>Silence of others has consequences only if this member listened until its end, and a loop that is late has not. So half of what is left
 * is waited for at a time, and {@link RaftClock} counts no more than what was waited for. While others are heard the end moves on before the
 * first half is over, and the alarm with it.
 */
final class TickPlan {
    /**
     * Work of a leader is done at multiples of this, so that the members of many groups in a process wake it, and one another's processes,
     * together.
     */
    static final int GRID_MS = 25;
    /** An alarm that comes early by less than this is not set anew. */
    static final int EARLY_MS = 50;

    private static final int LEAST_STEP_MS = 15;
    private static final int SOONEST_MS = 1;
    private static final long NONE = Long.MAX_VALUE;

    private final Shell shell;
    private final RaftClock clock;
    private final Raft raft;
    private final ReplicaMeter meter;
    private final Runnable tick;
    private long alarmMs = NONE;
    private long setNanos;
    private long delayMs;

    /** @param tick called when it is time, and calls {@link #renew} */
    TickPlan(MemberCore core, Runnable tick) {
        this.shell = core.shell();
        this.clock = core.clock();
        this.raft = core.raft();
        this.meter = core.meter();
        this.tick = tick;
    }

    /**
     * Something has happened that may move the next tick.
     *
     * @param otherMs when another part wants it at the latest, by the shell's clock
     */
    void renew(long otherMs) {
        long silence = raft.silenceDueMs();
        if (silence == Long.MAX_VALUE) {
            return;
        }
        long raftMs = clock.nowMs();
        long now = shell.nowMs();
        long next = Math.min(Math.max(otherMs, now + SOONEST_MS), now + step(silence - raftMs));
        long work = raft.workDueMs();
        if (work != Long.MAX_VALUE) {
            next = Math.min(next, onGrid(now + Math.max(SOONEST_MS, work - raftMs)));
        }
        if (next < alarmMs || next - alarmMs >= EARLY_MS) {
            alarmMs = next;
            setNanos = meter.nanos();
            delayMs = next - now;
            clock.awakeAt(next);
            shell.wake(delayMs, this::fire);
        }
    }

    private void fire() {
        alarmMs = NONE;
        meter.fired(setNanos, delayMs);
        tick.run();
    }

    private static long step(long leftMs) {
        return Math.max(SOONEST_MS, Math.min(leftMs, Math.max(LEAST_STEP_MS, leftMs / 2)));
    }

    private static long onGrid(long atMs) {
        return -Math.floorDiv(-atMs, GRID_MS) * (long) GRID_MS;
    }
}
