package io.vledger.raft;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One member's Raft state machine. A driver calls an input method, then {@link #takeEffects} once a turn, and carries the effects
 * out. Inputs go to the role in charge ({@link LeaderRole}, {@link FollowerRole}, {@link Elections}). Single-threaded. A broken
 * invariant throws {@link IllegalStateException}; the member must then stop for good.
 */
public final class Raft {
    private final MemberState self;
    private final RoleTransitions roles;
    private final LeaderRole leader;
    private final FollowerRole follower;
    private final Elections elections;
    private final StaleMemoryDetector memories;
    private final MessageReceiver receiver;

    /**
     * Restores a member from what it persisted.
     *
     * @param nowMs the clock, milliseconds, monotonic
     */
    public Raft(RaftSettings settings, PersistentState restored, Jitter jitter, long nowMs) {
        this(settings, restored, jitter, nowMs, Rules.ALL);
    }

    /** As above with rules taken out, for tests that prove that it is noticed. */
    Raft(RaftSettings settings, PersistentState restored, Jitter jitter, long nowMs, Rules rules) {
        this.self = new MemberState(settings, restored);
        this.roles = new RoleTransitions(self, rules, jitter, nowMs);
        this.leader = roles.leader;
        this.follower = roles.follower;
        this.elections = roles.elections;
        this.memories = new StaleMemoryDetector(self);
        this.receiver = new MessageReceiver(self, roles, memories, rules);
    }

    /**
     * What a member remembers.
     *
     * @param vote member id, or an empty string
     * @param peers the newest start of each other member that was heard of
     */
    public record Memory(long term, String vote, long incarnation, Standing standing, Map<String, SeenStart> peers) {
        /** Copies the map. */
        public Memory {
            peers = Map.copyOf(peers);
        }

        /** A memory in which nothing is known of others. */
        public Memory(long term, String vote, long incarnation, Standing standing) {
            this(term, vote, incarnation, standing, Map.of());
        }
    }

    // ---- what a driver asks

    /** Current term. */
    public long term() {
        return self.term;
    }

    /** Member voted for in the current term, or an empty string. */
    public String vote() {
        return self.vote == null ? "" : self.vote;
    }

    /** The newest start of each other member that was heard of; to be kept with the hard state. */
    public Map<String, SeenStart> seenStarts() {
        return Map.copyOf(self.seen);
    }

    /** Members that hold a committed entry which this one lacks: it does not lead while one of them is connected. */
    public Set<String> disputes() {
        return Set.copyOf(self.disputes);
    }

    /** Last entry of the log that is durable. */
    public long syncedIndex() {
        return self.synced;
    }

    /** Number of this memory. */
    public long incarnation() {
        return self.incarnation;
    }

    /** Whether this member counts. */
    public Standing standing() {
        return self.standing;
    }

    /** Current role. */
    public Role role() {
        return self.role;
    }

    /** The leader of this term as far as known, or null. */
    public @Nullable String leader() {
        return self.leader;
    }

    /** Highest index known to be committed. */
    public long commitIndex() {
        return self.commit;
    }

    /** Last entry of the log, durable or not. */
    public long lastIndex() {
        return self.log.lastIndex();
    }

    /** Term of the last entry. */
    public long lastTerm() {
        return self.log.lastTerm();
    }

    /** Whether there is an entry at that index with another term: nothing behind it is taken from a leader that names that term. */
    public boolean differs(long index, long term) {
        return self.log.knows(index) && self.log.termAt(index) != term;
    }

    /** As leader: whether everything of earlier terms is committed, so that proposals and reads may be served. */
    public boolean leaderReady() {
        return leader.ready();
    }

    /** As leader: index of the first entry of this term. */
    public long termStartIndex() {
        return leader.termStart();
    }

    /** Whether leadership is being handed over. */
    public boolean transferring() {
        return leader.transferring();
    }

    /** Campaigns started since construction. */
    public long elections() {
        return elections.elections();
    }

    /** Number of truncations; see {@link #synced}. */
    public long logGeneration() {
        return self.logGeneration;
    }

    /** As leader: highest index known durable on a member; -1 if this member does not lead. */
    public long matchIndex(String member) {
        return leader.matchIndex(member);
    }

