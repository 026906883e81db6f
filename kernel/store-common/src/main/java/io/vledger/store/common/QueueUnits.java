package io.vledger.store.common;

import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import org.jspecify.annotations.Nullable;

/**
 * One queue: chunks of units that a backend has written, then units that are being written, then units that came since. Loop only.
 *
 * @param <Q> the backend's queue
 */
public abstract class QueueUnits<Q extends QueueUnits<Q>> implements QueueLog {
    private final Index<Q> index;
    private final long key;
    private @Nullable UnitBuffer captured;
    private UnitBuffer live = new UnitBuffer();
    private long floor;
    private long max;
    private boolean removed;

    /**
     * The index that a queue belongs to.
     *
     * @param <Q> the backend's queue
     */
    public interface Index<Q> {
        /** Takes over what a flush has written. */
        void adopt();

        /** A queue got its first unit since the last flush. */
        void dirty(Q queue);
    }

    /** A queue with no units. */
    protected QueueUnits(Index<Q> index, long key) {
        this.index = index;
        this.key = key;
    }

    /** This queue. */
    protected abstract Q self();

    /** Whether there are written chunks. */
    public abstract boolean hasChunks();

    /** Queue offset of the first unit of the first chunk, of which there is one. */
    protected abstract long firstChunkOffset();

    /**
     * Visits units of the chunk that holds a queue offset.
     *
     * @return how many were visited, at least one; negative if the visitor stopped with the last
     */
    protected abstract int readChunk(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException;

    /** Forgets chunks of segments below a position. */
    protected abstract void dropChunksBefore(long position);

    /** Number of the queue. */
    public final long key() {
        return key;
    }

    @Override
    public final void append(long queueOffset, long position, int size, long tagsCode) {
        if (queueOffset < 0 || (max > 0 && queueOffset != max)) {
            throw new IllegalArgumentException(
                    "queue " + key + " continues with queue offset " + max + ", not with " + queueOffset);
        }
        if (live.count() == 0) {
            index.dirty(self());
        }
        live.append(queueOffset, position, size, tagsCode);
        max = queueOffset + 1;
    }

    @Override
    public final long minOffset() {
        index.adopt();
        return Math.max(floor, firstOffset());
    }

    private long firstOffset() {
        UnitBuffer writing = captured;
        if (hasChunks()) {
            return firstChunkOffset();
        } else if (writing != null) {
            return writing.firstOffset();
        }
        return live.count() > 0 ? live.firstOffset() : max;
    }

    @Override
    public final long maxOffset() {
        return max;
    }

    @Override
    public final int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        if (queueOffset < minOffset() || queueOffset >= max) {
            return 0;
        }
        int visited = 0;
        while (visited < maxUnits && queueOffset + visited < max) {
            int some = readSome(queueOffset + visited, maxUnits - visited, visitor);
            if (some < 0) {
                return visited - some;
            }
            visited += some;
        }
        return visited;
    }

    /** Visits units from one place; returns how many, negative if the visitor stopped with the last. */
    private int readSome(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        if (live.count() > 0 && queueOffset >= live.firstOffset()) {
            return live.visit(queueOffset, maxUnits, visitor);
        }
        UnitBuffer writing = captured;
        if (writing != null && queueOffset >= writing.firstOffset()) {
            return writing.visit(queueOffset, maxUnits, visitor);
        }
        return readChunk(queueOffset, maxUnits, visitor);
    }

    /** Sets where the queue continues at least. */
    public final void continueAt(long queueOffset) {
        max = Math.max(max, queueOffset);
    }

    /** Forgets units of positions below. */
    public final void dropBefore(long position) {
        dropChunksBefore(position);
        UnitBuffer writing = captured;
        if (writing != null) {
            raiseFloor(writing, position);
        }
        raiseFloor(live, position);
    }

    private void raiseFloor(UnitBuffer units, long position) {
        int below = units.firstAtOrAfter(position);
        if (below > 0) {
            floor = Math.max(floor, units.firstOffset() + below);
        }
    }

    /** Units to be written, which stay readable; together with what an earlier flush did not get written. */
    public final UnitBuffer capture() {
        UnitBuffer writing = captured;
        if (writing == null) {
            writing = live;
        } else {
            writing.appendAll(live);
        }
        captured = writing;
        live = new UnitBuffer();
        return writing;
    }

    /** What is being written; null if nothing is. */
    public final @Nullable UnitBuffer captured() {
        return captured;
    }

    /** Lets go of what was captured: it is in chunks now. */
    public final void release() {
        captured = null;
    }

    /** Whether there are units in memory. */
    public final boolean hasMemory() {
        return captured != null || live.count() > 0;
    }

    /** Whether the queue was removed. */
    public final boolean removed() {
        return removed;
    }

    /** Removes it: nothing of it is written any more. */
    public final void remove() {
        removed = true;
    }
}
