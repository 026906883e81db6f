package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.QueueUnits;
import io.vledger.store.common.UnitBuffer;
import java.util.Arrays;

/** One queue with its chunks in the index files. Loop only. */
final class MmapQueue extends QueueUnits<MmapQueue> {
    /** Most units that one read takes from disk. */
    private static final int READ_UNITS_MAX = 2048;

    private final MmapQueueIndex index;

    // Arrays, since there may be millions of chunks.
    private long[] chunkOffsets = new long[2];
    private long[] chunkSegments = new long[2];
    private long[] chunkFilePositions = new long[2];
    private int[] chunkCounts = new int[2];
    /** When a chunk was found intact; 0 for never. */
    private long[] chunkVerifiedNs = new long[2];

    private int firstChunk;
    private int endChunk;

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
        return endChunk > firstChunk;
    }

    @Override
    protected long firstChunkOffset() {
        return chunkOffsets[firstChunk];
    }

    @Override
    protected int readChunk(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        int chunk = chunkOf(queueOffset);
        int skipped = (int) (queueOffset - chunkOffsets[chunk]);
        int units = Math.min(Math.min(maxUnits, READ_UNITS_MAX), chunkCounts[chunk] - skipped);
        ByteBuf bytes;
        if (index.remembers(chunkVerifiedNs[chunk])) {
            bytes = index.readUnits(chunkSegments[chunk], chunkFilePositions[chunk], skipped, units);
        } else {
            bytes = index.readChunk(new ChunkPlace(
                    key(), chunkOffsets[chunk], chunkCounts[chunk], chunkSegments[chunk], chunkFilePositions[chunk]));
            bytes.skipBytes(skipped * UnitBuffer.UNIT_BYTES);
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

    /** Queue offset of its first unit that points into a segment; 0 if none on disk does. */
    long firstOffsetIn(long segment) {
        for (int chunk = firstChunk; chunk < endChunk; chunk++) {
            if (chunkSegments[chunk] == segment) {
                return chunkOffsets[chunk];
            }
        }
        return 0;
    }

    /** What was verified must be verified again. */
    void forgetVerified() {
        Arrays.fill(chunkVerifiedNs, 0);
    }

    /** Adds a chunk that is on disk; parameters as of {@link ChunkPlace}. */
    void addChunk(long queueOffset, int count, long segment, long filePosition) {
        if (endChunk == chunkOffsets.length) {
            int there = endChunk - firstChunk;
            int capacity = Math.max(2, there + (there >> 1) + 1);
            chunkOffsets = moved(chunkOffsets, capacity);
            chunkSegments = moved(chunkSegments, capacity);
            chunkFilePositions = moved(chunkFilePositions, capacity);
            chunkCounts = Arrays.copyOf(Arrays.copyOfRange(chunkCounts, firstChunk, endChunk), capacity);
            chunkVerifiedNs = moved(chunkVerifiedNs, capacity);
            firstChunk = 0;
            endChunk = there;
        }
        chunkOffsets[endChunk] = queueOffset;
        chunkSegments[endChunk] = segment;
        chunkFilePositions[endChunk] = filePosition;
        chunkCounts[endChunk] = count;
        chunkVerifiedNs[endChunk] = 0;
        endChunk++;
        continueAt(queueOffset + count);
    }

    private long[] moved(long[] from, int capacity) {
        return Arrays.copyOf(Arrays.copyOfRange(from, firstChunk, endChunk), capacity);
    }

    @Override
    protected void dropChunksBefore(long position) {
        while (firstChunk < endChunk && chunkSegments[firstChunk] < position) {
            firstChunk++;
        }
    }

    /** Start of the segment of its last unit that is on disk or being written. */
    long lastSegment() {
        UnitBuffer writing = captured();
        long last = hasChunks() ? chunkSegments[endChunk - 1] : 0;
        return writing == null ? last : Math.max(last, index.segmentOf(writing.position(writing.count() - 1)));
    }
}
