package io.vledger.raft;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One member's Raft state machine. Call an input method, then {@link #takeEffects} once a turn and carry the effects out.
 * Single-threaded. A broken invariant throws {@link IllegalStateException}; the member must then stop for good.
 */
public final class Raft {
    private static final int INSTALL_RETRY_MS = 10_000;
    private static final int PREFERENCE_CHECK_MS = 1_000;
    /** How long the preferred member must have been connected, and this one must have led, before it is handed over. */
    private static final int PREFERENCE_STABLE_MS = 5_000;
    /** Pause after the preferred member did not take over. */
    private static final int PREFERENCE_RETRY_MS = 30_000;

    private static final long NEVER = Long.MIN_VALUE / 2;

    private final RaftSettings settings;
    private final CommitRule commitRule;
    private final Quorum quorum;
    private final Jitter jitter;
    private final long incarnation;
    private final EntryWindow log;
    private final MemberLog members;
    private final Election election;
    private final ReadBarriers reads = new ReadBarriers();
    private final Map<String, Progress> peers = new LinkedHashMap<>();
    private Effects effects = new Effects();

    private long term;
    private @Nullable String vote;
    private Standing standing;
    private Role role = Role.FOLLOWER;
    private @Nullable String leader;
    private boolean halted;

    private long commit;
    private long synced;
    private long logGeneration;

    /** Follower: highest index known to match the log of this term's leader. */
    private long verified;

    private long leaderHeardMs = NEVER;
    private long electionDeadlineMs;
    private boolean transferCampaign;
    private boolean installing;
    private long elections;

    /** Hard states handed out to be saved and not confirmed yet. */
    private int unsaved;

    /** Leader: index of the first entry of this term. */
    private long termStart;

