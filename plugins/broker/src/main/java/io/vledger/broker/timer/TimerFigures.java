package io.vledger.broker.timer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what happens to timers on this member since its process started. Loop only. */
public final class TimerFigures {
    private static final Logger LOG = LoggerFactory.getLogger(TimerFigures.class);

    private long appended;
    private long delivered;
    private long lateMs;

    void appended() {
        appended++;
    }

    void delivered(int messages, long late) {
        delivered += messages;
        lateMs = late;
    }

    void lost(TimerUnit unit) {
        LOG.warn("timers: the message at {} is gone before it was delivered; it is skipped", unit);
    }

    /** Messages that came in while this member led. */
    public long appendedCount() {
        return appended;
    }

    /** Messages that this member delivered. */
    public long deliveredCount() {
        return delivered;
    }

    /** How late the last ones were, milliseconds. */
    public long lastLateMs() {
        return lateMs;
    }
}
