package io.vledger.raft;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a member does as leader: replicates (paper 5.3), commits (5.4.2), confirms reads (dissertation 6.4), admits memories and
 * transfers leadership (3.10). Its methods are for a member that leads, unless they say otherwise.
 */
final class LeaderRole {
    private static final int INSTALL_RETRY_MS = 10_000;
    private static final int PREFERENCE_CHECK_MS = 1_000;
    /** How long the preferred member must have been connected, and this one must have led, before leadership is transferred. */
    private static final int PREFERENCE_STABLE_MS = 5_000;
    /** Pause after the preferred member did not take over. */
    private static final int PREFERENCE_RETRY_MS = 30_000;

    private static final long NEVER = Long.MIN_VALUE / 2;
    /** Who is a group by itself loses no quorum, and looks for it after so many election time-outs. */
    private static final long ALONE = 10;

    private final MemberState self;
    private final CommitRule commitRule;
    private final ReadBarriers reads = new ReadBarriers();
    /** Index of the first entry of this term, which the driver proposes when leadership begins (paper 8). */
    private long termStart;

    /** Number of the latest round of heartbeats of this term. Only rises, so that a reply to round n confirms all before it. */
    private long round;

    /** The transfer under way; null for none. */
    private @Nullable Transfer transfer;

    /** When to look next whether the preferred member can lead. */
    private long preferenceCheckMs;

    /** When too few will have been heard lately, unless they are heard again; as of the latest tick. */
    private long quorumLostMs;

    LeaderRole(MemberState self, CommitRule commitRule) {
        this.self = self;
        this.commitRule = commitRule;
    }

    /**
     * Leadership begins: nothing is known of the others' logs, so all are probed from the end of this one (paper 5.3).
     *
     * @param byTrusted whether trusted members alone elected it
     */
    void begin(boolean byTrusted, long nowMs) {
        termStart = self.log.lastIndex() + 1;
        round = 0;
        transfer = null;
        preferenceCheckMs = nowMs + PREFERENCE_STABLE_MS;
        quorumLostMs = nowMs + self.settings.electionTimeoutMs();
        for (Progress peer : self.peers.values()) {
            peer.match = 0;
            peer.ackedRound = 0;
            peer.heardMs = nowMs;
            peer.sentMs = NEVER;
            peer.probeFrom(self.log.lastIndex() + 1);
        }
        if (!byTrusted) {
            // The second half of the quorum rule: every member voted, so every memory is known, and this log is the
            // best of all. The group relies on these memories from here on.
            Members all = self.members.latest();
            for (String member : self.settings.members()) {
                all = all.with(member, self.heardIncarnation(member));
            }
            self.effects.proposeMembers = all;
        }
    }

    /** Leadership ends. */
    void end() {
        failReads();
        self.effects.proposeMembers = null;
        transfer = null;
    }

    /** Reads that wait cannot hold any more. In any role. */
    void failReads() {
        reads.failAll(self.effects.readsFailed);
    }

    long termStart() {
        return termStart;
    }

    boolean transferring() {
        return transfer != null;
    }

    /** Whether it leads and everything of earlier terms is committed. In any role. */
    boolean ready() {
        return self.role == Role.LEADER && self.commit >= termStart;
    }

    /** Highest index known durable on a member; -1 if this one does not lead. In any role. */
    long matchIndex(String member) {
        if (self.role != Role.LEADER) {
            return -1;
        }
        return member.equals(self.settings.self()) ? self.synced : self.progress(member).match;
    }

    /** Time passes; false if this member must step down. */
    boolean tick(long nowMs) {
        // Check-quorum (dissertation 6.2): who does not hear a quorum cannot commit, and
        // others may have elected somebody.
        if (!self.quorum.met(member -> heardLately(member, nowMs), self::trusted)) {
            return false;
        }
        quorumLostMs = quorumHeardMs(nowMs) + self.settings.electionTimeoutMs() * (self.peers.isEmpty() ? ALONE : 1);
        Transfer running = transfer;
        if (running != null && running.late(nowMs)) {
            transfer = null;
            // The target did not win in time: proposals are taken again (dissertation 3.10).
            preferenceCheckMs = nowMs + PREFERENCE_RETRY_MS;
            self.effects.roleChanged = true;
        }
        boolean due = false;
        for (Progress peer : self.peers.values()) {
            due |= peer.connected && nowMs >= heartbeatDueMs(peer);
        }
        if (due) {
            round++;
        }
        for (Map.Entry<String, Progress> each : self.peers.entrySet()) {
            Progress peer = each.getValue();
            if (peer.mode == Progress.Mode.INSTALL && nowMs - peer.installMs >= INSTALL_RETRY_MS) {
                peer.installMs = nowMs;
                self.effects.installs.add(each.getKey());
            }
            // Those that would soon be due as well are sent theirs now, so that one tick serves all.
            if (due && peer.connected && nowMs - peer.sentMs >= self.settings.heartbeatMs() / 2) {
                // Repeats a probe whose answer was lost.
                peer.probing = false;
                peer.sentMs = nowMs;
                heartbeat(each.getKey(), peer);
            }
        }
        preferLeader(nowMs);
        return true;
    }