    /**
     * As leader: whether a follower serves as well as any other to commit entries, and knows it. Its log is known to match, the group relies
     * on its memory and it has learnt that, and no change of the member list is under way.
     */
    public boolean steady(String member) {
        return leader.steady(member);
    }

    /**
     * As leader: greatest index that is committed as soon as it is durable here; {@link Long#MAX_VALUE} if nobody else is needed, or if
     * this member does not lead.
     */
    public long neededHere() {
        return leader.neededHere();
    }

    /** Whether a member's acknowledgements count. */
    public boolean trusted(String member) {
        return self.trusted(member);
    }

    /** Incarnation that a member spoke with last; 0 if it was not heard. */
    public long heardIncarnation(String member) {
        return self.heardIncarnation(member);
    }

    // ---- inputs

    /**
     * Time passes. Before {@link #workDueMs} and {@link #silenceDueMs}, whichever comes first, it does nothing that could not wait for
     * that moment; calls in between are harmless.
     */
    public void tick(long nowMs) {
        if (!self.halted) {
            roles.tick(nowMs);
        }
    }

    /**
     * When a tick will have something to do that rests on nobody else: heartbeats, what is repeated, the end of a transfer. Every input
     * may move it.
     *
     * @return by the clock of the inputs, in the past if it is overdue; {@link Long#MAX_VALUE} for never
     */
    public long workDueMs() {
        return self.role == Role.LEADER ? leader.workDueMs() : Long.MAX_VALUE;
    }

    /**
     * When a tick will take the silence of others for their absence: it campaigns, or stops leading. A driver makes sure that it listens
     * until then; see the clock of the driver. It moves on when others are heard, of a leader with its next tick.
     *
     * @return by the clock of the inputs, in the past if it is overdue; {@link Long#MAX_VALUE} for never
     */
    public long silenceDueMs() {
        if (self.halted) {
            return Long.MAX_VALUE;
        }
        return self.role == Role.LEADER ? leader.quorumLostMs() : elections.deadlineMs();
    }

    /**
     * A connection to a member was made, from whichever side, and the member announced its start.
     *
     * @return whether the member is accepted; if not, its memory is older than what was seen of it, and it is informed
     */
    public boolean connected(String member, MemberStart start, long nowMs) {
        Progress peer = self.progress(member);
        if (self.halted) {
            return true;
        }
        if (!memories.accepts(member, peer, start)) {
            return false;
        }
        self.disputes.remove(member);
        if (!peer.connected) {
            peer.connectedMs = nowMs;
        }
        peer.connected = true;
        peer.heardMs = nowMs;
        if (self.role == Role.LEADER) {
            peer.probeFrom(Math.min(peer.next, self.log.lastIndex() + 1));
        } else if (self.leader == null && self.role != Role.CANDIDATE) {
            elections.onPeerConnected(nowMs);
        }
        return true;
    }

    /**
     * The connection to a member broke.
     *
     * @param refused whether its machine answers that nobody listens there any more: its process is gone, so that a leader
     *     need not be waited for
     */
    public void disconnected(String member, boolean refused, long nowMs) {
        Progress peer = self.progress(member);
        peer.connected = false;
        self.disputes.remove(member);
        if (refused && self.role == Role.FOLLOWER && member.equals(self.leader)) {
            self.leader = null;
            self.effects.roleChanged = true;
            elections.onLeaderLost(nowMs);
        }
    }

    /** A message came from a member, sent by that incarnation of it. Messages of strangers are ignored. */
    public void receive(String from, long fromIncarnation, Message message, long nowMs) {
        if (!self.halted) {
            receiver.receive(from, fromIncarnation, message, nowMs);
        }
    }

    /**
     * This member's memory turned out to be older than what others have seen of it: it takes no part with it any more, but
     * under a new number, as one that lost its memory. The others must be greeted anew.
     *
     * @param newIncarnation greater than every one that this member had, and than {@link Effects#startOverFrom}
     */
    public void startOver(long newIncarnation, long nowMs) {
        MemberState.require(newIncarnation > self.incarnation, "a new incarnation must be greater");
        self.incarnation = newIncarnation;
        self.standing = self.standing == Standing.DAMAGED ? Standing.DAMAGED : Standing.RECOVERING;
        self.effects.saveHardState = true;
        roles.becomeFollower(self.term, nowMs);
    }

