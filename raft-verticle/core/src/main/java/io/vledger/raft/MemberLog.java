package io.vledger.raft;

import java.util.Map;
import java.util.TreeMap;

/** The member lists of the log: the committed one, and those after it by index. */
final class MemberLog {
    /** The list of the newest committed entry that carries one. */
    private Members committed;
    /** By index: lists of entries that are not committed. */
    private final TreeMap<Long, Members> pending = new TreeMap<>();

    MemberLog(Members committed) {
        this.committed = committed;
    }

    Members committed() {
        return committed;
    }

    /** The newest list in the log, committed or not. */
    Members latest() {
        return pending.isEmpty() ? committed : pending.lastEntry().getValue();
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    void append(long index, Members members) {
        pending.put(index, members);
    }

    void truncate(long fromIndex) {
        pending.tailMap(fromIndex, true).clear();
    }

    /** Entries up to {@code index} are committed; returns whether the committed list changed. */
    boolean commit(long index) {
        boolean changed = false;
        while (!pending.isEmpty() && pending.firstKey() <= index) {
            Map.Entry<Long, Members> next = pending.pollFirstEntry();
            committed = next.getValue();
            changed = true;
        }
        return changed;
    }

    void reset(Members members) {
        pending.clear();
        committed = members;
    }
}
