package io.vledger.store.mmap;

import io.vledger.store.common.UnitBuffer;

/**
 * A chunk of a queue on disk.
 *
 * @param queueKey whose units
 * @param queueOffset of the first unit
 * @param count of units
 * @param segment segment of the log that they point into
 * @param filePosition where its header lies in the segment's file
 */
record ChunkPlace(long queueKey, long queueOffset, int count, long segment, long filePosition) {
    /** Bytes of the units. */
    int bytes() {
        return count * UnitBuffer.UNIT_BYTES;
    }
}