    /** As leader: these entries of the current term were appended to our log and handed to the store lane. */
    public void appended(Entries entries) {
        MemberState.require(self.role == Role.LEADER, "only a leader appends by itself");
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            MemberState.require(entries.termAt(index) == self.term, "a leader appends entries of its own term");
            self.append(index, entries);
        }
    }

    /**
     * Our log is durable (or, with asynchronous durability, written) up to an index.
     *
     * @param generation {@link #logGeneration} when the write was submitted; older ones are ignored
     */
    public void synced(long generation, long index) {
        if (self.halted || generation != self.logGeneration || index <= self.synced) {
            return;
        }
        self.synced = Math.min(index, self.log.lastIndex());
        if (self.role == Role.LEADER) {
            leader.advanceCommit();
        } else if (self.leader != null) {
            follower.acknowledge(self.leader);
        }
    }

    /** The hard state handed out by one {@link Effects#saveHardState}, of this term, is durable. */
    public void hardStateSaved(long savedTerm, long nowMs) {
        self.hardStateSaved();
        if (!self.halted && self.role == Role.CANDIDATE && savedTerm == self.term && elections.won()) {
            roles.becomeLeader(nowMs);
        }
    }

    /** As follower: the base of an {@link Effects#install} was installed. */
    public void installed(long index, long baseTerm, Members baseMembers) {
        follower.installed(index, baseTerm, baseMembers);
    }

    /** The log's prefix up to {@code index} was dropped. */
    public void prefixDropped(long index) {
        MemberState.require(index <= self.commit, "only committed entries are dropped");
        if (index > self.log.baseIndex()) {
            self.log.dropPrefix(index);
        }
    }

    /** Restores a member list that the log has after the committed one; for use before the first tick. */
    public void restoreMembers(long index, Members list) {
        self.members.append(index, list);
        if (self.members.commit(self.commit)) {
            self.adoptStanding();
        }
    }

    /** Asks for a read barrier; the context comes back in {@link Effects#readsReady} or {@link Effects#readsFailed}. */
    public void readBarrier(Object context) {
        if (self.halted || self.role != Role.LEADER) {
            self.effects.readsFailed.add(context);
        } else {
            leader.readBarrier(context);
        }
    }

    /**
     * As leader: hands over. No proposals must be made from here on until {@link #transferring} is false again: the target is
     * asked to campaign once it has everything, and once {@link #onDrained} reports that no outcome is pending here. If it does
     * not lead within two election timeouts, this member continues to lead.
     *
     * @param to a member, or null for the one that is furthest
     * @param urgent whether not to wait for outcomes, because this member may be unable to bring them about
     * @return the member it is being handed to, or null if there is none fit
     */
    public @Nullable String transfer(@Nullable String to, boolean urgent, long nowMs) {
        return self.role != Role.LEADER || self.halted ? null : leader.transfer(to, urgent, nowMs);
    }

    /**
     * As leader that hands over: every proposal taken was appended, and whatever was committed was applied and answered. To be
     * called in every turn in which that holds.
     */
    public void onDrained(long nowMs) {
        leader.onDrained(nowMs);
    }

    /** The store failed or an invariant broke: takes no further part. */
    public void halt() {
        if (self.role == Role.LEADER && self.standing == Standing.VOTER) {
            leader.callSuccessor();
        }
        self.halted = true;
        self.role = Role.FOLLOWER;
        self.leader = null;
        leader.failReads();
        self.effects.roleChanged = true;
    }

    /** The effects since the last call. */
    public Effects takeEffects() {
        if (self.role == Role.LEADER) {
            leader.sendWantedRound();
        }
        return self.takeEffects();
    }

    // ---- replication as the driver carries it out

    /**
     * As leader: from which index on a member should be sent entries now.
     *
     * @return the index, which may be one past the last entry (then send an empty run to probe); 0 if nothing is to be sent
     */
    public long nextToSend(String member) {
        return leader.nextToSend(member);
    }

    /**
     * The message that carries entries to a member.
     *
     * @param entries a run that starts at {@link #nextToSend}, or null to probe
     * @param bytes its size
     */
    public Message.AppendRequest buildAppend(String member, @Nullable Entries entries, long bytes, long nowMs) {
        return leader.buildAppend(member, entries, bytes, nowMs);
    }
}
