package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.TimeSpan;
import java.util.Arrays;

/** Keys of messages in one log segment, in memory: pairs of hash and position, in order of position until sorted. */
final class KeyBlock {
    /** Hash, position. */
    static final int ENTRY_BYTES = 16;

    final long segment;
    private long[] pairs = new long[64];
    private int count;
    private long minTimestamp = Long.MAX_VALUE;
    private long maxTimestamp = Long.MIN_VALUE;

    KeyBlock(long segment) {
        this.segment = segment;
    }

    int count() {
        return count;
    }

    long minTimestamp() {
        return minTimestamp;
    }

    long maxTimestamp() {
        return maxTimestamp;
    }

    void add(long hash, long position, long timestamp) {
        if (count * 2 == pairs.length) {
            pairs = Arrays.copyOf(pairs, (count + (count >> 1)) * 2);
        }
        pairs[count * 2] = hash;
        pairs[count * 2 + 1] = position;
        count++;
        minTimestamp = Math.min(minTimestamp, timestamp);
        maxTimestamp = Math.max(maxTimestamp, timestamp);
    }

    boolean overlaps(TimeSpan stored) {
        return stored.overlaps(minTimestamp, maxTimestamp);
    }

    long position(int entry) {
        return pairs[entry * 2 + 1];
    }

    long hash(int entry) {
        return pairs[entry * 2];
    }

    /** Writes all entries sorted by hash, then position. The block itself stays in order of position, for readers. */
    void writeSorted(ByteBuf target) {
        long[] sorted = Arrays.copyOf(pairs, count * 2);
        sort(sorted, 0, count - 1);
        for (int i = 0; i < count * 2; i++) {
            target.writeLong(sorted[i]);
        }
    }

    /** Quicksort of pairs; recurses into the smaller part only, so that the stack stays small. */
    private static void sort(long[] pairs, int from, int to) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            long hash = pairs[middle * 2];
            long position = pairs[middle * 2 + 1];
            int i = low;
            int j = high;
            while (i <= j) {
                while (compare(pairs, i, hash, position) < 0) {
                    i++;
                }
                while (compare(pairs, j, hash, position) > 0) {
                    j--;
                }
                if (i <= j) {
                    swap(pairs, i++, j--);
                }
            }
            if (j - low < high - i) {
                sort(pairs, low, j);
                low = i;
            } else {
                sort(pairs, i, high);
                high = j;
            }
        }
    }

    private static int compare(long[] pairs, int entry, long hash, long position) {
        int byHash = Long.compare(pairs[entry * 2], hash);
        return byHash != 0 ? byHash : Long.compare(pairs[entry * 2 + 1], position);
    }

    private static void swap(long[] pairs, int a, int b) {
        long hash = pairs[a * 2];
        long position = pairs[a * 2 + 1];
        pairs[a * 2] = pairs[b * 2];
        pairs[a * 2 + 1] = pairs[b * 2 + 1];
        pairs[b * 2] = hash;
        pairs[b * 2 + 1] = position;
    }
}
