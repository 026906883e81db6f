package io.vledger.raft;

import java.util.ArrayDeque;

/** What a leader knows of one follower. */
final class Progress {
    /** How entries are sent. */
    enum Mode {
        /** Where the logs match is not known: one message at a time. */
        PROBE,
        /** Entries are sent as they come, within the window. */
        STREAM,
        /** The follower needs the state at the base. */
        INSTALL
    }

    /** The incarnation that speaks for the member now. */
    long incarnation;

    /** Whether that incarnation said that it was admitted. */
    boolean voter;

    /** Whether it said that its memory is older than what was seen of it: what it says does not count. */
    boolean outdated;
    /** Greatest term in which this incarnation gave this member its vote, or followed it; it cannot be in an earlier one. */
    long promisedTerm;

    Mode mode = Mode.PROBE;
    long match;
    long next;
    /** In PROBE: a message is out that was not answered. */
    boolean probing;

    boolean connected;
    /** When that connection, or the one before it without a gap, was made. */
    long connectedMs = Long.MIN_VALUE / 2;

    long heardMs = Long.MIN_VALUE / 2;
    long ackedRound;
    long sentMs = Long.MIN_VALUE / 2;
    /** In INSTALL: when the base was sent last. */
    long installMs = Long.MIN_VALUE / 2;

    long inflightBytes;
    private final ArrayDeque<long[]> inflight = new ArrayDeque<>();

    void sent(long lastIndex, long bytes, long nowMs) {
        inflight.addLast(new long[] {lastIndex, bytes});
        inflightBytes += bytes;
        next = lastIndex + 1;
        sentMs = nowMs;
        probing = mode == Mode.PROBE;
    }

    void acked(long index) {
        match = Math.max(match, index);
        next = Math.max(next, match + 1);
        while (!inflight.isEmpty() && inflight.peekFirst()[0] <= match) {
            inflightBytes -= inflight.removeFirst()[1];
        }
    }

    /** An index that was acknowledged is not there any more: probes below it. */
    void probeBelow(long index) {
        match = Math.min(match, index - 1);
        probeFrom(index);
    }

    void probeFrom(long index) {
        mode = Mode.PROBE;
        next = Math.max(index, match + 1);
        probing = false;
        inflight.clear();
        inflightBytes = 0;
    }

    /** The member speaks with another memory than before. */
    void forget(long newIncarnation, long lastIndex) {
        incarnation = newIncarnation;
        voter = false;
        outdated = false;
        promisedTerm = 0;
        match = 0;
        ackedRound = 0;
        probeFrom(lastIndex + 1);
    }
}
