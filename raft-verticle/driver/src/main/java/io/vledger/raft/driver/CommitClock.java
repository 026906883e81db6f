package io.vledger.raft.driver;

import io.vledger.api.metrics.Histogram;
import java.util.Arrays;
import java.util.function.LongSupplier;

/** Times how long the leader's batches take from being sealed to being committed. Loop only; allocates nothing as a rule. */
final class CommitClock {
    private static final int INITIAL = 16;
    /** More batches than can be under way; beyond it the oldest is not timed. */
    private static final int MAX = 1 << 16;

    private final LongSupplier nanos;
    private final Histogram latency;
    private long[] lastIndexes = new long[INITIAL];
    private long[] sealed = new long[INITIAL];
    private int head;
    private int size;

    CommitClock(LongSupplier nanos, Histogram latency) {
        this.nanos = nanos;
        this.latency = latency;
    }

    /** A batch that ends with this entry was sealed now. */
    void sealed(long lastIndex) {
        if (size == lastIndexes.length) {
            if (size >= MAX) {
                head = (head + 1) % size;
                size--;
            } else {
                grow();
            }
        }
        int at = (head + size++) % lastIndexes.length;
        lastIndexes[at] = lastIndex;
        sealed[at] = nanos.getAsLong();
    }

    private void grow() {
        int from = head;
        lastIndexes = straight(lastIndexes, from);
        sealed = straight(sealed, from);
        head = 0;
    }

    private static long[] straight(long[] ring, int from) {
        long[] larger = Arrays.copyOf(Arrays.copyOfRange(ring, from, ring.length), ring.length * 2);
        System.arraycopy(ring, 0, larger, ring.length - from, from);
        return larger;
    }

    /** Everything up to this entry is committed. */
    void committed(long index) {
        if (size == 0 || lastIndexes[head] > index) {
            return;
        }
        long now = nanos.getAsLong();
        while (size > 0 && lastIndexes[head] <= index) {
            latency.record(now - sealed[head]);
            head = (head + 1) % lastIndexes.length;
            size--;
        }
    }

    /** This member does not lead any more. */
    void forget() {
        size = 0;
        head = 0;
    }
}
