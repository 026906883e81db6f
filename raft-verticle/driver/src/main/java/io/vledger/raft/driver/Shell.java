package io.vledger.raft.driver;

import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The environment of a replica: its loop, its clock and a place for slow reads. */
public interface Shell {
    /** Monotonic clock, milliseconds. */
    long nowMs();

    /** Monotonic clock for measurements, nanoseconds; nothing is decided by it. */
    long nanoTime();

    /** Asks for one {@link Replica#turn} after everything that the loop has received was taken in. Loop only. */
    void requestTurn();

    /** Runs a task on the loop. Any thread. */
    void execute(Runnable task);

    /** Runs a task on the loop when that does something else next: it is not woken. Any thread. */
    default void executeLazily(Runnable task) {
        execute(task);
    }

    /** Runs a task on the loop after a delay. Loop only. */
    void schedule(long delayMs, Runnable task);

    /** As {@link #schedule}, in place of the task that was given here before, unless that has run. Loop only. */
    void wake(long delayMs, Runnable task);

    /** Runs a read off the loop and hands its result or failure back on the loop. */
    <T> void read(Callable<T> read, BiConsumer<@Nullable T, @Nullable Exception> done);

    /** A new incarnation; see {@link StartIdentity}. */
    long newIncarnation();

    /** Bound of the incarnations that any member can have by now: what is beyond it was made up. */
    long greatestIncarnation();

    /** A number below {@code bound}, for timeouts. */
    int jitter(int bound);
}
