package io.vledger.store.mmap;

import java.util.Arrays;

/** The chunks of one queue in one segment's file, in the order of their queue offsets, which have no gap. Grows; for one thread. */
final class ChunkTable {
    private final long firstOffset;
    private long[] filePositions = new long[4];
    private int[] counts = new int[4];
    private int chunks;
    private long units;

    /** No chunks yet; the first begins with this queue offset. */
    ChunkTable(long firstOffset) {
        this.firstOffset = firstOffset;
    }

    void add(int count, long filePosition) {
        if (chunks == counts.length) {
            int capacity = chunks + (chunks >> 1);
            filePositions = Arrays.copyOf(filePositions, capacity);
            counts = Arrays.copyOf(counts, capacity);
        }
        filePositions[chunks] = filePosition;
        counts[chunks] = count;
        chunks++;
        units += count;
    }

    /** Queue offset of the first unit. */
    long firstOffset() {
        return firstOffset;
    }

    /** Queue offset behind the last unit. */
    long endOffset() {
        return firstOffset + units;
    }

    int chunks() {
        return chunks;
    }

    long filePosition(int chunk) {
        return filePositions[chunk];
    }

    int count(int chunk) {
        return counts[chunk];
    }

    /** The chunk that holds a queue offset, which one of them does. */
    ChunkPlace placeOf(long queueKey, long segment, long queueOffset) {
        long at = firstOffset;
        for (int chunk = 0; ; chunk++) {
            if (queueOffset < at + counts[chunk]) {
                return new ChunkPlace(queueKey, at, counts[chunk], segment, filePositions[chunk]);
            }
            at += counts[chunk];
        }
    }
}
