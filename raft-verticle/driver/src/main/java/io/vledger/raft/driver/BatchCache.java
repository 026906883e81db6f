package io.vledger.raft.driver;

import io.vledger.api.store.LogBatch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest batches of the log in memory: all that are not written or not applied yet, and before those as many as a bound
 * allows, for followers that are a little behind. The bound is of the memory that they keep, not of the bytes in them. Holds one
 * reference to each.
 */
final class BatchCache {
    /** What a batch costs on the heap, about: itself, its buffer's head, the starts of its records. */
    private static final int BATCH_BYTES = 256;

    private final long keepBytes;
    /** Contiguous, ascending; used from {@link #head}. */
    private final ArrayList<LogBatch> batches = new ArrayList<>();

    private int head;
    private long bytes;

    BatchCache(long keepBytes) {
        this.keepBytes = keepBytes;
    }

    /** Memory that it keeps, bytes. */
    long heldBytes() {
        return bytes;
    }

    private static long cost(LogBatch batch) {
        return (long) batch.heldBytes() + BATCH_BYTES;
    }

    /** Takes a reference to the batch, which continues the last one. */
    void append(LogBatch batch) {
        if (!isEmpty() && batch.firstIndex() != last().lastIndex() + 1) {
            throw new IllegalStateException(batch + " does not follow " + last());
        }
        batches.add(batch.retain());
        bytes += cost(batch);
    }

    /** Index of the first entry here; {@link Long#MAX_VALUE} if there is none. */
    long firstIndex() {
        return isEmpty() ? Long.MAX_VALUE : batches.get(head).firstIndex();
    }

    /** The batch that holds an entry, or null if it is not here. Not referenced for the caller. */
    @Nullable
    LogBatch find(long index) {
        int at = place(index);
        return at < 0 ? null : batches.get(at);
    }

    /**
     * Entries from an index on as one batch with a reference for the caller: those of one batch, and those of the batches after it as far as
     * all together are small.
     *
     * @param smallBytes most bytes of what is copied together
     * @return null if the first entry is not here
     */
    @Nullable
    LogBatch run(long index, int smallBytes) {
        int at = place(index);
        if (at < 0) {
            return null;
        }
        LogBatch first = batches.get(at);
        LogBatch run = index == first.firstIndex() ? first.retain() : first.from(index);
        int until = at + 1;
        long together = run.byteCount();
        while (until < batches.size()
                && batches.get(until).follows(batches.get(until - 1))
                && together + batches.get(until).byteCount() <= smallBytes) {
            together += batches.get(until++).byteCount();
        }
        if (until == at + 1) {
            return run;
        }
        List<LogBatch> parts = new ArrayList<>(until - at);
        parts.add(run);
        parts.addAll(batches.subList(at + 1, until));
        try {
            return LogBatch.join(parts);
        } finally {
            run.release();
        }
    }

    /** Where the batch that holds an entry is in the list; negative if it is not here. */
    private int place(long index) {
        if (isEmpty() || index < firstIndex() || index > last().lastIndex()) {
            return -1;
        }
        int low = head;
        int high = batches.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (batches.get(middle).firstIndex() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Removes the entries from {@code index} on. */
    void truncate(long index) {
        while (!isEmpty() && last().lastIndex() >= index) {
            LogBatch removed = batches.remove(batches.size() - 1);
            bytes -= cost(removed);
            if (removed.firstIndex() < index) {
                LogBatch kept = removed.before(index);
                batches.add(kept);
                bytes += cost(kept);
            }
            removed.release();
        }
    }

    /** Releases the oldest batches over the bound whose entries are all below {@code neededFrom}. */
    void evict(long neededFrom) {
        while (!isEmpty() && bytes > keepBytes && batches.get(head).lastIndex() < neededFrom) {
            LogBatch oldest = batches.set(head++, null);
            bytes -= cost(oldest);
            oldest.release();
        }
        if (head > 256 && head * 2 > batches.size()) {
            batches.subList(0, head).clear();
            head = 0;
        }
    }

    void clear() {
        while (!isEmpty()) {
            batches.get(head++).release();
        }
        batches.clear();
        head = 0;
        bytes = 0;
    }

    private boolean isEmpty() {
        return head == batches.size();
    }

    private LogBatch last() {
        return batches.get(batches.size() - 1);
    }
}
