package io.vledger.raft.driver;

import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import java.util.List;

/** How many bytes of the log lie behind an index. Loop only. */
final class LagBytes {
    private final BatchCache cache;
    private final LogStore log;

    LagBytes(BatchCache cache, LogStore log) {
        this.cache = cache;
        this.log = log;
    }

    /**
     * Bytes from the end of entry {@code index} to the end of the log. Exact where the next entry is in memory; else the
     * entry's place in its segment is taken to be that of its number among the segment's, so that nothing is read.
     *
     * @param index an entry, or -1 for unknown
     * @param endPosition where the log ends, with what is not written yet
     * @return -1 if the index is not known
     */
    long behind(long index, long lastIndex, long endPosition) {
        if (index < 0) {
            return -1;
        }
        if (index >= lastIndex) {
            return 0;
        }
        LogBatch next = cache.find(index + 1);
        long position = next != null ? next.positionAt(index + 1) : estimate(index + 1, lastIndex, endPosition);
        return Math.max(0, endPosition - position);
    }

    private long estimate(long index, long lastIndex, long endPosition) {
        List<LogStore.SegmentInfo> segments = log.segments();
        for (int i = segments.size() - 1; i >= 0; i--) {
            LogStore.SegmentInfo segment = segments.get(i);
            if (segment.firstIndex() > index) {
                continue;
            }
            boolean newest = i == segments.size() - 1;
            long nextFirst = newest ? lastIndex + 1 : segments.get(i + 1).firstIndex();
            long end = newest ? endPosition : segment.endPosition();
            double share = (double) (index - segment.firstIndex()) / Math.max(1, nextFirst - segment.firstIndex());
            return segment.position() + (long) (share * (end - segment.position()));
        }
        return log.base().position();
    }
}
