package io.vledger.broker.routing;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Requests that wait for a leader, in the order of their arrival, bounded in number and bytes. Loop only. */
final class ForwardQueue {
    static final int MAX_REQUESTS = 20_000;
    static final long MAX_BYTES = 16L << 20;

    private final TreeMap<Long, PendingForward> waiting = new TreeMap<>();
    private long bytes;
    private long earliestMs = Long.MAX_VALUE;

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Adds a request; false if there are too many. */
    boolean add(PendingForward pending) {
        pending.bytes = pending.request.keep();
        if (waiting.size() >= MAX_REQUESTS || (bytes > 0 && bytes + pending.bytes > MAX_BYTES)) {
            return false;
        }
        waiting.put(pending.number, pending);
        bytes += pending.bytes;
        earliestMs = Math.min(earliestMs, pending.deadlineMs);
        return true;
    }

    /** The one that arrived first, or null. */
    @Nullable
    PendingForward first() {
        return waiting.isEmpty() ? null : waiting.firstEntry().getValue();
    }

    void removeFirst() {
        bytes -= waiting.pollFirstEntry().getValue().bytes;
    }

    /** When the first of the waiting requests has waited too long, or earlier; {@link Long#MAX_VALUE} if none waits. */
    long nextDeadlineMs() {
        return waiting.isEmpty() ? Long.MAX_VALUE : earliestMs;
    }

    /** Removes and returns those that have waited too long. */
    List<PendingForward> takeLate(long nowMs) {
        List<PendingForward> late = new ArrayList<>();
        if (nowMs < earliestMs) {
            return late;
        }
        earliestMs = Long.MAX_VALUE;
        for (Iterator<PendingForward> each = waiting.values().iterator(); each.hasNext(); ) {
            PendingForward pending = each.next();
            if (nowMs >= pending.deadlineMs) {
                each.remove();
                bytes -= pending.bytes;
                late.add(pending);
            } else {
                earliestMs = Math.min(earliestMs, pending.deadlineMs);
            }
        }
        return late;
    }
}
