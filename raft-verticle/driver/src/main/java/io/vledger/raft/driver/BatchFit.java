package io.vledger.raft.driver;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;

/**
 * Whether records that came from a leader lie where this member's log continues. All members' logs have the same positions; what
 * does not fit was sent by no member, and must not reach the store, which could only fail. Loop only.
 */
final class BatchFit {
    private final GroupStore store;
    private final BatchCache cache;
    private final Addressing addressing;

    BatchFit(GroupStore store, BatchCache cache) {
        this.store = store;
        this.cache = cache;
        this.addressing = store.log().addressing();
    }

    /**
     * Judges a batch by its first record that is new or that is here too.
     *
     * @param lastIndex end of the log, with what is not written yet
     * @param endPosition position behind it
     */
    boolean fits(LogBatch batch, long lastIndex, long endPosition) {
        long from = Math.max(batch.firstIndex(), store.log().base().index() + 1);
        if (from > batch.lastIndex() || from > lastIndex + 1) {
            // Nothing of it is taken.
            return true;
        }
        long end;
        try {
            end = from == lastIndex + 1 ? endPosition : endOf(from - 1);
        } catch (StoreException e) {
            // Damaged here: its next reader reports it.
            return true;
        }
        // Records do not straddle segments: one that is too large for the rest begins the next.
        long position = batch.positionAt(from);
        return position == end || position == addressing.segmentStart(end) + addressing.segmentBytes();
    }

    /** Position behind an entry that is here. */
    private long endOf(long index) throws StoreException {
        LogBase base = store.log().base();
        if (index == base.index()) {
            return base.position();
        }
        LogBatch cached = cache.find(index);
        LogBatch holder = cached != null ? cached.retain() : store.log().readBatch(index, 1);
        try {
            if (holder.lastIndex() == index) {
                return holder.endPosition();
            }
            LogBatch until = holder.before(index + 1);
            long end = until.endPosition();
            until.release();
            return end;
        } finally {
            holder.release();
        }
    }
}
