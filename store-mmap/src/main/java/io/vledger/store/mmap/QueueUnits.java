package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One queue: a directory of its chunks on disk, then units that are being written, then units that came since. Loop only.
 */
final class QueueUnits implements QueueLog {
    /** Most units that one read takes from disk. */
    private static final int READ_UNITS_MAX = 2048;

    private final MmapQueueIndex index;
    private final long key;

    private long[] chunkOffsets = new long[2];
    private long[] chunkSegments = new long[2];
    private long[] chunkFilePositions = new long[2];
    private int[] chunkCounts = new int[2];
    /** When a chunk was found intact; 0 for never. */
    private long[] chunkVerifiedNs = new long[2];

    private int firstChunk;
    private int endChunk;

    private @Nullable UnitBlock captured;
    private UnitBlock live = new UnitBlock();
    private long floor;
    private long max;
    private boolean removed;

    QueueUnits(MmapQueueIndex index, long key) {
        this.index = index;
        this.key = key;
    }

    long key() {
        return key;
    }

    @Override
    public void append(long queueOffset, long position, int size, long tagsCode) {
        if (queueOffset < 0 || (max > 0 && queueOffset != max)) {
            throw new IllegalArgumentException(
                    "queue " + key + " continues with queue offset " + max + ", not with " + queueOffset);
        }
        if (live.count() == 0) {
            index.dirty(this);
        }
        live.append(queueOffset, position, size, tagsCode);
        max = queueOffset + 1;
    }

    @Override
    public long minOffset() {
        index.adopt();
        return Math.max(floor, firstThere());
    }

    private long firstThere() {
        UnitBlock writing = captured;
        if (endChunk > firstChunk) {
            return chunkOffsets[firstChunk];
        } else if (writing != null) {
            return writing.firstOffset();
        }
        return live.count() > 0 ? live.firstOffset() : max;
    }

    @Override
    public long maxOffset() {
        return max;
    }

    @Override
    public int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        if (queueOffset < minOffset() || queueOffset >= max) {
            return 0;
        }
        int visited = 0;
        while (visited < maxUnits && queueOffset + visited < max) {
            int n = readSome(queueOffset + visited, maxUnits - visited, visitor);
            if (n < 0) {
                return visited - n;
            }
            visited += n;
        }
        return visited;
    }

    /** Visits units from one place; returns how many, negative if the visitor stopped with the last. */
    private int readSome(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        if (live.count() > 0 && queueOffset >= live.firstOffset()) {
            return visit(live, queueOffset, maxUnits, visitor);
        }
        UnitBlock writing = captured;
        if (writing != null && queueOffset >= writing.firstOffset()) {
            return visit(writing, queueOffset, maxUnits, visitor);
        }
        int chunk = chunkOf(queueOffset);
        int skipped = (int) (queueOffset - chunkOffsets[chunk]);
        int units = Math.min(Math.min(maxUnits, READ_UNITS_MAX), chunkCounts[chunk] - skipped);
        ByteBuf bytes;
        if (index.remembers(chunkVerifiedNs[chunk])) {
            bytes = index.readUnits(chunkSegments[chunk], chunkFilePositions[chunk], skipped, units);
        } else {
            bytes = index.readChunk(new ChunkPlace(
                    key, chunkOffsets[chunk], chunkCounts[chunk], chunkSegments[chunk], chunkFilePositions[chunk]));
            bytes.skipBytes(skipped * UnitBlock.UNIT_BYTES);
            chunkVerifiedNs[chunk] = index.nowNs();
        }
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

    private static int visit(UnitBlock block, long queueOffset, int maxUnits, UnitVisitor visitor) {
        int from = (int) (queueOffset - block.firstOffset());
        int units = Math.min(maxUnits, block.count() - from);
        for (int i = 0; i < units; i++) {
            int unit = from + i;
            if (!visitor.visit(queueOffset + i, block.position(unit), block.size(unit), block.tagsCode(unit))) {
                return -(i + 1);
            }
        }
        return units;
    }

    private int chunkOf(long queueOffset) {
        int low = firstChunk;
        int high = endChunk - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (chunkOffsets[middle] <= queueOffset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** What was verified must be verified again. */
    void forgetVerified() {
        Arrays.fill(chunkVerifiedNs, 0);
    }

    /** Adds a chunk that is on disk. */
    void addChunk(long queueOffset, int count, long segment, long filePosition) {
        if (endChunk == chunkOffsets.length) {
            int live = endChunk - firstChunk;
            int capacity = Math.max(2, live + (live >> 1) + 1);
            chunkOffsets = moved(chunkOffsets, capacity);
            chunkSegments = moved(chunkSegments, capacity);
            chunkFilePositions = moved(chunkFilePositions, capacity);
            chunkCounts = Arrays.copyOf(Arrays.copyOfRange(chunkCounts, firstChunk, endChunk), capacity);
            chunkVerifiedNs = moved(chunkVerifiedNs, capacity);
            firstChunk = 0;
            endChunk = live;
        }
        chunkOffsets[endChunk] = queueOffset;
        chunkSegments[endChunk] = segment;
        chunkFilePositions[endChunk] = filePosition;
        chunkCounts[endChunk] = count;
        chunkVerifiedNs[endChunk] = 0;
        endChunk++;
        max = Math.max(max, queueOffset + count);
    }

    private long[] moved(long[] from, int capacity) {
        return Arrays.copyOf(Arrays.copyOfRange(from, firstChunk, endChunk), capacity);
    }

    /** Sets where an empty queue continues. */
    void continueAt(long queueOffset) {
        max = Math.max(max, queueOffset);
    }

    /** Forgets units of positions below. */
    void dropBefore(long position) {
        while (firstChunk < endChunk && chunkSegments[firstChunk] < position) {
            firstChunk++;
        }
        UnitBlock writing = captured;
        if (writing != null) {
            raiseFloor(writing, position);
        }
        raiseFloor(live, position);
    }

    private void raiseFloor(UnitBlock block, long position) {
        int below = block.firstAtOrAfter(position);
        if (below > 0) {
            floor = Math.max(floor, block.firstOffset() + below);
        }
    }

    /** Units to be written, which stay readable; together with what an earlier flush did not get written. */
    UnitBlock capture() {
        UnitBlock writing = captured;
        if (writing == null) {
            writing = live;
        } else {
            writing.appendAll(live);
        }
        captured = writing;
        live = new UnitBlock();
        return writing;
    }

    /** Lets go of what was captured: it is on disk now. */
    void release() {
        captured = null;
    }

    /** Whether there are units in memory. */
    boolean hasMemory() {
        return captured != null || live.count() > 0;
    }

    /** Whether there are chunks on disk. */
    boolean hasChunks() {
        return endChunk > firstChunk;
    }

    /** Start of the segment of its last unit in memory or on disk. */
    long lastSegment() {
        UnitBlock writing = captured;
        long last = hasChunks() ? chunkSegments[endChunk - 1] : 0;
        return writing == null ? last : Math.max(last, index.segmentOf(writing.position(writing.count() - 1)));
    }

    boolean removed() {
        return removed;
    }

    void remove() {
        removed = true;
    }
}
