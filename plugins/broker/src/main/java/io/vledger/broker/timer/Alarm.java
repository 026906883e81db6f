package io.vledger.broker.timer;

import io.vledger.api.group.Group;
import java.util.function.LongSupplier;

/**
 * Runs a task once a time has come: the earliest that was asked for since it ran last. Waits a minute at most, since the clock of the node
 * may be set. Loop only.
 */
final class Alarm {
    private static final long LONGEST_MS = 60_000;

    private final Group group;
    private final LongSupplier clock;
    private final Runnable task;
    private boolean armed;
    private long atMs;
    private long number;

    Alarm(Group group, LongSupplier clock, Runnable task) {
        this.group = group;
        this.clock = clock;
        this.task = task;
    }

    /** Asks for this time, milliseconds since the epoch; in the past for soon. */
    void at(long timeMs) {
        long nowMs = clock.getAsLong();
        long wanted = Math.max(nowMs + 1, Math.min(timeMs, nowMs + LONGEST_MS));
        if (armed && atMs <= wanted) {
            return;
        }
        armed = true;
        atMs = wanted;
        long mine = ++number;
        group.schedule(wanted - nowMs, () -> {
            if (mine == number) {
                armed = false;
                task.run();
            }
        });
    }

    /** Asks for a time that is this far away. */
    void in(long delayMs) {
        at(clock.getAsLong() + delayMs);
    }

    /** Whether a time was asked for that has not come. */
    boolean armed() {
        return armed;
    }

    /** Runs no more, until it is asked again. */
    void cancel() {
        armed = false;
        number++;
    }
}
