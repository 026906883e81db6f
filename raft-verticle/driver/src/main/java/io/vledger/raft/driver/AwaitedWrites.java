package io.vledger.raft.driver;

import io.vledger.raft.Raft;

/**
 * What a leader's loop waits for of its own writes: those that followers have acknowledged already, since all others need an
 * acknowledgement anyway, which wakes the loop. Written by the loop, read by the lane.
 */
final class AwaitedWrites {
    private volatile long upTo = Long.MAX_VALUE;

    /**
     * The loop is about to wait.
     *
     * @param gathering whether proposals wait until a write is done
     */
    void update(Raft raft, boolean gathering) {
        long needed = gathering || raft.transferring() ? Long.MAX_VALUE : raft.neededHere();
        if (needed != upTo) {
            upTo = needed;
        }
    }

    /** Whether it waits for a write that begins with this entry. Any thread. */
    boolean contain(long firstIndex) {
        return firstIndex <= upTo;
    }
}
