package io.vledger.raft;

import java.util.ArrayDeque;

/**
 * A leader's view of one follower: how far its log is known to match, and what may be sent to it (paper, figure 2:
 * {@code nextIndex} and {@code matchIndex}). Fields about the member's memory are kept in every role; those about replication are
 * valid while this member leads and are reset by {@link LeaderRole#begin}.
 *
 * <p>Invariant: {@code match < next <= lastIndex + 1} of the leader's log.
 */
final class Progress {
    /** How entries are sent. */
    enum Mode {
        /** Where the logs match is not known: one request at a time, until one is accepted. */
        PROBE,
        /** Entries are sent as they come, up to {@link RaftSettings#maxInflightBytes}. */
        STREAM,
        /** The entry before {@link #next} is no longer in the leader's log: the follower is sent the state at the base. */
        INSTALL
    }

    /** A request with entries that was not acknowledged yet. */
    private record Inflight(long lastIndex, long bytes) {}

    // ---- the member's memory, in every role

    /**
     * Incarnation that speaks for the member; 0 until it was heard. Never decreases: messages of a smaller one are dropped, a
     * greater one resets everything else here ({@link #reset}).
     */
    long incarnation;

    /**
     * Whether that incarnation declared itself a voter, so that its admission is committed even if this log does not show that
     * yet. Set by its replies; only ever reset together with the incarnation.
     */
    boolean voter;

    /** Whether its memory is older than what was seen of it. While set, nothing that the incarnation sends counts. */
    boolean outdated;

    /**
     * Greatest term in which this incarnation voted for this member or followed it. It is durable there, so a later start of
     * the incarnation with a smaller term has lost memory.
     */
    long promisedTerm;

    // ---- the connection, in every role

    /** Whether a connection to the member is up. Nothing is sent while it is not. */
    boolean connected;

    /** When the connection, or the one that it replaced without a gap, was made. */
    long connectedMs = Long.MIN_VALUE / 2;

    /** When the member was heard last. A leader steps down if this is too old for a quorum (dissertation 6.2). */
    long heardMs = Long.MIN_VALUE / 2;

    // ---- replication, while this member leads

    /**
     * How entries are sent. PROBE until a request was accepted; INSTALL only while the entry before {@link #next} is dropped, and ended by
     * the follower's reply alone.
     */
    Mode mode = Mode.PROBE;

    /**
     * Greatest index up to which the follower's log is known to be durable and the same as the leader's. Commitment counts
     * these. Decreases only in {@link #probeBelow}, which counts less than there may be.
     */
    long match;

    /** Index of the next entry to send; always above {@link #match}. */
    long next;

    /** In PROBE: whether a request is out that was not answered. A heartbeat clears it, so that a lost answer costs one interval. */
    boolean probing;

    /** Greatest round of heartbeats that was answered: leadership was accepted at a moment after that round began. */
    long ackedRound;

    /** When anything was sent last; a heartbeat is due one interval later. */
    long sentMs = Long.MIN_VALUE / 2;

    /** The commit index that was sent last. */
    long sentCommit;

    /** In INSTALL: when the base was sent last. */
    long installMs = Long.MIN_VALUE / 2;

    /** Bytes of entries that were sent and not acknowledged: the sum over {@link #inflight}. */
    long inflightBytes;

    /** Requests that were sent and not acknowledged, in ascending order; all lie above {@link #match}. */
    private final ArrayDeque<Inflight> inflight = new ArrayDeque<>();

    /** Entries up to {@code lastIndex} were sent. */
    void sent(long lastIndex, long bytes, long nowMs) {
        inflight.addLast(new Inflight(lastIndex, bytes));
        inflightBytes += bytes;
        next = lastIndex + 1;
        sentMs = nowMs;
        probing = mode == Mode.PROBE;
    }

    /** The log matches up to {@code index}; does nothing if that was known. */
    void acked(long index) {
        match = Math.max(match, index);
        next = Math.max(next, match + 1);
        Inflight first = inflight.peekFirst();
        while (first != null && first.lastIndex <= match) {
            inflight.removeFirst();
            inflightBytes -= first.bytes;
            first = inflight.peekFirst();
        }
    }

    /** An acknowledged index is not there any more: counts on nothing from it on, and probes from it. */
    void probeBelow(long index) {
        match = Math.min(match, index - 1);
        probeFrom(index);
    }

    /** Probes from {@code index}, but not below what is known to match. */
    void probeFrom(long index) {
        mode = Mode.PROBE;
        next = Math.max(index, match + 1);
        probing = false;
        inflight.clear();
        inflightBytes = 0;
    }

    /** Another incarnation speaks for the member: what was known of the former one is void. */
    void reset(long newIncarnation, long lastIndex) {
        incarnation = newIncarnation;
        voter = false;
        outdated = false;
        promisedTerm = 0;
        match = 0;
        ackedRound = 0;
        probeFrom(lastIndex + 1);
    }
}
