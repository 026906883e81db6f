package io.vledger.api.timer;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;

/**
 * Timers for what is looked at every second or less often. All of a process, of any part, fire at multiples of their interval by one
 * monotonic clock, so that an idle process is woken once for all of them: a wake-up costs more than most of what is then done.
 */
public final class AlignedTimers {
    private AlignedTimers() {}

    /**
     * Calls a task at each multiple of an interval, first after a whole interval at most. The timer belongs to the context that this is
     * called in.
     *
     * @param intervalMs milliseconds
     * @return the timer, for {@link Vertx#cancelTimer}
     */
    public static long setPeriodic(Vertx vertx, long intervalMs, Runnable task) {
        return vertx.setPeriodic(untilNext(intervalMs), intervalMs, timer -> task.run());
    }

    /** Milliseconds until the next multiple of an interval, at least one. */
    public static long untilNext(long intervalMs) {
        return untilNext(intervalMs, TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    }

    static long untilNext(long intervalMs, long nowMs) {
        return intervalMs - Math.floorMod(nowMs, intervalMs);
    }
}
