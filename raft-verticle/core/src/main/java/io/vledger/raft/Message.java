package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/** A message between members. It travels with its sender's id and incarnation. */
public sealed interface Message {
    /** The sender's term; for a pre-vote the term it would campaign in. */
    long term();

    /**
     * Whether the message may leave only once everything is durable that its sender knows of term, votes, admission and other
     * members at this moment. True of what others build on: a vote, an acknowledgement, and a campaign, which is the
     * candidate's vote for itself (paper, figure 2: "respond after updating stable storage"). {@link MemberState#send} decides by
     * this alone.
     */
    boolean restsOnHardState();

    /**
     * Asks for a vote (paper 5.2), or whether it would be granted (dissertation 9.6).
     *
     * @param pre a pre-vote: changes nothing at the receiver
     * @param transfer the leader asked the sender to campaign, so that leader stickiness does not apply (dissertation 4.2.3)
     */
    record VoteRequest(long term, boolean pre, boolean transfer, long lastIndex, long lastTerm) implements Message {
        @Override
        public boolean restsOnHardState() {
            return !pre;
        }
    }

    /**
     * Answers a {@link VoteRequest}.
     *
     * @param term the voter's term; for a granted pre-vote the term that was asked about
     * @param standing the voter's own
     */
    record VoteReply(long term, boolean pre, boolean granted, Standing standing) implements Message {
        @Override
        public boolean restsOnHardState() {
            return true;
        }
    }

    /**
     * Entries, or none for a heartbeat or a probe (paper 5.3).
     *
     * @param round number of the leader's latest round of heartbeats, echoed by the reply (dissertation 6.4)
     * @param termStart index of the first entry of the leader's term. An entry at or behind it that is committed in another term
     *     contradicts leader completeness (paper 5.4.3)
     * @param entries those that follow {@code prevIndex}; null for none
     */
    record AppendRequest(
            long term,
            long prevIndex,
            long prevTerm,
            long commit,
            long round,
            long termStart,
            @Nullable Entries entries)
            implements Message {
        /** A leader's term is durable before it leads: it had to be for its campaign. */
        @Override
        public boolean restsOnHardState() {
            return false;
        }
    }

    /** Answers {@link AppendRequest}s; one reply may answer many. */
    sealed interface AppendReply extends Message {
        /** Round of the newest request that this answers. */
        long round();

        /** The sender's own. */
        Standing standing();

        @Override
        default boolean restsOnHardState() {
            return true;
        }
    }

    /**
     * The log matches the leader's.
     *
     * @param matchIndex greatest index up to which it matches and is durable
     */
    record AppendAccepted(long term, long matchIndex, long round, Standing standing) implements AppendReply {}

    /**
     * The log has no entry of that term before the entries that were sent.
     *
     * @param rejectedPrev the {@code prevIndex} that did not match
     * @param nextIndex where the leader may try next
     * @param conflictTerm term of the entry before {@code nextIndex} here; 0 if not known
     */
    record AppendRejected(
            long term, long rejectedPrev, long nextIndex, long conflictTerm, long round, Standing standing)
            implements AppendReply {}

    /**
     * The state at the base of the leader's log, for a follower that lacks entries which the leader no longer has (paper 7).
     *
     * @param data the driver's
     */
    record InstallRequest(long term, long baseIndex, long baseTerm, Object data) implements Message {
        @Override
        public boolean restsOnHardState() {
            return false;
        }
    }

    /** The follower continues from {@code index}. */
    record InstallReply(long term, long index) implements Message {
        @Override
        public boolean restsOnHardState() {
            return true;
        }
    }

    /**
     * Asks any member for committed entries that the sender has and cannot read. Not a decision of Raft: the core never sees it.
     *
     * @param firstIndex index of the first
     * @param lastIndex index of the last
     */
    record EntriesRequest(long term, long firstIndex, long lastIndex) implements Message {
        @Override
        public boolean restsOnHardState() {
            return false;
        }
    }

    /**
     * Answers an {@link EntriesRequest}. Not a decision of Raft: the core never sees it.
     *
     * @param firstIndex as requested
     * @param entries exactly those that were requested; null if the sender cannot provide them
     */
    record EntriesReply(long term, long firstIndex, @Nullable Entries entries) implements Message {
        @Override
        public boolean restsOnHardState() {
            return false;
        }
    }

    /** The leader hands over: campaign now (dissertation 3.10). */
    record TransferNow(long term) implements Message {
        @Override
        public boolean restsOnHardState() {
            return false;
        }
    }

    /**
     * Informs the leader of the term that the sender holds a committed entry which the leader's log contradicts.
     *
     * @param index of the entry
     * @param entryTerm its term at the sender
     */
    record Conflict(long term, long index, long entryTerm) implements Message {
        @Override
        public boolean restsOnHardState() {
            return true;
        }
    }

    /**
     * Informs a member that the sender has seen a newer state of its memory: the member must treat its memory as lost.
     *
     * @param incarnation the newest incarnation of the receiver that the sender has seen
     * @param count how many starts with that incarnation the sender has seen
     */
    record MemoryOutdated(long term, long incarnation, long count) implements Message {
        @Override
        public boolean restsOnHardState() {
            return true;
        }
    }
}