    /** When a heartbeat to a member is due: soon if there is something for it to learn, later if it has all and knows it. */
    private long heartbeatDueMs(Progress peer) {
        boolean quiet = peer.mode == Progress.Mode.STREAM
                && peer.match == self.log.lastIndex()
                && peer.sentCommit == self.commit
                && transfer == null
                && reads.isEmpty();
        return peer.sentMs + (quiet ? self.settings.quietHeartbeatMs() : self.settings.heartbeatMs());
    }

    /** The latest moment at or after which a quorum was heard. */
    private long quorumHeardMs(long nowMs) {
        long best = NEVER;
        for (String candidate : self.settings.members()) {
            long heardMs = heardMs(candidate, nowMs);
            if (heardMs > best && self.quorum.met(member -> heardMs(member, nowMs) >= heardMs, self::trusted)) {
                best = heardMs;
            }
        }
        return best;
    }

    private long heardMs(String member, long nowMs) {
        return member.equals(self.settings.self()) ? nowMs : self.progress(member).heardMs;
    }

    /** See {@link Raft#workDueMs}. */
    long workDueMs() {
        Transfer running = transfer;
        long dueMs = running == null ? Long.MAX_VALUE : running.deadlineMs();
        if (running == null && ready() && prefersAnother()) {
            dueMs = preferenceCheckMs;
        }
        for (Progress peer : self.peers.values()) {
            if (peer.connected) {
                dueMs = Math.min(dueMs, heartbeatDueMs(peer));
            }
            if (peer.mode == Progress.Mode.INSTALL) {
                dueMs = Math.min(dueMs, peer.installMs + INSTALL_RETRY_MS);
            }
        }
        return dueMs;
    }

    /** See {@link Raft#silenceDueMs}. */
    long quorumLostMs() {
        return quorumLostMs;
    }

    private boolean heardLately(String member, long nowMs) {
        return member.equals(self.settings.self())
                || nowMs - self.progress(member).heardMs < self.settings.electionTimeoutMs();
    }

    /** Sends the round of heartbeats that the reads of this turn wait for (dissertation 6.4, step 3). */
    void sendWantedRound() {
        if (reads.takeRoundWanted()) {
            round++;
            self.peers.forEach((id, peer) -> {
                if (peer.connected) {
                    heartbeat(id, peer);
                }
            });
            releaseReads();
        }
    }

    private void heartbeat(String member, Progress peer) {
        long prev = peer.next - 1;
        if (!self.log.knows(prev)) {
            prev = self.log.lastIndex();
        }
        self.send(member, appendRequest(peer, prev, null));
    }

    private Message.AppendRequest appendRequest(Progress peer, long prev, @Nullable Entries entries) {
        peer.sentCommit = self.commit;
        return new Message.AppendRequest(
                self.term, prev, self.log.termAt(prev), self.commit, round, termStart, entries);
    }

    /** Whether another member is configured to lead when it can. */
    private boolean prefersAnother() {
        return self.peers.containsKey(self.settings.preferredLeader());
    }

    private void preferLeader(long nowMs) {
        if (!prefersAnother() || transfer != null || !ready() || nowMs < preferenceCheckMs) {
            return;
        }
        String preferred = self.settings.preferredLeader();
        preferenceCheckMs = nowMs + PREFERENCE_CHECK_MS;
        Progress peer = self.progress(preferred);
        if (peer.connected && nowMs - peer.connectedMs >= PREFERENCE_STABLE_MS && peer.match >= self.commit) {
            transfer(preferred, false, nowMs);
        }
    }

    /** Whether a reply can be one to a request of this leader. */
    boolean answers(Message.AppendReply reply) {
        return reply.round() <= round
                && !(reply instanceof Message.AppendRejected rejected && rejected.nextIndex() == 0);
    }

