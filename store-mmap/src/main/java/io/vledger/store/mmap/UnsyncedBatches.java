package io.vledger.store.mmap;

import io.vledger.api.store.LogBatch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was written to the last segment since its last sync, up to a bound, so that a sync that found no room can be repeated. After
 * a failed sync the kernel may have marked pages clean that never reached the disk, and would report success next time: so
 * everything is written again from memory, which makes the pages dirty again, before the sync is. Lane only.
 */
final class UnsyncedBatches {
    private static final long BYTES_MAX = 16L << 20;

    private final Deque<LogBatch> batches = new ArrayDeque<>();
    private long bytes;
    private boolean complete = true;
    private boolean doubtful;

    /** A batch was written. */
    void written(LogBatch batch) {
        if (!complete) {
            return;
        }
        if (bytes + batch.byteCount() > BYTES_MAX) {
            release();
            complete = false;
            return;
        }
        batches.addLast(batch.retain());
        bytes += batch.byteCount();
    }

    /** Everything is durable. */
    void synced() {
        release();
        complete = true;
        doubtful = false;
    }

    /** A sync found no room; whether it can be repeated. */
    boolean mayRepeat() {
        doubtful = true;
        return complete;
    }

    /** The entries from an index on were cut. */
    void cut(long index) {
        while (!batches.isEmpty() && batches.peekLast().lastIndex() >= index) {
            LogBatch last = batches.removeLast();
            bytes -= last.byteCount();
            if (last.firstIndex() < index) {
                LogBatch kept = last.before(index);
                batches.addLast(kept);
                bytes += kept.byteCount();
            }
            last.release();
        }
    }

    /** Writes everything again if a sync has failed since. */
    void rewriteIfDoubtful(Segment segment) throws IOException {
        if (doubtful) {
            for (LogBatch batch : batches) {
                segment.file.write(batch.position() - segment.position, batch.bytes());
            }
        }
    }

    private void release() {
        batches.forEach(LogBatch::release);
        batches.clear();
        bytes = 0;
    }
}
