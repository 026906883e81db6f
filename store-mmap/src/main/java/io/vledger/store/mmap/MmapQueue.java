package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.QueueUnits;
import io.vledger.store.common.UnitBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One queue of the index, with its chunks on the disk. Of a segment that gets no more chunks it knows only where its {@link ChunkTable}
 * is, so that memory grows with the number of segments and not with that of checkpoints. Loop only.
 */
final class MmapQueue extends QueueUnits<MmapQueue> {
    /** Most units that one read takes from disk. */
    private static final int READ_UNITS_MAX = 2048;

    private static final long[] NO_LONGS = {};
    private static final int[] NO_INTS = {};

    private final MmapQueueIndex index;

    // Arrays, since there may be millions of entries: each a chunk, or all chunks of a segment.
    private long[] offsets = NO_LONGS;
    private int[] segments = NO_INTS;
    /** File position of the chunk, or less than 0: as in {@link QueueDirectory#place}. */
    private long[] places = NO_LONGS;

    private int first;
    private int end;
    private long endOffset;
    /** The last one that was read, and of which segment. */
    private @Nullable ChunkTable table;

    private int tableSegment;

    MmapQueue(MmapQueueIndex index, long key) {
        super(index, key);
        this.index = index;
    }

    @Override
    protected MmapQueue self() {
        return this;
    }

    @Override
    public boolean hasChunks() {
        return end > first;
    }

    @Override
    protected long firstChunkOffset() {
        return offsets[first];
    }

    @Override
    protected int readChunk(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        ChunkPlace chunk = place(entryOf(queueOffset), queueOffset);
        int skipped = (int) (queueOffset - chunk.queueOffset());
        int units = Math.min(Math.min(maxUnits, READ_UNITS_MAX), chunk.count() - skipped);
        ByteBuf bytes = index.readUnits(chunk, skipped, units);
        try {
            for (int i = 0; i < units; i++) {
                if (!visitor.visit(queueOffset + i, bytes.readLong(), bytes.readInt(), bytes.readLong())) {
                    return -(i + 1);
                }
            }
            return units;
        } finally {
            bytes.release();
        }
    }

    private int entryOf(long queueOffset) {
        int low = first;
        int high = end - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (offsets[middle] <= queueOffset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private ChunkPlace place(int entry, long queueOffset) throws StoreException {
        long segment = index.segment(segments[entry]);
        long entryEnd = entry + 1 < end ? offsets[entry + 1] : endOffset;
        if (places[entry] >= 0) {
            return new ChunkPlace(key(), offsets[entry], (int) (entryEnd - offsets[entry]), segment, places[entry]);
        }
        ChunkTable known = table;
        if (known == null || tableSegment != segments[entry]) {
            known = index.table(this, segment, offsets[entry], (int) (entryEnd - offsets[entry]), places[entry]);
            table = known;
            tableSegment = segments[entry];
        }
        return known.placeOf(key(), segment, queueOffset);
    }

    /** Queue offset of its first unit that points into a segment; 0 if none on disk does. */
    long firstOffsetIn(long segment) {
        for (int entry = first; entry < end; entry++) {
            if (index.segment(segments[entry]) == segment) {
                return offsets[entry];
            }
        }
        return 0;
    }

    /** Adds a chunk that is on disk, or all of a segment's; {@code place} as in {@link QueueDirectory#place}. */
    void add(long queueOffset, int units, int segment, long place) {
        if (end == offsets.length) {
            int there = end - first;
            int capacity = there < offsets.length / 2 ? offsets.length : Math.max(2, there * 2);
            offsets = moved(offsets, capacity);
            places = moved(places, capacity);
            int[] movedSegments = new int[capacity];
            System.arraycopy(segments, first, movedSegments, 0, there);
            segments = movedSegments;
            first = 0;
            end = there;
        }
        offsets[end] = queueOffset;
        segments[end] = segment;
        places[end] = place;
        end++;
        endOffset = queueOffset + units;
        continueAt(endOffset);
    }

    /** What is in use, at the beginning of a new array. */
    private long[] moved(long[] from, int capacity) {
        long[] moved = new long[capacity];
        System.arraycopy(from, first, moved, 0, end - first);
        return moved;
    }

    /** A segment gets no more chunks, and what it has of this queue is now known by a place as in {@link QueueDirectory#place}. */
    void pack(long queueOffset, int units, int segment, long place) {
        int from = entryOf(queueOffset);
        if (from >= end || offsets[from] != queueOffset || segments[from] != segment) {
            // Removed meanwhile, or written by somebody else's rules: single chunks are as good.
            return;
        }
        int until = from + 1;
        while (until < end && segments[until] == segment) {
            until++;
        }
        long packedEnd = until < end ? offsets[until] : endOffset;
        if (until - from == 1 || packedEnd != queueOffset + units) {
            return;
        }
        places[from] = place;
        table = null;
        int behind = end - until;
        System.arraycopy(offsets, until, offsets, from + 1, behind);
        System.arraycopy(segments, until, segments, from + 1, behind);
        System.arraycopy(places, until, places, from + 1, behind);
        end = from + 1 + behind;
    }

    @Override
    protected void dropChunksBefore(long position) {
        while (first < end && index.segment(segments[first]) < position) {
            first++;
        }
    }

    /** Start of the segment of its last unit that is on disk or being written. */
    long lastSegment() {
        UnitBuffer writing = captured();
        long last = hasChunks() ? index.segment(segments[end - 1]) : 0;
        return writing == null ? last : Math.max(last, index.segmentOf(writing.position(writing.count() - 1)));
    }
}