    private long round;
    private @Nullable Transfer transfer;
    private long preferenceCheckMs;

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
        this(settings, memory, committedMembers, termRuns, lastIndex, commit, jitter, nowMs, CommitRule.OWN_TERM_ONLY);
    }

    /** As above with another rule of commitment, for tests that prove that a wrong one is noticed. */
    Raft(
            RaftSettings settings,
            Memory memory,
            Members committedMembers,
            List<long[]> termRuns,
            long lastIndex,
            long commit,
            Jitter jitter,
            long nowMs,
            CommitRule commitRule) {
        this.commitRule = commitRule;
        this.settings = settings;
        this.quorum = new Quorum(settings.members());
        this.jitter = jitter;
        this.term = memory.term();
        this.vote = memory.vote().isEmpty() ? null : memory.vote();
        this.incarnation = memory.incarnation();
        this.standing = memory.standing();
        this.log = new EntryWindow(termRuns, lastIndex);
        this.members = new MemberLog(committedMembers);
        this.election = new Election(settings.self(), quorum);
        this.commit = Math.min(Math.max(commit, log.baseIndex()), lastIndex);
        this.synced = lastIndex;
        this.verified = this.commit;
        for (String member : settings.members()) {
            if (!member.equals(settings.self())) {
                peers.put(member, new Progress());
            }
        }
        // The first campaign comes early, and in the order of the member list: a new group needs every vote, so that
        // two
        // campaigns at once would only block each other.
        this.electionDeadlineMs = nowMs
                + settings.electionTimeoutMs() / 4
                + (long) settings.members().indexOf(settings.self()) * settings.electionTimeoutMs() / 2
                + jitter.below(Math.max(1, settings.electionTimeoutMs() / 8));
    }

    /**
     * What a member remembers.
     *
     * @param vote member id, or an empty string
     */
    public record Memory(long term, String vote, long incarnation, Standing standing) {}

    // ---- what a driver asks
    // -------------------------------------------------------------------------------------------

    /** Current term. */
    public long term() {
        return term;
    }

    /** Member voted for in the current term, or an empty string. */
    public String vote() {
        return vote == null ? "" : vote;
    }

    /** Number of this memory. */
    public long incarnation() {
        return incarnation;
    }

    /** Whether this member counts. */
    public Standing standing() {
        return standing;
    }

    /** Current role. */
    public Role role() {
        return role;
    }

    /** The leader of this term as far as known, or null. */
    public @Nullable String leader() {
        return leader;
    }

    /** Highest index known to be committed. */
    public long commitIndex() {
        return commit;
    }

    /** Last entry of the log, durable or not. */
    public long lastIndex() {
        return log.lastIndex();
    }

    /** Term of the last entry. */
    public long lastTerm() {
        return log.lastTerm();
    }

    /** As leader: whether everything of earlier terms is committed, so that proposals and reads may be served. */
    public boolean leaderReady() {
        return role == Role.LEADER && commit >= termStart;
    }

    /** As leader: index of the first entry of this term. */
    public long termStartIndex() {
        return termStart;
    }

    /** Whether leadership is being handed over. */
    public boolean transferring() {
        return transfer != null;
    }

    /** Campaigns started since construction. */
    public long elections() {
        return elections;
    }

    /** Number of truncations; see {@link #synced}. */
    public long logGeneration() {
        return logGeneration;
    }

    /** Member list as committed. */
    public Members committedMembers() {
        return members.committed();
    }

    /** Member list as of the newest entry of the log, committed or not. */
    public Members latestMembers() {
        return members.latest();
    }

    /** As leader: highest index known durable on a member; -1 if this member does not lead. */
    public long matchIndex(String member) {
        if (role != Role.LEADER) {
            return -1;
        }
        return member.equals(settings.self()) ? synced : progress(member).match;
    }

    /** Whether a member's acknowledgements count. */
    public boolean trusted(String member) {
        if (member.equals(settings.self())) {
            return standing == Standing.VOTER;
        }
        Progress peer = progress(member);
        return peer.incarnation != 0
                && (peer.incarnation == members.committed().incarnation(member)
                        // It saw its admission committed, and our log has it: we only do not know yet, after a restart.
                        || (peer.voter && peer.incarnation == members.latest().incarnation(member)));
    }

    /** Incarnation that a member spoke with last; 0 if it was not heard. */
    public long heardIncarnation(String member) {
        return member.equals(settings.self()) ? incarnation : progress(member).incarnation;
    }

    // ---- inputs
    // -------------------------------------------------------------------------------------------------------

    /** Time passes. Call it every few milliseconds, at least four times a heartbeat interval. */
    public void tick(long nowMs) {
        if (halted) {
            return;
        }
        if (role == Role.LEADER) {
            tickLeader(nowMs);
        } else if (nowMs >= electionDeadlineMs) {
            if (installing) {
                resetElectionTimer(nowMs);
            } else {
                preCampaign(nowMs);
            }
        }
    }

    /** A connection to a member was made, from whichever side; its incarnation comes with it. */
    public void connected(String member, long memberIncarnation, long nowMs) {
        Progress peer = progress(member);
        if (halted || memberIncarnation < peer.incarnation) {
            return;
        }
        if (memberIncarnation > peer.incarnation) {
            peer.forget(memberIncarnation, log.lastIndex());
        }
        if (!peer.connected) {
            peer.connectedMs = nowMs;
        }
        peer.connected = true;
        peer.heardMs = nowMs;
        if (role == Role.LEADER) {
            peer.probeFrom(Math.min(peer.next, log.lastIndex() + 1));
        } else if (leader == null && role != Role.CANDIDATE) {
            // Somebody to vote with has come: no need to wait for the whole timeout. Keeps the order of the member
            // list.
            long soon = nowMs
                    + (long) settings.members().indexOf(settings.self()) * settings.heartbeatMs()
                    + jitter.below(Math.max(1, settings.heartbeatMs() / 2));
            electionDeadlineMs = Math.min(electionDeadlineMs, soon);
        }
    }

    /**
     * The connection to a member broke.
     *
     * @param refused whether its machine answers that nobody listens there any more: its process is gone, so that a leader
     *     need not be waited for
     */
    public void disconnected(String member, boolean refused, long nowMs) {
        Progress peer = progress(member);
        peer.connected = false;
        if (refused && role == Role.FOLLOWER && member.equals(leader)) {
            leader = null;
            leaderHeardMs = NEVER;
            effects.roleChanged = true;
            electionDeadlineMs = nowMs + jitter.below(Math.max(1, settings.electionTimeoutMs() / 6));
        }
    }

    /** A message came from a member, sent by that incarnation of it. */
    public void receive(String from, long fromIncarnation, Message message, long nowMs) {
        Progress peer = peers.get(from);
        if (halted || peer == null || fromIncarnation < peer.incarnation) {
            return;
        }
        if (fromIncarnation > peer.incarnation) {
            peer.forget(fromIncarnation, log.lastIndex());
        }
        peer.heardMs = nowMs;
        if (message instanceof Message.VoteRequest request) {
            onVoteRequest(from, request, nowMs);
            return;
        }
        if (message instanceof Message.VoteReply reply && reply.pre() && reply.granted()) {
            onPreVoteGranted(from, reply, nowMs);
            return;
        }
        if (message.term() > term) {
            becomeFollower(message.term(), null, nowMs);
        }
        if (message.term() < term) {
            if (message instanceof Message.AppendRequest append) {
                reply(
                        from,
                        new Message.AppendReply(term, false, log.lastIndex() + 1, 0, append.prevIndex(), 0, standing));
            }
            return;
        }
        dispatch(from, peer, message, nowMs);
    }

    private void dispatch(String from, Progress peer, Message message, long nowMs) {
        if (message instanceof Message.AppendRequest append) {
            followLeader(from, nowMs);
            onAppend(from, append);
        } else if (message instanceof Message.AppendReply reply) {
            onAppendReply(from, peer, reply, nowMs);
        } else if (message instanceof Message.VoteReply reply) {
            onVoteReply(from, reply, nowMs);
        } else if (message instanceof Message.InstallRequest request) {
            followLeader(from, nowMs);
            onInstall(from, request);
        } else if (message instanceof Message.InstallReply reply) {
            onInstallReply(peer, reply);
        } else if (message instanceof Message.TransferNow
                && standing == Standing.VOTER
                && role == Role.FOLLOWER
                && !installing) {
            campaign(true, nowMs);
        }
    }

    /** As leader: these entries of the current term were appended to our log and handed to the store lane. */
    public void appended(Entries entries) {
        require(role == Role.LEADER, "only a leader appends by itself");
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            require(entries.termAt(index) == term, "a leader appends entries of its own term");
            append(index, entries);
        }
    }

    /**
     * Our log is durable (or, with asynchronous durability, written) up to an index.
     *
     * @param generation {@link #logGeneration} when the write was submitted; older ones are ignored
     */
    public void synced(long generation, long index) {
        if (halted || generation != logGeneration || index <= synced) {
            return;
        }
        synced = Math.min(index, log.lastIndex());
        if (role == Role.LEADER) {
            advanceCommit();
        } else if (leader != null) {
            acknowledge(leader, round);
        }
    }

    /** The hard state handed out by one {@link Effects#saveHardState}, of this term, is durable. */
    public void hardStateSaved(long savedTerm, long nowMs) {
        unsaved--;
        if (!halted && role == Role.CANDIDATE && savedTerm == term && election.won()) {
            becomeLeader(nowMs);
        }
    }

    /** As follower: the base of an {@link Effects#install} was installed. */
    public void installed(long index, long baseTerm, Members baseMembers) {
        log.reset(index, baseTerm);
        members.reset(baseMembers);
        commit = index;
        synced = index;
        verified = index;
        logGeneration++;
        installing = false;
        adopt();
        if (leader != null && role == Role.FOLLOWER) {
            reply(leader, new Message.InstallReply(term, index));
        }
    }

    /** The log's prefix up to {@code index} was dropped. */
    public void prefixDropped(long index) {
        require(index <= commit, "only committed entries are dropped");
        if (index > log.baseIndex()) {
            log.dropPrefix(index);
        }
    }

    /** Restores what the log says of members after the committed list; for use before the first tick. */
    public void restoreMembers(long index, Members list) {
        members.append(index, list);
        if (members.commit(commit)) {
            adopt();
        }
    }

    /** Asks for a read barrier; the context comes back in {@link Effects#readsReady} or {@link Effects#readsFailed}. */
    public void readBarrier(Object context) {
        if (halted || role != Role.LEADER) {
            effects.readsFailed.add(context);
            return;
        }
        reads.add(context, Math.max(commit, termStart), round + 1);
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
        if (role != Role.LEADER || halted) {
            return null;
        }
        Transfer running = transfer;
        if (running != null && (to == null || to.equals(running.target)) && running.urgent == urgent) {
            return running.target;
        }
        String target = to != null ? to : bestSuccessor();
        if (target == null || target.equals(settings.self()) || !trusted(target) || !progress(target).connected) {
            return null;
        }
        transfer =
                new Transfer(target, urgent, nowMs + 2L * settings.electionTimeoutMs(), settings.electionTimeoutMs());
        effects.roleChanged = true;
        tellSuccessor(urgent, nowMs);
        return target;
    }

    /**
     * As leader that hands over: every proposal taken was appended, and whatever was committed was applied and answered. To be
     * called in every turn in which that holds.
     */
    public void drained(long nowMs) {
        tellSuccessor(commit == log.lastIndex(), nowMs);
    }

    private void tellSuccessor(boolean nobodyWaits, long nowMs) {
        Transfer running = transfer;
        if (running != null
                && (nobodyWaits || running.urgent)
                && progress(running.target).match == log.lastIndex()
                && running.tell(nowMs)) {
            effects.sendNow.add(new Effects.Outgoing(running.target, new Message.TransferNow(term)));
        }
    }

    /** The store failed or an invariant broke: takes no further part. */
    public void halt() {
        if (role == Role.LEADER && standing == Standing.VOTER) {
            String successor = bestSuccessor();
            if (successor != null) {
                effects.sendNow.add(new Effects.Outgoing(successor, new Message.TransferNow(term)));
            }
        }
        halted = true;
        role = Role.FOLLOWER;
        leader = null;
        reads.failAll(effects.readsFailed);
        effects.roleChanged = true;
    }

    /** The effects since the last call. */
    public Effects takeEffects() {
        if (role == Role.LEADER && reads.takeRoundWanted()) {
            round++;
            peers.forEach((id, peer) -> {
                if (peer.connected) {
                    heartbeat(id, peer);
                }
            });
            releaseReads();
        }
        Effects taken = effects;
        effects = new Effects();
        if (taken.saveHardState) {
            unsaved++;
        }
        return taken;
    }

    // ---- replication as the driver carries it out
    // ---------------------------------------------------------------------

    /**
     * As leader: from which index on a member should be sent entries now.
     *
     * @return the index, which may be one past the last entry (then send an empty run to probe); 0 if nothing is to be sent
     */
    public long nextToSend(String member) {
        Progress peer = progress(member);
        if (role != Role.LEADER || !peer.connected || peer.mode == Progress.Mode.INSTALL) {
            return 0;
        }
        if (peer.next <= log.baseIndex()) {
            peer.mode = Progress.Mode.INSTALL;
            peer.installMs = NEVER;
            return 0;
        }
        if (peer.mode == Progress.Mode.PROBE) {
            return peer.probing ? 0 : peer.next;
        }
        return peer.next <= log.lastIndex() && peer.inflightBytes < settings.maxInflightBytes() ? peer.next : 0;
    }

    /**
     * The message that carries entries to a member.
     *
     * @param entries a run that starts at {@link #nextToSend}, or null to probe
     * @param bytes its size
     */
    public Message.AppendRequest sending(String member, @Nullable Entries entries, long bytes, long nowMs) {
        Progress peer = progress(member);
        long prev = peer.next - 1;
        require(entries == null || entries.firstIndex() == peer.next, "entries do not start where they should");
        Message.AppendRequest request = new Message.AppendRequest(term, prev, log.termAt(prev), commit, round, entries);
        if (entries == null) {
            peer.probing = peer.mode == Progress.Mode.PROBE;
            peer.sentMs = nowMs;
        } else {
            peer.sent(entries.lastIndex(), bytes, nowMs);
        }
        return request;
    }

    // ---- leader
    // -------------------------------------------------------------------------------------------------------

    private void tickLeader(long nowMs) {
        if (!quorum.met(member -> heardLately(member, nowMs), this::trusted)) {
            becomeFollower(term, null, nowMs);
            return;
        }
        Transfer running = transfer;
        if (running != null && running.late(nowMs)) {
            transfer = null;
            preferenceCheckMs = nowMs + PREFERENCE_RETRY_MS;
            effects.roleChanged = true;
        }
        boolean due = false;
        for (Progress peer : peers.values()) {
            due |= peer.connected && nowMs - peer.sentMs >= settings.heartbeatMs();
        }
        if (due) {
            round++;
        }
        for (Map.Entry<String, Progress> each : peers.entrySet()) {
            Progress peer = each.getValue();
            if (peer.mode == Progress.Mode.INSTALL && nowMs - peer.installMs >= INSTALL_RETRY_MS) {
                peer.installMs = nowMs;
                effects.installs.add(each.getKey());
            }
            if (peer.connected && nowMs - peer.sentMs >= settings.heartbeatMs()) {
                peer.probing = false;
                peer.sentMs = nowMs;
                heartbeat(each.getKey(), peer);
            }
        }
        preferLeader(nowMs);
    }

    private boolean heardLately(String member, long nowMs) {
        return member.equals(settings.self()) || nowMs - progress(member).heardMs < settings.electionTimeoutMs();
    }

    private void heartbeat(String member, Progress peer) {
        long prev = peer.next - 1;
        if (!log.knows(prev)) {
            prev = log.lastIndex();
        }
        effects.sendNow.add(new Effects.Outgoing(
                member, new Message.AppendRequest(term, prev, log.termAt(prev), commit, round, null)));
    }

    private void preferLeader(long nowMs) {
        String preferred = settings.preferredLeader();
        if (preferred.isEmpty()
                || preferred.equals(settings.self())
                || transfer != null
                || !leaderReady()
                || nowMs < preferenceCheckMs
                || !peers.containsKey(preferred)) {
            return;
        }
        preferenceCheckMs = nowMs + PREFERENCE_CHECK_MS;
        Progress peer = progress(preferred);
        if (peer.connected && nowMs - peer.connectedMs >= PREFERENCE_STABLE_MS && peer.match >= commit) {
            transfer(preferred, false, nowMs);
        }
    }

    private void onAppendReply(String from, Progress peer, Message.AppendReply reply, long nowMs) {
        if (role != Role.LEADER) {
            return;
        }
        peer.ackedRound = Math.max(peer.ackedRound, reply.round());
        peer.voter |= reply.standing() == Standing.VOTER;
        if (reply.success()) {
            peer.acked(Math.min(reply.index(), log.lastIndex()));
            if (peer.mode == Progress.Mode.PROBE) {
                peer.mode = Progress.Mode.STREAM;
                peer.probing = false;
            }
            advanceCommit();
            admit(from, peer.incarnation, peer.match);
            admit(settings.self(), incarnation, synced);
            tellSuccessor(false, nowMs);
        } else if (peer.mode != Progress.Mode.INSTALL && reply.rejectedPrev() > peer.match) {
            long next = Math.min(reply.index(), reply.rejectedPrev());
            if (log.knows(next - 1) && log.termAt(next - 1) > reply.conflictTerm()) {
                next = log.lastIndexOfTermAtMost(reply.conflictTerm(), next - 1) + 1;
            }
            if (reply.rejectedPrev() > log.baseIndex()) {
                // Our base may still match although more was skipped: installing it would throw away what was
                // acknowledged after it.
                next = Math.max(next, log.baseIndex() + 1);
            }
            peer.probeFrom(Math.max(1, Math.min(next, log.lastIndex() + 1)));
        }
        releaseReads();
    }

    private void onInstallReply(Progress peer, Message.InstallReply reply) {
        if (role == Role.LEADER && peer.mode == Progress.Mode.INSTALL) {
            peer.acked(Math.min(reply.index(), log.lastIndex()));
            peer.probeFrom(peer.match + 1);
        }
    }

    private void advanceCommit() {
        long best = commit;
        for (String candidate : settings.members()) {
            long index = matchIndex(candidate);
            if (index > best && quorum.met(member -> matchIndex(member) >= index, this::trusted)) {
                best = index;
            }
        }
        if (best > commit && commitRule.committable(log.termAt(best), term)) {
            setCommit(best);
            releaseReads();
        }
    }

    /**
     * Proposes to rely on a member's new memory once it has all that is committed; one change at a time. A leader that was
     * elected by others alone proposes itself in the same way.
     */
    private void admit(String id, long memberIncarnation, long match) {
        if (leaderReady()
                && !members.hasPending()
                && memberIncarnation > members.committed().incarnation(id)
                && match >= commit
                && effects.proposeMembers == null) {
            effects.proposeMembers = members.committed().with(id, memberIncarnation);
        }
    }

    private void releaseReads() {
        if (!reads.isEmpty()) {
            reads.release(commit, this::confirmed, effects.readsReady);
        }
    }

    private boolean confirmed(long wantedRound) {
        return quorum.met(
                member -> member.equals(settings.self()) || progress(member).ackedRound >= wantedRound, this::trusted);
    }

    private @Nullable String bestSuccessor() {
        String best = null;
        for (Map.Entry<String, Progress> each : peers.entrySet()) {
            if (trusted(each.getKey())
                    && each.getValue().connected
                    && (best == null || each.getValue().match > progress(best).match)) {
                best = each.getKey();
            }
        }
        return best;
    }

    // ---- follower
    // -----------------------------------------------------------------------------------------------------

    private void followLeader(String from, long nowMs) {
        require(role != Role.LEADER, "two leaders in term " + term + ": " + settings.self() + " and " + from);
        if (role != Role.FOLLOWER || !from.equals(leader)) {
            require(leader == null || leader.equals(from), "two leaders in term " + term + ": " + leader + ", " + from);
            role = Role.FOLLOWER;
            leader = from;
            round = 0;
            verified = commit;
            effects.roleChanged = true;
        }
        leaderHeardMs = nowMs;
        resetElectionTimer(nowMs);
    }

    private void onAppend(String from, Message.AppendRequest request) {
        if (installing) {
            // Takes nothing now, but the leader must not take us for gone.
            round = Math.max(round, request.round());
            acknowledge(from, round);
            return;
        }
        long prev = request.prevIndex();
        if (prev > log.lastIndex() || (prev >= log.baseIndex() && log.termAt(prev) != request.prevTerm())) {
            rejectAppend(from, request);
            return;
        }
        round = Math.max(round, request.round());
        long matching = Math.max(prev, commit);
        Entries entries = request.entries();
        if (entries != null) {
            require(entries.firstIndex() == prev + 1, "entries do not follow their predecessor");
            takeOver(entries);
            matching = Math.max(matching, entries.lastIndex());
        }
        verified = Math.max(verified, matching);
        setCommit(Math.min(request.commit(), verified));
        if (synced >= verified || entries == null) {
            acknowledge(from, round);
        }
    }

    /** Appends what is new of a leader's run; a conflict removes what we had from there on (paper 5.3). */
    private void takeOver(Entries entries) {
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            if (index <= log.baseIndex()) {
                continue;
            }
            if (index <= log.lastIndex()) {
                if (log.termAt(index) == entries.termAt(index)) {
                    continue;
                }
                truncate(index);
            }
            require(effects.append == null || effects.append == entries, "two runs of entries in one turn");
            effects.append = entries;
            append(index, entries);
        }
    }

    private void truncate(long index) {
        require(index > commit, "committed entry " + index + " would be truncated (committed up to " + commit + ")");
        log.truncate(index);
        members.truncate(index);
        synced = Math.min(synced, index - 1);
        verified = Math.min(verified, index - 1);
        logGeneration++;
        effects.truncateFrom = index;
    }

    private void append(long index, Entries entries) {
        log.append(index, entries.termAt(index));
        Members list = entries.membersAt(index);
        if (list != null) {
            members.append(index, list);
        }
    }

    private void acknowledge(String to, long heardRound) {
        reply(to, new Message.AppendReply(term, true, Math.min(synced, verified), 0, 0, heardRound, standing));
    }

    private void rejectAppend(String to, Message.AppendRequest request) {
        long prev = request.prevIndex();
        long next;
        if (prev > log.lastIndex()) {
            next = log.lastIndex() + 1;
        } else {
            // Skip our whole run of the conflicting term, but never what is committed.
            next = Math.max(log.firstIndexOfTermAt(prev), commit + 1);
        }
        long before = next - 1;
        long conflictTerm = log.knows(before) ? log.termAt(before) : 0;
        reply(to, new Message.AppendReply(term, false, next, conflictTerm, prev, request.round(), standing));
    }

    private void onInstall(String from, Message.InstallRequest request) {
        if (installing) {
            return;
        }
        if (log.knows(request.baseIndex()) && log.termAt(request.baseIndex()) == request.baseTerm()) {
            // We have what leads to this base, and maybe acknowledged more: keep it.
            verified = Math.max(verified, request.baseIndex());
            setCommit(request.baseIndex());
        }
        if (request.baseIndex() <= commit) {
            reply(from, new Message.InstallReply(term, Math.min(synced, commit)));
        } else {
            installing = true;
            effects.install = request;
        }
    }

    // ---- elections
    // ----------------------------------------------------------------------------------------------------

    private void onVoteRequest(String from, Message.VoteRequest request, long nowMs) {
        boolean sticky = !request.transfer() && hearsLeader(nowMs);
        if (!request.pre() && request.term() > term && !sticky) {
            becomeFollower(request.term(), null, nowMs);
        }
        boolean current = request.pre() ? request.term() > term : request.term() == term;
        boolean free = request.pre() || ((vote == null || vote.equals(from)) && leader == null);
        boolean granted = current && free && !sticky && standing != Standing.DAMAGED && upToDate(request);
        if (granted && !request.pre()) {
            if (!from.equals(vote)) {
                vote = from;
                effects.saveHardState = true;
            }
            resetElectionTimer(nowMs);
        }
        if (sticky && request.term() > term) {
            return;
        }
        long replyTerm = request.pre() && granted ? request.term() : term;
        reply(from, new Message.VoteReply(replyTerm, request.pre(), granted, standing));
    }

    /** Whether a leader was heard so lately that campaigns of others are noise (dissertation 6.2 and 4.2.3). */
    private boolean hearsLeader(long nowMs) {
        return role == Role.LEADER || (leader != null && nowMs - leaderHeardMs < settings.electionTimeoutMs());
    }

    private boolean upToDate(Message.VoteRequest request) {
        return request.lastTerm() > log.lastTerm()
                || (request.lastTerm() == log.lastTerm() && request.lastIndex() >= log.lastIndex());
    }

    private void onPreVoteGranted(String from, Message.VoteReply reply, long nowMs) {
        if (role == Role.PRE_CANDIDATE && reply.term() == term + 1) {
            election.count(from, true, trustedVote(from, reply.standing()));
            if (election.won()) {
                campaign(false, nowMs);
            }
        }
    }

    private void onVoteReply(String from, Message.VoteReply reply, long nowMs) {
        if (reply.pre() || role != Role.CANDIDATE) {
            return;
        }
        progress(from).voter |= reply.standing() == Standing.VOTER;
        election.count(from, reply.granted(), trustedVote(from, reply.standing()));
        if (election.won()) {
            becomeLeader(nowMs);
        }
    }

    /** A vote counts if the voter knows that it was admitted, and our own log does not know better. */
    private boolean trustedVote(String from, Standing declared) {
        return declared == Standing.VOTER
                && progress(from).incarnation == members.latest().incarnation(from);
    }

    private void preCampaign(long nowMs) {
        resetElectionTimer(nowMs);
        if (standing == Standing.DAMAGED) {
            return;
        }
        if (role != Role.PRE_CANDIDATE || leader != null) {
            role = Role.PRE_CANDIDATE;
            leader = null;
            effects.roleChanged = true;
        }
        election.start(standing == Standing.VOTER);
        if (election.won()) {
            campaign(false, nowMs);
            return;
        }
        broadcast(new Message.VoteRequest(term + 1, true, false, log.lastIndex(), log.lastTerm()), false);
    }

    private void campaign(boolean transfer, long nowMs) {
        term++;
        vote = settings.self();
        role = Role.CANDIDATE;
        leader = null;
        transferCampaign = transfer;
        elections++;
        effects.saveHardState = true;
        effects.roleChanged = true;
        resetElectionTimer(nowMs);
        election.start(standing == Standing.VOTER);
        broadcast(new Message.VoteRequest(term, false, transferCampaign, log.lastIndex(), log.lastTerm()), true);
    }

    private void broadcast(Message message, boolean afterSave) {
        for (String peer : peers.keySet()) {
            (afterSave ? effects.sendAfterSave : effects.sendNow).add(new Effects.Outgoing(peer, message));
        }
    }

    private void becomeLeader(long nowMs) {
        boolean byTrusted = election.wonByTrusted();
        role = Role.LEADER;
        leader = settings.self();
        termStart = log.lastIndex() + 1;
        round = 0;
        transfer = null;
        preferenceCheckMs = nowMs + PREFERENCE_STABLE_MS;
        effects.roleChanged = true;
        for (Progress peer : peers.values()) {
            peer.match = 0;
            peer.ackedRound = 0;
            peer.heardMs = nowMs;
            peer.sentMs = NEVER;
            peer.probeFrom(log.lastIndex() + 1);
        }
        if (!byTrusted) {
            // Every member voted, so every memory is known: rely on these from here on.
            Members all = members.latest();
            for (String member : settings.members()) {
                all = all.with(member, heardIncarnation(member));
            }
            effects.proposeMembers = all;
        }
    }

    private void becomeFollower(long newTerm, @Nullable String newLeader, long nowMs) {
        if (newTerm != term) {
            term = newTerm;
            vote = null;
            effects.saveHardState = true;
        }
        if (role == Role.LEADER) {
            reads.failAll(effects.readsFailed);
            effects.proposeMembers = null;
            transfer = null;
        }
        role = Role.FOLLOWER;
        leader = newLeader;
        round = 0;
        verified = commit;
        effects.roleChanged = true;
        resetElectionTimer(nowMs);
    }

    private void resetElectionTimer(long nowMs) {
        int timeout = settings.electionTimeoutMs();
        electionDeadlineMs = nowMs + timeout + jitter.below(timeout);
    }

    // ---- both
    // ---------------------------------------------------------------------------------------------------------

    private void setCommit(long index) {
        if (index <= commit) {
            return;
        }
        require(index <= log.lastIndex(), "commit " + index + " is beyond the log's end " + log.lastIndex());
        commit = index;
        if (members.commit(index)) {
            adopt();
        }
    }

    /** The committed member list changed: are we a voter now? */
    private void adopt() {
        if (standing != Standing.VOTER && members.committed().incarnation(settings.self()) == incarnation) {
            standing = Standing.VOTER;
            effects.saveHardState = true;
            effects.roleChanged = true;
        }
    }

    /** Replies rest on the hard state: they wait for what is not saved of it. */
    private void reply(String to, Message message) {
        (effects.saveHardState || unsaved > 0 ? effects.sendAfterSave : effects.sendNow)
                .add(new Effects.Outgoing(to, message));
    }

    private Progress progress(String member) {
        return Objects.requireNonNull(peers.get(member), () -> member + " is not a member");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
