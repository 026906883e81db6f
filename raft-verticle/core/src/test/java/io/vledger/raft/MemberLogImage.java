package io.vledger.raft;

import java.util.ArrayList;
import java.util.List;

/** A log as a list, behind a base. */
final class MemberLogImage {
    /**
     * What lies before the first entry.
     *
     * @param members the list as of {@code index}
     * @param state fingerprint of everything applied up to there
     */
    record BaseState(long index, long term, Members members, long state) {}

    private BaseState base;
    private final List<LogEntry> entries = new ArrayList<>();

    MemberLogImage(BaseState base) {
        this.base = base;
    }

    MemberLogImage copy() {
        MemberLogImage copy = new MemberLogImage(base);
        copy.entries.addAll(entries);
        return copy;
    }

    BaseState base() {
        return base;
    }

    void replace(MemberLogImage other) {
        base = other.base;
        entries.clear();
        entries.addAll(other.entries);
    }

    long lastIndex() {
        return base.index + entries.size();
    }

    long termAt(long index) {
        return index == base.index ? base.term : at(index).term();
    }

    LogEntry at(long index) {
        return entries.get((int) (index - base.index - 1));
    }

    /** Whether an entry of this index and term is here, or lies below the base. */
    boolean holds(long index, long term) {
        return index < base.index || (index <= lastIndex() && termAt(index) == term);
    }

    void append(LogEntry entry) {
        if (entry.index() != lastIndex() + 1) {
            throw new AssertionError(entry + " appended after " + lastIndex());
        }
        entries.add(entry);
    }

    void truncate(long from) {
        while (lastIndex() >= from) {
            entries.remove(entries.size() - 1);
        }
    }

    void reset(BaseState newBase) {
        entries.clear();
        base = newBase;
    }

    /** Drops what is up to {@code index}, whose state is {@code state}. */
    void dropPrefix(long index, long state) {
        long term = termAt(index);
        Members members = base.members;
        int count = (int) (index - base.index);
        for (LogEntry entry : entries.subList(0, count)) {
            members = entry.members() == null ? members : entry.members();
        }
        entries.subList(0, count).clear();
        base = new BaseState(index, term, members, state);
    }

    Run run(long from, int max) {
        int start = (int) (from - base.index - 1);
        return new Run(entries.subList(start, Math.min(entries.size(), start + max)));
    }

    /** First index and term of each run of equal terms, the base first. */
    List<TermRun> termRuns() {
        List<TermRun> runs = new ArrayList<>();
        runs.add(new TermRun(base.index, base.term));
        for (LogEntry entry : entries) {
            if (entry.term() != runs.get(runs.size() - 1).term()) {
                runs.add(new TermRun(entry.index(), entry.term()));
            }
        }
        return runs;
    }

    List<LogEntry> entries() {
        return entries;
    }
}
