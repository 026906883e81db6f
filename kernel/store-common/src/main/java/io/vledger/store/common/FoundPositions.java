package io.vledger.store.common;

import java.util.Arrays;

/** Positions that a search of the key index has found so far: below a position, and up to a number. */
public final class FoundPositions {
    private final long before;
    private final int max;
    private long[] positions = new long[8];
    private int count;

    /**
     * Nothing yet.
     *
     * @param before only positions below this one count
     * @param max how many there may be
     */
    public FoundPositions(long before, int max) {
        this.before = before;
        this.max = max;
    }

    /** Only positions below this one count. */
    public long before() {
        return before;
    }

    /** Whether there are enough. */
    public boolean isFull() {
        return count >= max;
    }

    /** Adds a position, if it counts. */
    public void offer(long position) {
        if (position >= before) {
            return;
        }
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, count * 2);
        }
        positions[count++] = position;
    }

    /** The positions, in the order in which they were offered. */
    public long[] toArray() {
        return Arrays.copyOf(positions, count);
    }
}
