package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.origin.InitialState.OriginRun;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Which messages of an earlier broker in the wheel's queue wait and are not taken over yet. Loop only. */
final class OriginTimers {
    private static final int RUN_BYTES = 2 * Long.BYTES;

    private final TreeMap<Long, Long> runs = new TreeMap<>();

    /** Messages one after the other. */
    record Run(long first, long count) {}

    /** Whether there are any. */
    boolean hasMore() {
        return !runs.isEmpty();
    }

    /** How many there are. */
    long left() {
        return runs.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The first of them from a queue offset on; null if there is none. */
    @Nullable
    Run from(long queueOffset) {
        Map.Entry<Long, Long> before = runs.floorEntry(queueOffset);
        if (before != null && queueOffset < before.getKey() + before.getValue()) {
            return new Run(queueOffset, before.getKey() + before.getValue() - queueOffset);
        }
        Map.Entry<Long, Long> after = runs.ceilingEntry(queueOffset);
        return after == null ? null : new Run(after.getKey(), after.getValue());
    }

    void fill(List<OriginRun> known) {
        known.forEach(run -> runs.put(run.first(), run.count()));
    }

    /** That {@link #reached} may be called so. */
    void check(long queueOffset) {
        Map.Entry<Long, Long> first = runs.firstEntry();
        if (first == null || queueOffset <= first.getKey()) {
            throw new ContradictionException("timers are taken over up to queue offset " + queueOffset
                    + " again; those that are left begin at " + (first == null ? "none" : first.getKey()));
        }
    }

    /** Everything before this queue offset is taken over. */
    void reached(long queueOffset) {
        Run rest = from(queueOffset);
        runs.headMap(queueOffset).clear();
        if (rest != null && rest.first() == queueOffset) {
            runs.put(queueOffset, rest.count());
        }
    }

    void clear() {
        runs.clear();
    }

    /** Appends int n, n times: long first, long count. */
    void write(ByteBuf target) {
        target.writeInt(runs.size());
        runs.forEach((first, count) -> {
            target.writeLong(first);
            target.writeLong(count);
        });
    }

    void read(ByteBuf source) {
        runs.clear();
        int count = source.readInt();
        if (count < 0 || count > source.readableBytes() / RUN_BYTES) {
            throw new IllegalStateException(
                    count + " runs of timers in " + source.readableBytes() + " bytes of a snapshot");
        }
        for (int i = 0; i < count; i++) {
            long first = source.readLong();
            runs.put(first, source.readLong());
        }
    }
}
