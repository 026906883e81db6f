package io.vledger.raft.driver;

import org.jspecify.annotations.Nullable;

/** Does everything that blocks on the disk, in order, one task after the other. */
public interface Lane {
    /** Queues a task. Its outcome comes back on the loop through the task's own callbacks. Any thread. */
    void submit(LaneTask task);

    /** Whether a task has been at work, or waiting for room on the disk, since before {@code nowMs - ms}. Any thread. */
    boolean stuck(long nowMs, long ms);

    /**
     * Why it has ended for good, or null. To be asked with each tick: where memory has run out, the notice of it may be lost. Any thread.
     */
    default @Nullable Throwable failure() {
        return null;
    }

    /** Runs what is queued, then ends. Returns when it has ended. */
    void close();
}
