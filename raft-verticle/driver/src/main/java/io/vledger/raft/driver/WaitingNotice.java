package io.vledger.raft.driver;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what a member without a leader waits for: soon after the wait begins, when the reason changes, and repeatedly at growing
 * intervals while it lasts. Loop only.
 */
final class WaitingNotice {
    private static final Logger LOG = LoggerFactory.getLogger(WaitingNotice.class);
    private static final long FIRST_MS = 2_000;
    private static final long LONGEST_PAUSE_MS = 60_000;

    private final String group;
    private String noticed = "";
    private long sinceMs = -1;
    private long nextMs;
    private long pauseMs;

    WaitingNotice(String group) {
        this.group = group;
    }

    /** Updates the reason for waiting; empty for none. */
    void update(long nowMs, String waitsFor) {
        if (waitsFor.isEmpty()) {
            sinceMs = -1;
            noticed = "";
            return;
        }
        if (sinceMs < 0) {
            sinceMs = nowMs;
            nextMs = nowMs + FIRST_MS;
            pauseMs = FIRST_MS;
        }
        boolean changed = !noticed.isEmpty() && !noticed.equals(waitsFor);
        if (nowMs < nextMs && !(changed && nowMs >= nextMs - pauseMs + FIRST_MS)) {
            return;
        }
        noticed = waitsFor;
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        nextMs = nowMs + pauseMs;
        LOG.warn("{}: {} (for {} s)", group, waitsFor, (nowMs - sinceMs) / 1_000);
    }

    /** Milliseconds since the waiting began; 0 while not waiting. */
    long waitedMs(long nowMs) {
        return sinceMs < 0 ? 0 : nowMs - sinceMs;
    }
}
