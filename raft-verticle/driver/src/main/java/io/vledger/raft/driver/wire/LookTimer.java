package io.vledger.raft.driver.wire;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a member looks at its connections: once in an election time-out, after a message that has woken its loop anyway if one comes in the
 * last third of it, else at the same moments as all other groups of the process, and sooner where the last look asks for it. Loop only.
 */
final class LookTimer {
    private final Vertx vertx;
    private final LongSupplier nanoTime;
    private final Look look;
    private final int leastMs;
    private final int periodMs;
    private final int earlyMs;
    private boolean running;
    private long timer = -1;
    private long lookedNanos;
    private int delayMs;

    /** A look at the connections. */
    @FunctionalInterface
    interface Look {
        /**
         * Looks.
         *
         * @param passedMs how long ago the last look was, as far as this side listened meanwhile
         * @return within how many milliseconds the next one is due
         */
        long look(long passedMs);
    }

    /** @param nanoTime monotonic clock, nanoseconds */
    LookTimer(Vertx vertx, int electionMs, LongSupplier nanoTime, Look look) {
        this.vertx = vertx;
        this.nanoTime = nanoTime;
        this.look = look;
        this.leastMs = Math.max(10, electionMs / 8);
        this.periodMs = Math.max(20, electionMs);
        this.earlyMs = periodMs * 2 / 3;
    }

    /** Looks soon, and then again and again. */
    void start() {
        running = true;
        lookedNanos = nanoTime.getAsLong();
        lookIn(leastMs);
    }

    /** Looks no more. */
    void stop() {
        running = false;
        vertx.cancelTimer(timer);
    }

    /** A message has come: looks now if it soon would, which saves the wake-up. */
    void woken() {
        long now = nanoTime.getAsLong();
        if (running && TimeUnit.NANOSECONDS.toMillis(now - lookedNanos) >= earlyMs && vertx.cancelTimer(timer)) {
            lookAgain(now);
        }
    }

    private void lookIn(int milliseconds) {
        delayMs = milliseconds;
        timer = vertx.setTimer(milliseconds, looked -> lookAgain(nanoTime.getAsLong()));
    }

    private void lookAgain(long now) {
        long passedMs = Math.min(TimeUnit.NANOSECONDS.toMillis(now - lookedNanos), (long) delayMs + leastMs);
        lookedNanos = now;
        long boundMs = look.look(passedMs);
        if (running) {
            lookIn(nextMs(TimeUnit.NANOSECONDS.toMillis(now), boundMs));
        }
    }

    private int nextMs(long nowMs, long boundMs) {
        long nextMs = periodMs - Math.floorMod(nowMs, (long) periodMs);
        nextMs += nextMs < periodMs / 2 ? periodMs : 0;
        return (int) Math.min(nextMs, Math.max(leastMs, boundMs));
    }
}
