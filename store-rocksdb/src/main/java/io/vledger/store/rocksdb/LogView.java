package io.vledger.store.rocksdb;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore.SegmentInfo;
import io.vledger.api.store.LogStore.TermRun;
import io.vledger.store.common.TermRuns;
import java.util.ArrayList;
import java.util.List;

/**
 * The log at one moment, for readers: immutable, replaced as a whole by the lane after every change.
 *
 * @param epoch first part of all keys of this log; another after everything was removed
 * @param base what lies before
 * @param segments oldest first; the end of the last is {@code end}, whatever it says itself
 * @param terms runs of terms, the base first
 * @param lastIndex index of the last record
 * @param end where the log ends
 * @param cuts how often something was removed; a reader that fails while this changes was overtaken
 */
record LogView(
        long epoch,
        LogBase base,
        List<SegmentInfo> segments,
        List<TermRun> terms,
        long lastIndex,
        long end,
        long cuts) {
    static LogView empty(long epoch, LogBase base, long cuts) {
        return new LogView(epoch, base, List.of(), TermRuns.of(base), base.index(), base.position(), cuts);
    }

    long lastTerm() {
        return TermRuns.last(terms);
    }

    long termOf(long index) {
        return TermRuns.at(terms, index);
    }

    /** Index of the last record in a segment. */
    long lastIndexOf(int segment) {
        return segment + 1 < segments.size() ? segments.get(segment + 1).firstIndex() - 1 : lastIndex;
    }

    /** The segments, each with its end. */
    List<SegmentInfo> infos() {
        if (segments.isEmpty()) {
            return segments;
        }
        List<SegmentInfo> infos = new ArrayList<>(segments);
        SegmentInfo last = infos.get(infos.size() - 1);
        infos.set(infos.size() - 1, new SegmentInfo(last.position(), last.firstIndex(), end));
        return infos;
    }

    /** Without the entries from an index on, whose first starts at {@code newEnd} or in a later segment. */
    LogView before(long index, long newEnd) {
        List<SegmentInfo> kept = new ArrayList<>();
        for (SegmentInfo segment : infos()) {
            if (segment.firstIndex() < index) {
                kept.add(segment);
            }
        }
        return new LogView(epoch, base, List.copyOf(kept), TermRuns.before(terms, index), index - 1, newEnd, cuts + 1);
    }

    /** Without the first segments. */
    LogView without(int firstSegments) {
        SegmentInfo first = segments.get(firstSegments);
        LogBase moved = new LogBase(first.firstIndex() - 1, termOf(first.firstIndex() - 1), first.position());
        List<SegmentInfo> kept = List.copyOf(segments.subList(firstSegments, segments.size()));
        return new LogView(epoch, moved, kept, TermRuns.from(terms, moved), lastIndex, end, cuts + 1);
    }
}
