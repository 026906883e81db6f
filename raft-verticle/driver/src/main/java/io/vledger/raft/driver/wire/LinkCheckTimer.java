package io.vledger.raft.driver.wire;

import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * When a member checks its connections: once in an election time-out, after a message that has woken its loop anyway if one comes in the
 * last third of it, else at the same moments as all other groups of the process, and sooner where the last check asks for it. Loop only.
 */
final class LinkCheckTimer {
    private final Vertx vertx;
    private final LongSupplier nanoTime;
    private final Check check;
    private final int leastMs;
    private final int periodMs;
    private final int earlyMs;
    private boolean running;
    private long timer = -1;
    private long checkedNanos;
    private int delayMs;

    /** A check of the connections. */
    @FunctionalInterface
    interface Check {
        /**
         * Checks them.
         *
         * @param passedMs how long ago the last one was, as far as this side listened meanwhile
         * @return within how many milliseconds the next one is due
         */
        long check(long passedMs);
    }

    /** @param nanoTime monotonic clock, nanoseconds */
    LinkCheckTimer(Vertx vertx, int electionMs, LongSupplier nanoTime, Check check) {
        this.vertx = vertx;
        this.nanoTime = nanoTime;
        this.check = check;
        this.leastMs = Math.max(10, electionMs / 8);
        this.periodMs = Math.max(20, electionMs);
        this.earlyMs = periodMs * 2 / 3;
    }

    /** Checks soon, and then again and again. */
    void start() {
        running = true;
        checkedNanos = nanoTime.getAsLong();
        checkIn(leastMs);
    }

    /** Checks no more. */
    void stop() {
        running = false;
        vertx.cancelTimer(timer);
    }

    /** A message has come: checks now if it soon would, which saves the wake-up. */
    void woken() {
        long now = nanoTime.getAsLong();
        if (running && TimeUnit.NANOSECONDS.toMillis(now - checkedNanos) >= earlyMs && vertx.cancelTimer(timer)) {
            checkAgain(now);
        }
    }

    private void checkIn(int milliseconds) {
        delayMs = milliseconds;
        timer = vertx.setTimer(milliseconds, fired -> checkAgain(nanoTime.getAsLong()));
    }

    private void checkAgain(long now) {
        long passedMs = Math.min(TimeUnit.NANOSECONDS.toMillis(now - checkedNanos), (long) delayMs + leastMs);
        checkedNanos = now;
        long boundMs = check.check(passedMs);
        if (running) {
            checkIn(nextMs(TimeUnit.NANOSECONDS.toMillis(now), boundMs));
        }
    }

    private int nextMs(long nowMs, long boundMs) {
        long nextMs = periodMs - Math.floorMod(nowMs, (long) periodMs);
        nextMs += nextMs < periodMs / 2 ? periodMs : 0;
        return (int) Math.min(nextMs, Math.max(leastMs, boundMs));
    }
}
