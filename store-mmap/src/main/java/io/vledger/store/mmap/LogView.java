package io.vledger.store.mmap;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.store.common.TermRuns;
import java.util.List;

/**
 * The log at one moment, for readers: immutable, replaced as a whole by the lane after every change.
 *
 * @param base what lies before
 * @param segments oldest first; shared between views that have the same
 * @param terms runs of terms, the base first
 * @param lastIndex index of the last record
 * @param end where the log ends
 * @param cuts how often something was removed; a reader that fails while this changes was overtaken, not damaged
 */
@SuppressWarnings("ArrayRecordComponent") // never changed after it was made
record LogView(LogBase base, Segment[] segments, List<TermRun> terms, long lastIndex, long end, long cuts) {
    static LogView empty(LogBase base, long cuts) {
        return new LogView(base, new Segment[0], TermRuns.of(base), base.index(), base.position(), cuts);
    }

    Segment last() {
        return segments[segments.length - 1];
    }

    long lastTerm() {
        return TermRuns.last(terms);
    }

    /** Number of the segment that holds an index, which must be in the log. */
    int segmentOfIndex(long index) {
        int low = 0;
        int high = segments.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (segments[middle].firstIndex <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Index of the last record in a segment. */
    long lastIndexOf(int segment) {
        return segment + 1 < segments.length ? segments[segment + 1].firstIndex - 1 : lastIndex;
    }

    /** Where the records of a segment end, as of this view. */
    long endOf(int segment) {
        return segment + 1 < segments.length ? segments[segment].end() : end;
    }

    long termOf(long index) {
        return TermRuns.at(terms, index);
    }
}
