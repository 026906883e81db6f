package io.vledger.raft;

import java.util.ArrayList;
import java.util.List;

/** What the core knows of the log: its ends, and the term of each entry as runs. */
final class EntryWindow {
    /** Run i covers indexes from {@code starts[i]} to before {@code starts[i + 1]}. The first is the base itself. */
    private final List<long[]> runs = new ArrayList<>();

    private long lastIndex;

    /** A window over the log whose base and runs are given as {index, term}, ascending. */
    EntryWindow(List<long[]> runs, long lastIndex) {
        for (long[] run : runs) {
            this.runs.add(run.clone());
        }
        this.lastIndex = lastIndex;
    }

    long baseIndex() {
        return runs.get(0)[0];
    }

    long baseTerm() {
        return runs.get(0)[1];
    }

    long lastIndex() {
        return lastIndex;
    }

    long lastTerm() {
        return runs.get(runs.size() - 1)[1];
    }

    /** Whether the term at this index is known: from the base to the last entry. */
    boolean knows(long index) {
        return index >= baseIndex() && index <= lastIndex;
    }

    long termAt(long index) {
        if (!knows(index)) {
            throw new IllegalArgumentException("index " + index + " is outside " + baseIndex() + " to " + lastIndex);
        }
        int low = 0;
        int high = runs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (runs.get(middle)[0] <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return runs.get(low)[1];
    }

    void append(long index, long term) {
        if (index != lastIndex + 1 || term < lastTerm()) {
            throw new IllegalStateException(
                    "entry " + index + " of term " + term + " does not follow " + lastIndex + " of term " + lastTerm());
        }
        if (term != lastTerm()) {
            runs.add(new long[] {index, term});
        }
        lastIndex = index;
    }

    /** Removes the entries from {@code index} on. */
    void truncate(long index) {
        while (runs.size() > 1 && runs.get(runs.size() - 1)[0] >= index) {
            runs.remove(runs.size() - 1);
        }
        lastIndex = index - 1;
    }

    /** Moves the base up to {@code index}. */
    void dropPrefix(long index) {
        long term = termAt(index);
        while (runs.size() > 1 && runs.get(1)[0] <= index) {
            runs.remove(0);
        }
        runs.set(0, new long[] {index, term});
    }

    void reset(long index, long term) {
        runs.clear();
        runs.add(new long[] {index, term});
        lastIndex = index;
    }

    /** Greatest known index up to {@code index} whose term is at most {@code term}; the base if there is none. */
    long lastIndexOfTermAtMost(long term, long index) {
        long at = Math.min(index, lastIndex);
        while (at > baseIndex() && termAt(at) > term) {
            at = runStart(at) - 1;
        }
        return Math.max(at, baseIndex());
    }

    private long runStart(long index) {
        long start = baseIndex();
        for (long[] run : runs) {
            if (run[0] <= index) {
                start = run[0];
            }
        }
        return start;
    }

    /** First index of the run of equal terms that ends at or spans {@code index}. */
    long firstIndexOfTermAt(long index) {
        return runStart(index);
    }
}
