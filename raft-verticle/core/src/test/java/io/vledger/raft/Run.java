package io.vledger.raft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run of test entries. */
record Run(List<LogEntry> list) implements Entries {
    Run {
        list = List.copyOf(list);
    }

    @Override
    public long firstIndex() {
        return list.get(0).index();
    }

    @Override
    public long lastIndex() {
        return list.get(list.size() - 1).index();
    }

    @Override
    public long termAt(long index) {
        return at(index).term();
    }

    @Override
    public @Nullable Members membersAt(long index) {
        return at(index).members();
    }

    /** The entries from {@code index} on. */
    Run from(long index) {
        return new Run(list.subList((int) Math.max(0, index - firstIndex()), list.size()));
    }

    private LogEntry at(long index) {
        return list.get((int) (index - firstIndex()));
    }

    @Override
    public String toString() {
        return list.toString();
    }
}
