package io.vledger.store.mmap;

import io.vledger.store.common.TermRuns;
import java.io.IOException;
import java.util.Arrays;

/**
 * The log before an index.
 *
 * @param view as readers see it then
 * @param inside whether it ends in the middle of its last segment's records, which therefore must be cut
 */
record LogCut(LogView view, boolean inside) {
    /** What is left of a log before an index that is in it. */
    static LogCut before(long index, LogView now, LogReader reader) throws IOException {
        int keep = now.segmentOfIndex(index);
        long end = reader.positionOf(index, keep);
        boolean inside = end > now.segments()[keep].position;
        if (!inside) {
            keep--;
            end = keep < 0 ? now.base().position() : now.endOf(keep);
        }
        Segment[] kept = Arrays.copyOf(now.segments(), keep + 1);
        if (inside) {
            Segment old = kept[keep];
            kept[keep] = new Segment(old.position, old.firstIndex, old.file, old.samples.before(index), end);
        }
        return new LogCut(
                new LogView(now.base(), kept, TermRuns.before(now.terms(), index), index - 1, end, now.cuts() + 1),
                inside);
    }
}