    /** Whether an entry that a member holds as committed is not in this log. */
    boolean lacks(long index, long entryTerm) {
        return index > self.log.lastIndex() || (self.log.knows(index) && self.log.termAt(index) != entryTerm);
    }

    void onAppendReply(String from, Progress peer, Message.AppendReply reply, long nowMs) {
        peer.ackedRound = Math.max(peer.ackedRound, reply.round());
        peer.voter |= reply.standing() == Standing.VOTER;
        if (reply instanceof Message.AppendAccepted accepted) {
            onAccepted(from, peer, accepted, nowMs);
        } else if (reply instanceof Message.AppendRejected rejected) {
            onRejected(peer, rejected);
        }
        releaseReads();
    }

    private void onAccepted(String from, Progress peer, Message.AppendAccepted reply, long nowMs) {
        peer.acked(Math.min(reply.matchIndex(), self.log.lastIndex()));
        peer.promisedTerm = self.term;
        if (peer.mode == Progress.Mode.PROBE) {
            peer.mode = Progress.Mode.STREAM;
            peer.probing = false;
        }
        advanceCommit();
        admit(from, peer.incarnation, peer.match);
        admit(self.settings.self(), self.incarnation, self.synced);
        callTarget(false, nowMs);
    }

    /** Goes back in the follower's log until it matches (paper 5.3), a run of conflicting terms at a time. */
    private void onRejected(Progress peer, Message.AppendRejected reply) {
        if (peer.mode == Progress.Mode.PROBE
                && reply.rejectedPrev() <= peer.match
                && reply.rejectedPrev() == peer.next - 1) {
            // It does not have any more what it acknowledged. Counting less of it than it may have is always safe.
            peer.probeBelow(Math.max(1, Math.min(reply.nextIndex(), reply.rejectedPrev())));
            return;
        }
        if (peer.mode == Progress.Mode.INSTALL || reply.rejectedPrev() <= peer.match) {
            // An old reply, that arrived out of order.
            return;
        }
        long next = Math.min(reply.nextIndex(), reply.rejectedPrev());
        if (self.log.knows(next - 1) && self.log.termAt(next - 1) > reply.conflictTerm()) {
            // No entry of ours of a later term than the follower's there can match.
            next = self.log.lastIndexOfTermAtMost(reply.conflictTerm(), next - 1) + 1;
        }
        if (reply.rejectedPrev() > self.log.baseIndex()) {
            // Our base may still match although more was skipped: installing it would throw away
            // what was acknowledged after it.
            next = Math.max(next, self.log.baseIndex() + 1);
        }
        peer.probeFrom(Math.max(1, Math.min(next, self.log.lastIndex() + 1)));
    }

    /** The follower has the base: entries behind it follow. */
    void onInstallReply(Progress peer, Message.InstallReply reply) {
        if (peer.mode == Progress.Mode.INSTALL) {
            peer.acked(Math.min(reply.index(), self.log.lastIndex()));
            peer.probeFrom(peer.match + 1);
        }
    }

    /** Commits up to the greatest index that a quorum has, if that is of this term (paper 5.3 and 5.4.2). */
    void advanceCommit() {
        long best = self.commit;
        for (String candidate : self.settings.members()) {
            long index = matchIndex(candidate);
            if (index > best && self.quorum.met(member -> matchIndex(member) >= index, self::trusted)) {
                best = index;
            }
        }
        if (best > self.commit && commitRule.committable(self.log.termAt(best), self.term)) {
            self.commitTo(best);
            releaseReads();
        }
    }

    /**
     * Proposes to rely on a member's new memory once it has all that is committed; one change at a time, so that any quorums of
     * the lists before and after it overlap (dissertation 4.1). A leader that was elected by others alone proposes itself in the
     * same way.
     */
    private void admit(String id, long memberIncarnation, long match) {
        if (ready()
                && !self.members.hasPending()
                && memberIncarnation > self.members.committed().incarnation(id)
                && match >= self.commit
                && self.effects.proposeMembers == null) {
            self.effects.proposeMembers = self.members.committed().with(id, memberIncarnation);
        }
    }

    private void releaseReads() {
        if (!reads.isEmpty()) {
            reads.release(self.commit, this::confirmed, self.effects.readsReady);
        }
    }

    /** Whether a quorum accepted this leader at a moment after that round began. */
    private boolean confirmed(long wantedRound) {
        return self.quorum.met(
                member -> member.equals(self.settings.self()) || self.progress(member).ackedRound >= wantedRound,
                self::trusted);
    }

