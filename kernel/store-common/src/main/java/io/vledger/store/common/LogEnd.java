package io.vledger.store.common;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;

/** Where a log ends, and what may follow. */
public final class LogEnd {
    private LogEnd() {}

    /**
     * Refuses a batch that does not follow the end of a log: at that position, or at the start of the next segment.
     *
     * @throws IllegalArgumentException if it does not; nothing that comes from a peer gets as far as this
     */
    public static void requireFollows(LogBatch batch, long lastIndex, long end, Addressing addressing) {
        long position = batch.position();
        boolean follows = position == end || position == addressing.segmentStart(end) + addressing.segmentBytes();
        if (batch.firstIndex() != lastIndex + 1 || !follows) {
            throw new IllegalArgumentException(batch + " does not follow index " + lastIndex + ", position " + end);
        }
    }
}
