package io.vledger.raft;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One member's Raft state machine: takes what comes in, and gives it to the role in charge ({@link Electing}, {@link Leading},
 * {@link Following}). Call an input method, then {@link #takeEffects} once a turn and carry the effects out.
 * Single-threaded. A broken invariant throws {@link IllegalStateException}; the member must then stop for good.
 */
public final class Raft {
    private final MemberState self;
    private final Leading leading;
    private final Following following;
    private final Electing electing;
    private final StartWatch starts;
    /** Whether peers may send anything; false only in tests that prove what happens then. */
    private final boolean boundsChecked;

    /**
     * Restores a member from what it persisted.
     *
     * @param memory the hard state
     * @param committedMembers member list as of {@code commit}
     * @param termRuns {index, term} runs of the log, ascending, the base first
     * @param lastIndex last entry of the log; all of it is durable
     * @param commit an index known to be committed, at least the base
     * @param nowMs the clock, milliseconds, monotonic
     */
    public Raft(
            RaftSettings settings,
            Memory memory,
            Members committedMembers,
            List<long[]> termRuns,
            long lastIndex,
            long commit,
            Jitter jitter,
            long nowMs) {
        this(
                settings,
                memory,
                committedMembers,
                termRuns,
                lastIndex,
                commit,
                jitter,
                nowMs,
                CommitRule.OWN_TERM_ONLY,
                true);
    }

    /** As above with rules taken out, for tests that prove that it is noticed. */
    Raft(
            RaftSettings settings,
            Memory memory,
            Members committedMembers,
            List<long[]> termRuns,
            long lastIndex,
            long commit,
            Jitter jitter,
            long nowMs,
            CommitRule commitRule,
            boolean boundsChecked) {
        this.boundsChecked = boundsChecked;
        this.self = new MemberState(
                settings, memory, new EntryWindow(termRuns, lastIndex), new MemberLog(committedMembers), commit);
        this.starts = new StartWatch(self);
        this.leading = new Leading(self, commitRule);
        this.following = new Following(self);
        this.electing = new Electing(self, jitter, nowMs);
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

    /** As leader: whether everything of earlier terms is committed, so that proposals and reads may be served. */
    public boolean leaderReady() {
        return leading.ready();
    }

    /** As leader: index of the first entry of this term. */
    public long termStartIndex() {
        return leading.termStart();
    }

    /** Whether leadership is being handed over. */
    public boolean transferring() {
        return leading.transferring();
    }

    /** Campaigns started since construction. */
    public long elections() {
        return electing.elections();
    }

    /** Number of truncations; see {@link #synced}. */
    public long logGeneration() {
        return self.logGeneration;
    }

    /** Member list as committed. */
    public Members committedMembers() {
        return self.members.committed();
    }

    /** Member list as of the newest entry of the log, committed or not. */
    public Members latestMembers() {
        return self.members.latest();
    }

    /** As leader: highest index known durable on a member; -1 if this member does not lead. */
    public long matchIndex(String member) {
        return leading.matchIndex(member);
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

    /** Time passes. Call it every few milliseconds, at least four times a heartbeat interval. */
    public void tick(long nowMs) {
        if (self.halted) {
            return;
        }
        if (self.role == Role.LEADER) {
            if (!leading.tick(nowMs)) {
                becomeFollower(self.term, nowMs);
            }
        } else if (electing.due(nowMs)) {
            if (following.installing()) {
                electing.resetTimer(nowMs);
            } else {
                electing.preCampaign(nowMs);
            }
        }
    }

    /**
     * A connection to a member was made, from whichever side, and it said what it remembers.
     *
     * @return whether it is taken; if not, its memory is older than what was seen of it, and it is told so
     */
    public boolean connected(String member, MemberStart start, long nowMs) {
        Progress peer = self.progress(member);
        if (self.halted) {
            return true;
        }
        if (!starts.takes(member, peer, start)) {
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
            electing.voterCame(nowMs);
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
            electing.leaderGone(nowMs);
        }
    }

    /** A message came from a member, sent by that incarnation of it. */
    public void receive(String from, long fromIncarnation, Message message, long nowMs) {
        Progress peer = self.peers.get(from);
        if (self.halted || peer == null || fromIncarnation < peer.incarnation) {
            return;
        }
        if (boundsChecked && !MessageBounds.kept(message)) {
            self.refuse(from, Violation.MALFORMED);
            return;
        }
        if (peer.outdated && fromIncarnation == peer.incarnation) {
            starts.tell(from);
            return;
        }
        if (fromIncarnation > peer.incarnation) {
            peer.forget(fromIncarnation, self.log.lastIndex());
        }
        peer.heardMs = nowMs;
        if (message instanceof Message.MemoryOutdated told) {
            if (fromIncarnation == peer.incarnation && told.incarnation() >= self.incarnation) {
                self.effects.startOverFrom = Math.max(self.effects.startOverFrom, told.incarnation() + 1);
            }
            return;
        }
        if (message instanceof Message.VoteRequest request) {
            if (electing.endsTerm(request, nowMs)) {
                becomeFollower(bounded(request.term()), nowMs);
            }
            electing.onVoteRequest(from, request, nowMs);
            return;
        }
        if (message instanceof Message.VoteReply reply && reply.pre() && reply.granted()) {
            electing.onPreVoteGranted(from, reply, nowMs);
            return;
        }
        if (message.term() > self.term) {
            becomeFollower(bounded(message.term()), nowMs);
            if (message.term() > self.term) {
                return;
            }
        }
        if (message.term() < self.term) {
            if (message instanceof Message.AppendRequest append) {
                self.reply(
                        from,
                        new Message.AppendReply(
                                self.term, false, self.log.lastIndex() + 1, 0, append.prevIndex(), 0, self.standing));
            }
            return;
        }
        dispatch(from, peer, message, nowMs);
    }

    private void dispatch(String from, Progress peer, Message message, long nowMs) {
        if (message instanceof Message.AppendRequest append) {
            long conflict = boundsChecked ? following.conflict(append) : 0;
            if (conflict > 0) {
                following.refuse(from, conflict);
            } else if (followLeader(from, nowMs)) {
                following.onAppend(from, append);
            }
        } else if (message instanceof Message.AppendReply reply) {
            if (self.role == Role.LEADER) {
                onAppendReply(from, peer, reply, nowMs);
            }
        } else if (message instanceof Message.Conflict conflict) {
            if (self.role == Role.LEADER && leading.lacks(conflict.index(), conflict.entryTerm())) {
                dispute(from, nowMs);
            }
        } else if (message instanceof Message.VoteReply reply) {
            if (!reply.pre() && self.role == Role.CANDIDATE && electing.onVoteReply(from, reply)) {
                becomeLeader(nowMs);
            }
        } else if (message instanceof Message.InstallRequest request) {
            if (followLeader(from, nowMs)) {
                following.onInstall(from, request);
            }
        } else if (message instanceof Message.InstallReply reply) {
            if (self.role == Role.LEADER) {
                leading.onInstallReply(peer, reply);
            }
        } else if (message instanceof Message.TransferNow
                && from.equals(self.leader)
                && self.standing == Standing.VOTER
                && self.role == Role.FOLLOWER
                && !following.installing()) {
            electing.campaign(true, nowMs);
        }
    }

    private void onAppendReply(String from, Progress peer, Message.AppendReply reply, long nowMs) {
        if (boundsChecked && !leading.answers(reply)) {
            self.refuse(from, Violation.MALFORMED);
        } else if (reply.success() && reply.index() > self.log.lastIndex()) {
            // Whatever it counts as committed is beyond this log.
            dispute(from, nowMs);
        } else {
            leading.onAppendReply(from, peer, reply, nowMs);
        }
    }

    /**
     * A member holds a committed entry that this leader lacks. One of the two has lost its memory and does not know it; who
     * cannot be told here. So this member stops leading, and stays so while the other one is connected.
     */
    private void dispute(String from, long nowMs) {
        self.disputes.add(from);
        self.refuse(from, Violation.COMMITTED_ELSEWHERE);
        becomeFollower(self.term, nowMs);
    }

    private long bounded(long newTerm) {
        return boundsChecked ? Math.min(newTerm, self.term + MessageBounds.MAX_TERM_STEP) : newTerm;
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
        becomeFollower(self.term, nowMs);
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
            leading.advanceCommit();
        } else if (self.leader != null) {
            following.acknowledge(self.leader);
        }
    }

    /** The hard state handed out by one {@link Effects#saveHardState}, of this term, is durable. */
    public void hardStateSaved(long savedTerm, long nowMs) {
        self.hardStateSaved();
        if (!self.halted && self.role == Role.CANDIDATE && savedTerm == self.term && electing.won()) {
            becomeLeader(nowMs);
        }
    }

    /** As follower: the base of an {@link Effects#install} was installed. */
    public void installed(long index, long baseTerm, Members baseMembers) {
        following.installed(index, baseTerm, baseMembers);
    }

    /** The log's prefix up to {@code index} was dropped. */
    public void prefixDropped(long index) {
        MemberState.require(index <= self.commit, "only committed entries are dropped");
        if (index > self.log.baseIndex()) {
            self.log.dropPrefix(index);
        }
    }

    /** Restores what the log says of members after the committed list; for use before the first tick. */
    public void restoreMembers(long index, Members list) {
        self.members.append(index, list);
        if (self.members.commit(self.commit)) {
            self.adopt();
        }
    }

    /** Asks for a read barrier; the context comes back in {@link Effects#readsReady} or {@link Effects#readsFailed}. */
    public void readBarrier(Object context) {
        if (self.halted || self.role != Role.LEADER) {
            self.effects.readsFailed.add(context);
        } else {
            leading.readBarrier(context);
        }
    }

    /**
     * As leader: hands over. No proposals must be made from here on until {@link #transferring} is false again: the target is
     * told to campaign once it has everything, and once {@link #drained} says that nobody waits for an outcome here. If it does
     * not lead within two election timeouts, this member goes on.
     *
     * @param to a member, or null for the one that is furthest
     * @param urgent whether not to wait for outcomes, because this member may be unable to bring them about
     * @return the member it is being handed to, or null if there is none fit
     */
    public @Nullable String transfer(@Nullable String to, boolean urgent, long nowMs) {
        return self.role != Role.LEADER || self.halted ? null : leading.transfer(to, urgent, nowMs);
    }

    /**
     * As leader that hands over: every proposal taken was appended, and whatever was committed was applied and answered. To be
     * called in every turn in which that holds.
     */
    public void drained(long nowMs) {
        leading.drained(nowMs);
    }

    /** The store failed or an invariant broke: takes no further part. */
    public void halt() {
        if (self.role == Role.LEADER && self.standing == Standing.VOTER) {
            leading.callSuccessor();
        }
        self.halted = true;
        self.role = Role.FOLLOWER;
        self.leader = null;
        leading.failReads();
        self.effects.roleChanged = true;
    }

    /** The effects since the last call. */
    public Effects takeEffects() {
        if (self.role == Role.LEADER) {
            leading.sendWantedRound();
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
        return leading.nextToSend(member);
    }

    /**
     * The message that carries entries to a member.
     *
     * @param entries a run that starts at {@link #nextToSend}, or null to probe
     * @param bytes its size
     */
    public Message.AppendRequest sending(String member, @Nullable Entries entries, long bytes, long nowMs) {
        return leading.sending(member, entries, bytes, nowMs);
    }

    // ---- roles

    /** Follows whoever leads this term; refuses a second one. */
    private boolean followLeader(String from, long nowMs) {
        if (self.leader != null && !self.leader.equals(from)) {
            MemberState.require(
                    boundsChecked, "two leaders in term " + self.term + ": " + self.leader + " and " + from);
            self.refuse(from, Violation.SECOND_LEADER);
            return false;
        }
        if (self.role != Role.FOLLOWER || self.leader == null) {
            self.role = Role.FOLLOWER;
            self.leader = from;
            following.begin();
            self.effects.roleChanged = true;
        }
        electing.heard(nowMs);
        return true;
    }

    private void becomeLeader(long nowMs) {
        boolean byTrusted = electing.wonByTrusted();
        self.role = Role.LEADER;
        self.leader = self.settings.self();
        self.effects.roleChanged = true;
        leading.begin(byTrusted, nowMs);
    }

    private void becomeFollower(long newTerm, long nowMs) {
        if (newTerm != self.term) {
            self.term = newTerm;
            self.vote = null;
            self.effects.saveHardState = true;
        }
        if (self.role == Role.LEADER) {
            leading.end();
        }
        self.role = Role.FOLLOWER;
        self.leader = null;
        following.begin();
        self.effects.roleChanged = true;
        electing.resetTimer(nowMs);
    }
}
