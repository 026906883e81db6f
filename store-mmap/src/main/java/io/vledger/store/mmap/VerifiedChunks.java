package io.vledger.store.mmap;

import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Chunks that were found intact a moment ago, and so are in the page cache as they were: the disk is asked again later, and may answer
 * differently. A few slots for all queues; one that is taken by another chunk costs a second look. Loop only.
 */
final class VerifiedChunks {
    private static final long REMEMBERED_NS = 1_000_000_000L;
    private static final int SLOTS = 1024;

    private final @Nullable LongSupplier nanos;
    private final long[] segments = new long[SLOTS];
    private final long[] filePositions = new long[SLOTS];
    /** 0 for never. */
    private final long[] verifiedNs = new long[SLOTS];

    /** @param nanos null: nothing is remembered */
    VerifiedChunks(@Nullable LongSupplier nanos) {
        this.nanos = nanos;
    }

    private static int slot(ChunkPlace chunk) {
        long mixed = (chunk.segment() ^ chunk.filePosition() * 0x9E3779B97F4A7C15L) * 0xC2B2AE3D27D4EB4FL;
        return (int) (mixed >>> 54);
    }

    boolean remembers(ChunkPlace chunk) {
        LongSupplier clock = nanos;
        int slot = slot(chunk);
        return clock != null
                && verifiedNs[slot] != 0
                && segments[slot] == chunk.segment()
                && filePositions[slot] == chunk.filePosition()
                && clock.getAsLong() - verifiedNs[slot] < REMEMBERED_NS;
    }

    void verified(ChunkPlace chunk) {
        LongSupplier clock = nanos;
        if (clock != null) {
            int slot = slot(chunk);
            segments[slot] = chunk.segment();
            filePositions[slot] = chunk.filePosition();
            verifiedNs[slot] = clock.getAsLong();
        }
    }

    void forget() {
        Arrays.fill(verifiedNs, 0);
    }
}
