package io.vledger.raft;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * Reads that wait until leadership was confirmed after they were asked for (dissertation 6.4). All that are asked for in one
 * turn share one round of heartbeats.
 */
final class ReadBarriers {
    private record Waiting(Object context, long index, long round) {}

    private final List<Waiting> waiting = new ArrayList<>();
    /** Whether a read was added since the last round began. */
    private boolean roundWanted;

    /** Adds a read that holds once {@code index} is committed and {@code nextRound} was confirmed. */
    void add(Object context, long index, long nextRound) {
        waiting.add(new Waiting(context, index, nextRound));
        roundWanted = true;
    }

    /** Whether a new round must be sent, which is then taken to be under way. */
    boolean takeRoundWanted() {
        boolean wanted = roundWanted;
        roundWanted = false;
        return wanted;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Moves the reads that hold now to {@code ready}. */
    void release(long commit, LongPredicate confirmed, List<Object> ready) {
        for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
            Waiting read = each.next();
            if (read.index <= commit && confirmed.test(read.round)) {
                ready.add(read.context);
                each.remove();
            }
        }
    }

    /** Moves all reads to {@code failed}: leadership ended. */
    void failAll(List<Object> failed) {
        waiting.forEach(read -> failed.add(read.context));
        waiting.clear();
        roundWanted = false;
    }
}
