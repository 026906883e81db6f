package io.vledger.acceptance.line;

import java.util.concurrent.locks.LockSupport;

/** Moments at which a program that sends at a given pace has something to do. */
public final class Pace {
    private Pace() {}

    /** Waits until {@link System#nanoTime()} has come so far. */
    public static void until(long momentNs) {
        for (long leftNs = momentNs - System.nanoTime(); leftNs > 0; leftNs = momentNs - System.nanoTime()) {
            LockSupport.parkNanos(leftNs);
        }
    }
}
