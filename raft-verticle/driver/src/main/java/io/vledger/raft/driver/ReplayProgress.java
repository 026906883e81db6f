package io.vledger.raft.driver;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a member has come with applying what its log held when it started: the entries after its last checkpoint, or all of them
 * where an index has to be rebuilt. If that takes long it is logged every few seconds, and is part of the member's status. Loop only.
 */
final class ReplayProgress {
    private static final Logger LOG = LoggerFactory.getLogger(ReplayProgress.class);
    private static final long INTERVAL_MS = 5_000;
    private static final long NOT_YET = -1;

    private final String group;
    private final long first;
    private long last;
    private long beganMs = NOT_YET;
    private long nextMs;
    private String text = "";

    /**
     * The progress of one start.
     *
     * @param first index of the last entry that need not be applied again
     * @param last index of the log's last entry
     */
    ReplayProgress(String group, long first, long last) {
        this.group = group;
        this.first = first;
        this.last = last;
    }

    /**
     * Looks how far it is, and logs it if it is time.
     *
     * @param applied index of the last entry that is applied
     * @param lastIndex index of the log's last entry now: a leader may have had some removed
     */
    void look(long nowMs, long applied, long lastIndex) {
        if (beganMs == NOT_YET) {
            beganMs = nowMs;
            nextMs = nowMs + INTERVAL_MS;
        }
        last = Math.min(last, lastIndex);
        if (applied >= last) {
            if (!text.isEmpty()) {
                LOG.info("{}: {} entries of the log were applied again in {} s", group, last - first, seconds(nowMs));
                text = "";
            }
            nextMs = Long.MAX_VALUE;
        } else if (nowMs >= nextMs) {
            text = "applying the log again: " + Math.max(0, applied - first) + " of " + (last - first) + " entries";
            LOG.info("{}: {} ({} s so far)", group, text, seconds(nowMs));
            nextMs = nowMs + INTERVAL_MS;
        }
    }

    private long seconds(long nowMs) {
        return (nowMs - beganMs) / 1_000;
    }

    /** How far it was a moment ago, for the status; empty if it is over, or has only begun. */
    String text() {
        return text;
    }
}
