package io.vledger.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what has no event that a test could wait on, with a deadline: the one place where tests let time pass. */
public final class Eventually {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 1_000_000;

    private Eventually() {}

    /** Waits 30 s at most until the condition holds. */
    public static void await(String what, BooleanSupplier condition) {
        await(what, DEADLINE, condition, () -> "");
    }

    /** Waits until the condition holds. */
    public static void await(String what, Duration atMost, BooleanSupplier condition) {
        await(what, atMost, condition, () -> "");
    }

    /**
     * Waits until the condition holds.
     *
     * @param seen shown when it did not
     * @throws AssertionError if it does not in time
     */
    public static void await(String what, Duration atMost, BooleanSupplier condition, Supplier<?> seen) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError(
                        "waited " + atMost.toMillis() + " ms in vain until " + what + ": " + seen.get());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Sees that the condition holds all the time: for what must not happen, which no event can show. */
    public static void staysTrue(String what, Duration time, BooleanSupplier condition) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            if (!condition.getAsBoolean()) {
                throw new AssertionError("no longer true: " + what);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
