package io.vledger.store.common;

import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore.TermRun;
import java.util.ArrayList;
import java.util.List;

/** The terms of a log's entries as runs: ascending, the first for the base. Lists are immutable; none is copied without a change. */
public final class TermRuns {
    private TermRuns() {}

    /** The runs of a log with no entries. */
    public static List<TermRun> of(LogBase base) {
        return List.of(new TermRun(base.index(), base.term()));
    }

    /** Term of the last entry. */
    public static long last(List<TermRun> runs) {
        return runs.get(runs.size() - 1).term();
    }

    /** Term of an entry at or behind the base. */
    public static long at(List<TermRun> runs, long index) {
        int low = 0;
        int high = runs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (runs.get(middle).firstIndex() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return runs.get(low).term();
    }

    /** The runs with a batch that follows. */
    public static List<TermRun> with(List<TermRun> runs, LogBatch batch) {
        if (batch.termAt(batch.lastIndex()) == last(runs)) {
            return runs;
        }
        List<TermRun> changed = new ArrayList<>(runs);
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            long term = batch.termAt(index);
            if (term != last(changed)) {
                changed.add(new TermRun(index, term));
            }
        }
        return changed;
    }

    /** The runs without what is at or after an index, the base's always. */
    public static List<TermRun> before(List<TermRun> runs, long index) {
        List<TermRun> kept = new ArrayList<>();
        for (TermRun run : runs) {
            if (run.firstIndex() < index || kept.isEmpty()) {
                kept.add(run);
            }
        }
        return List.copyOf(kept);
    }

    /** The runs for a base that lies further on. */
    public static List<TermRun> from(List<TermRun> runs, LogBase base) {
        List<TermRun> kept = new ArrayList<>(of(base));
        for (TermRun run : runs) {
            if (run.firstIndex() > base.index()) {
                kept.add(run);
            }
        }
        return List.copyOf(kept);
    }
}
