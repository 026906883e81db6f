package io.vledger.broker.forward;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Requests that wait for a leader, in the order of their arrival, bounded in number and bytes. Loop only. */
final class Parked {
    static final int MAX_REQUESTS = 20_000;
    static final long MAX_BYTES = 16L << 20;

    private final TreeMap<Long, Held> waiting = new TreeMap<>();
    private long bytes;
    private long earliestMs = Long.MAX_VALUE;

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Takes a request; false if there are too many. */
    boolean add(Held held) {
        held.bytes = held.request.keep();
        if (waiting.size() >= MAX_REQUESTS || (bytes > 0 && bytes + held.bytes > MAX_BYTES)) {
            return false;
        }
        waiting.put(held.number, held);
        bytes += held.bytes;
        earliestMs = Math.min(earliestMs, held.deadlineMs);
        return true;
    }

    /** The one that arrived first, or null. */
    @Nullable
    Held first() {
        return waiting.isEmpty() ? null : waiting.firstEntry().getValue();
    }

    void removeFirst() {
        bytes -= waiting.pollFirstEntry().getValue().bytes;
    }

    /** Takes out those that have waited for too long. */
    List<Held> takeLate(long nowMs) {
        List<Held> late = new ArrayList<>();
        if (nowMs < earliestMs) {
            return late;
        }
        earliestMs = Long.MAX_VALUE;
        for (Iterator<Held> each = waiting.values().iterator(); each.hasNext(); ) {
            Held held = each.next();
            if (nowMs >= held.deadlineMs) {
                each.remove();
                bytes -= held.bytes;
                late.add(held);
            } else {
                earliestMs = Math.min(earliestMs, held.deadlineMs);
            }
        }
        return late;
    }
}
