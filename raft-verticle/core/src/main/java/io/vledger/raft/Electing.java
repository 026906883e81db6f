package io.vledger.raft;

/** When a member campaigns, and whom it votes for (paper 5.2 and 5.4.1; dissertation 4.2.3, 6.2 and 9.6). */
final class Electing {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final MemberState self;
    private final Jitter jitter;
    private final Election election;
    private long leaderHeardMs = NEVER;
    private long deadlineMs;
    private long elections;

    Electing(MemberState self, Jitter jitter, long nowMs) {
        this.self = self;
        this.jitter = jitter;
        this.election = new Election(self.settings.self(), self.quorum);
        // The first campaign comes early, and in the order of the member list: a new group needs every vote, so that
        // two campaigns
        // at once would only block each other.
        int timeout = self.settings.electionTimeoutMs();
        this.deadlineMs = nowMs + timeout / 4 + place() * timeout / 2 + jitter.below(Math.max(1, timeout / 8));
    }

    /** Its place in the member list. */
    private long place() {
        return self.settings.members().indexOf(self.settings.self());
    }

    /** Campaigns started so far. */
    long elections() {
        return elections;
    }

    /** Whether no leader was heard for so long that it should campaign. */
    boolean due(long nowMs) {
        return nowMs >= deadlineMs;
    }

    /** The leader was heard. */
    void heard(long nowMs) {
        leaderHeardMs = nowMs;
        resetTimer(nowMs);
    }

    /** The leader is gone for certain. */
    void leaderGone(long nowMs) {
        leaderHeardMs = NEVER;
        deadlineMs = nowMs + jitter.below(Math.max(1, self.settings.electionTimeoutMs() / 6));
    }

    /** Somebody to vote with has come: no need to wait for the whole timeout. Keeps the order of the member list. */
    void voterCame(long nowMs) {
        int heartbeatMs = self.settings.heartbeatMs();
        deadlineMs = Math.min(deadlineMs, nowMs + place() * heartbeatMs + jitter.below(Math.max(1, heartbeatMs / 2)));
    }

    void resetTimer(long nowMs) {
        int timeout = self.settings.electionTimeoutMs();
        deadlineMs = nowMs + timeout + jitter.below(timeout);
    }

    /** Whether a request for a vote ends this member's term. */
    boolean endsTerm(Message.VoteRequest request, long nowMs) {
        return !request.pre() && request.term() > self.term && (request.transfer() || !hearsLeader(nowMs));
    }

    /** Answers a request for a vote; {@link #endsTerm} was heeded before. */
    void onVoteRequest(String from, Message.VoteRequest request, long nowMs) {
        boolean sticky = !request.transfer() && hearsLeader(nowMs);
        boolean current = request.pre() ? request.term() > self.term : request.term() == self.term;
        boolean free = request.pre() || ((self.vote == null || self.vote.equals(from)) && self.leader == null);
        boolean granted = current && free && !sticky && self.standing != Standing.DAMAGED && upToDate(request);
        if (granted && !request.pre()) {
            if (!from.equals(self.vote)) {
                self.vote = from;
                self.effects.saveHardState = true;
            }
            resetTimer(nowMs);
        }
        if (sticky && request.term() > self.term) {
            return;
        }
        long replyTerm = request.pre() && granted ? request.term() : self.term;
        self.reply(from, new Message.VoteReply(replyTerm, request.pre(), granted, self.standing));
    }

    /** Whether a leader was heard so lately that campaigns of others are noise (dissertation 6.2 and 4.2.3). */
    private boolean hearsLeader(long nowMs) {
        return self.role == Role.LEADER
                || (self.leader != null && nowMs - leaderHeardMs < self.settings.electionTimeoutMs());
    }

    private boolean upToDate(Message.VoteRequest request) {
        return request.lastTerm() > self.log.lastTerm()
                || (request.lastTerm() == self.log.lastTerm() && request.lastIndex() >= self.log.lastIndex());
    }

    void onPreVoteGranted(String from, Message.VoteReply reply, long nowMs) {
        if (self.role == Role.PRE_CANDIDATE && reply.term() == self.term + 1) {
            election.count(from, true, trustedVote(from, reply.standing()));
            if (election.won()) {
                campaign(false, nowMs);
            }
        }
    }

    /** Counts a vote of this member's campaign; whether it is won now. */
    boolean onVoteReply(String from, Message.VoteReply reply) {
        self.progress(from).voter |= reply.standing() == Standing.VOTER;
        election.count(from, reply.granted(), trustedVote(from, reply.standing()));
        if (reply.granted()) {
            self.progress(from).promisedTerm = self.term;
        }
        return election.won();
    }

    boolean won() {
        return election.won();
    }

    boolean wonByTrusted() {
        return election.wonByTrusted();
    }

    /** A vote counts if the voter knows that it was admitted, and our own log does not know better. */
    private boolean trustedVote(String from, Standing declared) {
        return declared == Standing.VOTER
                && self.progress(from).incarnation == self.members.latest().incarnation(from);
    }

    /** Asks whether it would be elected, so that a member that was cut off disturbs nobody. */
    void preCampaign(long nowMs) {
        resetTimer(nowMs);
        if (self.standing == Standing.DAMAGED || !self.disputes.isEmpty()) {
            return;
        }
        if (self.role != Role.PRE_CANDIDATE || self.leader != null) {
            self.role = Role.PRE_CANDIDATE;
            self.leader = null;
            self.effects.roleChanged = true;
        }
        election.start(self.standing == Standing.VOTER);
        if (election.won()) {
            campaign(false, nowMs);
            return;
        }
        broadcast(
                new Message.VoteRequest(self.term + 1, true, false, self.log.lastIndex(), self.log.lastTerm()), false);
    }

    /** @param transfer whether the leader asked for it */
    void campaign(boolean transfer, long nowMs) {
        self.term++;
        self.vote = self.settings.self();
        self.role = Role.CANDIDATE;
        self.leader = null;
        elections++;
        self.effects.saveHardState = true;
        self.effects.roleChanged = true;
        resetTimer(nowMs);
        election.start(self.standing == Standing.VOTER);
        broadcast(new Message.VoteRequest(self.term, false, transfer, self.log.lastIndex(), self.log.lastTerm()), true);
    }

    private void broadcast(Message message, boolean afterSave) {
        for (String peer : self.peers.keySet()) {
            (afterSave ? self.effects.sendAfterSave : self.effects.sendNow).add(new Effects.Outgoing(peer, message));
        }
    }
}
