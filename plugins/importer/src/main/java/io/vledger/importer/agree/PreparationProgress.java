package io.vledger.importer.agree;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the preparation of one group is doing or waiting for, in words, and whether it is to end. One thread prepares, reports and pauses;
 * any thread may read and close.
 */
final class PreparationProgress implements OriginInquiry.Waiting {
    private static final Logger LOG = LoggerFactory.getLogger(GroupPreparation.class);
    private static final int PAUSE_MS = 300;
    private static final long REPORT_AGAIN_MS = 30_000;

    private final String group;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile String text = "not begun";
    private String phase = "";
    private long reportedMs;

    PreparationProgress(String group) {
        this.group = group;
    }

    /** What it is doing or waiting for; empty once it is done. */
    String text() {
        return text;
    }

    /** Reports progress; logs a new phase at once, and one that lasts from time to time. */
    @Override
    public void report(String newPhase, String newText) {
        text = newText;
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
        if (!newPhase.equals(phase) || nowMs - reportedMs >= REPORT_AGAIN_MS) {
            phase = newPhase;
            reportedMs = nowMs;
            LOG.info("group {}: {}", group, newText);
        }
    }

    /** Nothing is left to do. */
    void done() {
        text = "";
    }

    /** Makes {@link #checkOpen} and {@link #pause} throw from now on. */
    void close() {
        closing.countDown();
    }

    /** @throws IOException if this node is stopping */
    void checkOpen() throws IOException {
        if (closing.getCount() == 0) {
            throw new IOException("group " + group + ": this node is stopping");
        }
    }

    @Override
    public void pause() throws IOException {
        try {
            if (closing.await(PAUSE_MS, TimeUnit.MILLISECONDS)) {
                checkOpen();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this node is stopping", e);
        }
    }
}
