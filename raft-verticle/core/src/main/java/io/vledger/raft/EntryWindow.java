package io.vledger.raft;

import java.util.ArrayList;
import java.util.List;

/** What the core knows of the log: its ends, and the term of each entry as runs. */
final class EntryWindow {
    /** In ascending order of index and term. The first begins at the base, whose term is known and whose entry is not here. */
    private final List<TermRun> runs;

    private long lastIndex;

    /** See {@link PersistentState}. */
    EntryWindow(List<TermRun> runs, long lastIndex) {
        this.runs = new ArrayList<>(runs);
        this.lastIndex = lastIndex;
    }

    long baseIndex() {
        return runs.get(0).firstIndex();
    }

    long baseTerm() {
        return runs.get(0).term();
    }

    long lastIndex() {
        return lastIndex;
    }

    long lastTerm() {
        return runs.get(runs.size() - 1).term();
    }

    /** Whether the term at this index is known: from the base to the last entry. */
    boolean knows(long index) {
        return index >= baseIndex() && index <= lastIndex;
    }

    long termAt(long index) {
        if (!knows(index)) {
            throw new IllegalArgumentException("index " + index + " is outside " + baseIndex() + " to " + lastIndex);
        }
        return runAt(index).term();
    }

    void append(long index, long term) {
        if (index != lastIndex + 1 || term < lastTerm()) {
            throw new IllegalStateException(
                    "entry " + index + " of term " + term + " does not follow " + lastIndex + " of term " + lastTerm());
        }
        if (term != lastTerm()) {
            runs.add(new TermRun(index, term));
        }
        lastIndex = index;
    }

    /** Removes the entries from {@code index} on. */
    void truncate(long index) {
        while (runs.size() > 1 && runs.get(runs.size() - 1).firstIndex() >= index) {
            runs.remove(runs.size() - 1);
        }
        lastIndex = index - 1;
    }

    /** Moves the base up to {@code index}. */
    void dropPrefix(long index) {
        long term = termAt(index);
        while (runs.size() > 1 && runs.get(1).firstIndex() <= index) {
            runs.remove(0);
        }
        runs.set(0, new TermRun(index, term));
    }

    void reset(long index, long term) {
        runs.clear();
        runs.add(new TermRun(index, term));
        lastIndex = index;
    }

    /** Greatest known index up to {@code index} whose term is at most {@code term}; the base if there is none. */
    long lastIndexOfTermAtMost(long term, long index) {
        long at = Math.min(index, lastIndex);
        while (at > baseIndex() && termAt(at) > term) {
            at = runAt(at).firstIndex() - 1;
        }
        return Math.max(at, baseIndex());
    }

    /** First index of the run of equal terms that ends at or spans {@code index}. */
    long firstIndexOfTermAt(long index) {
        return runAt(index).firstIndex();
    }

    /** The run that {@code index}, not before the base, is in: the last one that begins at or before it. */
    private TermRun runAt(long index) {
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
        return runs.get(low);
    }
}
