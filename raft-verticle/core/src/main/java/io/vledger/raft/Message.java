package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/** What members say to each other. Every message travels with its sender's id and incarnation. */
public sealed interface Message {
    /** The sender's term; for a pre-vote the term it would campaign in. */
    long term();

    /**
     * Asks for a vote (paper 5.2), or whether it would be given.
     *
     * @param pre only asks; changes nothing
     * @param transfer the leader told the sender to campaign: stickiness does not apply
     */
    record VoteRequest(long term, boolean pre, boolean transfer, long lastIndex, long lastTerm) implements Message {}

    /**
     * Answers a {@link VoteRequest}.
     *
     * @param term the voter's term; for a granted pre-vote the term asked about
     * @param standing whether the voter counts
     */
    record VoteReply(long term, boolean pre, boolean granted, Standing standing) implements Message {}

    /**
     * Entries, or a heartbeat without (paper 5.3).
     *
     * @param round number of the leader's latest round of heartbeats, echoed by the reply
     * @param termStart index of the first entry of the leader's term: what is committed there and after it, and was not by this
     *     leader, cannot be
     * @param entries follow {@code prevIndex}; null for none
     */
    record AppendRequest(
            long term,
            long prevIndex,
            long prevTerm,
            long commit,
            long round,
            long termStart,
            @Nullable Entries entries)
            implements Message {}

    /**
     * Answers {@link AppendRequest}s; one reply may answer many.
     *
     * @param success whether {@code prevIndex} matched
     * @param index on success the highest index that is durable here and matches the leader's log; else the index at which the
     *     leader may try next
     * @param conflictTerm on failure the term at {@code index - 1} here
     * @param rejectedPrev on failure the {@code prevIndex} that did not match
     * @param standing whether the sender counts itself a voter
     */
    record AppendReply(
            long term, boolean success, long index, long conflictTerm, long rejectedPrev, long round, Standing standing)
            implements Message {}

    /**
     * The state at the base of the leader's log, for a follower that lacks entries that the leader no longer has.
     *
     * @param data the driver's
     */
    record InstallRequest(long term, long baseIndex, long baseTerm, Object data) implements Message {}

    /** The follower continues from {@code index}. */
    record InstallReply(long term, long index) implements Message {}

    /**
     * Asks any member for committed entries that the sender has and cannot read. No decision of Raft: the core never sees it.
     *
     * @param firstIndex index of the first
     * @param lastIndex index of the last
     */
    record EntriesRequest(long term, long firstIndex, long lastIndex) implements Message {}

    /**
     * Answers an {@link EntriesRequest}. No decision of Raft: the core never sees it.
     *
     * @param firstIndex as asked
     * @param entries exactly those that were asked for; null if the sender cannot give them
     */
    record EntriesReply(long term, long firstIndex, @Nullable Entries entries) implements Message {}

    /** The leader hands over: campaign now (dissertation 3.10). */
    record TransferNow(long term) implements Message {}

    /**
     * Tells whoever leads the term that the sender holds a committed entry which the leader cannot have.
     *
     * @param index of the entry
     * @param entryTerm its term here
     */
    record Conflict(long term, long index, long entryTerm) implements Message {}

    /**
     * Tells a member that the sender has seen more of its memory than it has: it must take itself for one that lost its memory.
     *
     * @param incarnation the newest memory of it that was seen
     * @param count how many starts with it were seen
     */
    record MemoryOutdated(long term, long incarnation, long count) implements Message {}
}