    /** The connected, trusted member whose log is furthest; null if there is none. */
    private @Nullable String bestSuccessor() {
        String best = null;
        for (Map.Entry<String, Progress> each : self.peers.entrySet()) {
            if (self.trusted(each.getKey())
                    && each.getValue().connected
                    && (best == null || each.getValue().match > self.progress(best).match)) {
                best = each.getKey();
            }
        }
        return best;
    }

    /** This member is about to stop: has the member that is furthest campaign, whatever it lacks. */
    void callSuccessor() {
        String successor = bestSuccessor();
        if (successor != null) {
            self.send(successor, new Message.TransferNow(self.term));
        }
    }

    /**
     * A read waits for an entry of this term to be committed, so that the commit index is not behind that of former leaders, and for
     * the next round (dissertation 6.4, steps 1 to 3).
     */
    void readBarrier(Object context) {
        reads.add(context, Math.max(self.commit, termStart), round + 1);
    }

    /** See {@link Raft#transfer}. */
    @Nullable
    String transfer(@Nullable String to, boolean urgent, long nowMs) {
        Transfer running = transfer;
        if (running != null && (to == null || to.equals(running.target)) && running.urgent == urgent) {
            return running.target;
        }
        String target = to != null ? to : bestSuccessor();
        if (target == null
                || target.equals(self.settings.self())
                || !self.trusted(target)
                || !self.progress(target).connected) {
            return null;
        }
        transfer = new Transfer(
                target, urgent, nowMs + 2L * self.settings.electionTimeoutMs(), self.settings.electionTimeoutMs());
        self.effects.roleChanged = true;
        callTarget(urgent, nowMs);
        return target;
    }

    /** See {@link Raft#onDrained}. In any role. */
    void onDrained(long nowMs) {
        callTarget(self.commit == self.log.lastIndex(), nowMs);
    }

    /** Has the target of a transfer campaign once its log is complete (dissertation 3.10). */
    private void callTarget(boolean nobodyWaits, long nowMs) {
        Transfer running = transfer;
        if (running != null
                && (nobodyWaits || running.urgent)
                && self.progress(running.target).match == self.log.lastIndex()
                && running.requestDue(nowMs)) {
            self.send(running.target, new Message.TransferNow(self.term));
        }
    }

    /** See {@link Raft#neededHere}. In any role. */
    long neededHere() {
        String me = self.settings.self();
        if (self.role != Role.LEADER || self.quorum.met(me::equals, self::trusted)) {
            return Long.MAX_VALUE;
        }
        long best = self.commit;
        for (Progress peer : self.peers.values()) {
            long index = peer.match;
            if (index > best
                    && self.quorum.met(member -> member.equals(me) || matchIndex(member) >= index, self::trusted)) {
                best = index;
            }
        }
        return best;
    }

    /** See {@link Raft#steady}. In any role. */
    boolean steady(String member) {
        Progress peer = self.progress(member);
        return self.role == Role.LEADER
                && peer.connected
                && peer.mode == Progress.Mode.STREAM
                && peer.voter
                && self.trusted(member)
                && !self.members.hasPending();
    }

    /** See {@link Raft#nextToSend}. In any role. */
    long nextToSend(String member) {
        Progress peer = self.progress(member);
        if (self.role != Role.LEADER || !peer.connected || peer.mode == Progress.Mode.INSTALL) {
            return 0;
        }
        if (peer.next <= self.log.baseIndex()) {
            // What it lacks was dropped here (paper 7).
            peer.mode = Progress.Mode.INSTALL;
            peer.installMs = NEVER;
            return 0;
        }
        if (peer.mode == Progress.Mode.PROBE) {
            return peer.probing ? 0 : peer.next;
        }
        return peer.next <= self.log.lastIndex() && peer.inflightBytes < self.settings.maxInflightBytes()
                ? peer.next
                : 0;
    }

    /** See {@link Raft#buildAppend}. */
    Message.AppendRequest buildAppend(String member, @Nullable Entries entries, long bytes, long nowMs) {
        Progress peer = self.progress(member);
        long prev = peer.next - 1;
        MemberState.require(
                entries == null || entries.firstIndex() == peer.next, "entries do not start where they should");
        Message.AppendRequest request = appendRequest(peer, prev, entries);
        if (entries == null) {
            peer.probing = peer.mode == Progress.Mode.PROBE;
            peer.sentMs = nowMs;
        } else {
            peer.sent(entries.lastIndex(), bytes, nowMs);
        }
        return request;
    }
}
