package io.vledger.remoting.connection;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what peers can provoke as often as they like: a few lines per interval, and how many were left out. Safe for use by
 * any thread.
 */
final class QuietLog {
    private static final Logger LOG = LoggerFactory.getLogger("io.vledger.remoting");
    private static final int LINES = 10;
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long intervalStart = System.nanoTime() - INTERVAL_NANOS;
    private int lines;
    private long leftOut;

    void warn(String message) {
        long missed = admit();
        if (missed >= 0) {
            LOG.warn("{}{}", message, missed == 0 ? "" : " (" + missed + " such lines were left out)");
        }
    }

    void error(String message, Throwable cause) {
        long missed = admit();
        if (missed >= 0) {
            LOG.error("{}{}", message, missed == 0 ? "" : " (" + missed + " such lines were left out)", cause);
        }
    }

    /** Returns how many lines were left out before this one, or -1 to leave it out too. */
    private synchronized long admit() {
        long now = System.nanoTime();
        if (now - intervalStart >= INTERVAL_NANOS) {
            intervalStart = now;
            lines = 0;
        }
        if (lines >= LINES) {
            leftOut++;
            return -1;
        }
        lines++;
        long missed = leftOut;
        leftOut = 0;
        return missed;
    }
}
