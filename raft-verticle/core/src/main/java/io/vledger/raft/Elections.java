package io.vledger.raft;

/**
 * When a member campaigns, and whom it votes for: elections (paper 5.2) with the restriction on logs (5.4.1), pre-votes (dissertation
 * 9.6) and leader stickiness (4.2.3). Part of every role.
 */
final class Elections {
    private static final long NEVER = Long.MIN_VALUE / 2;

    private final MemberState self;
    private final Jitter jitter;
    /** Votes of the campaign, or pre-campaign, that was begun last. */
    private final VoteTally tally;
    /** When the leader of the term was heard last. */
    private long leaderHeardMs = NEVER;
    /** When to campaign, unless a leader is heard before (paper 5.2: the election timeout). */
    private long deadlineMs;
    /** Campaigns since construction. */
    private long elections;

    Elections(MemberState self, Jitter jitter, long nowMs) {
        this.self = self;
        this.jitter = jitter;
        this.tally = new VoteTally(self.settings.self(), self.quorum);
        // The first campaign comes early, and in the order of the member list: a new group needs every vote, so two
        // campaigns at once would only block each other.
        int timeout = self.settings.electionTimeoutMs();
        this.deadlineMs = nowMs + timeout / 4 + place() * timeout / 2 + jitter.below(Math.max(1, timeout / 8));
    }

    /** This member's place in the member list. */
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

    /** When it should campaign, unless a leader is heard before. */
    long deadlineMs() {
        return deadlineMs;
    }

    /** The leader was heard. */
    void heard(long nowMs) {
        leaderHeardMs = nowMs;
        resetTimer(nowMs);
    }

    /** The leader's process is gone for certain: no need to wait for the timeout, but for others that may campaign as well. */
    void onLeaderLost(long nowMs) {
        leaderHeardMs = NEVER;
        deadlineMs = nowMs + jitter.below(Math.max(1, self.settings.electionTimeoutMs() / 6));
    }

    /** A member connected while there is no leader: no need to wait for the whole timeout. Keeps the order of the member list. */
    void onPeerConnected(long nowMs) {
        int heartbeatMs = self.settings.heartbeatMs();
        deadlineMs = Math.min(deadlineMs, nowMs + place() * heartbeatMs + jitter.below(Math.max(1, heartbeatMs / 2)));
    }

    /** Begins a new election timeout, random up to twice the least (paper 5.2 and 9.3). */
    void resetTimer(long nowMs) {
        int timeout = self.settings.electionTimeoutMs();
        deadlineMs = nowMs + timeout + jitter.below(timeout);
    }

    /**
     * Whether a request for a vote ends this member's term (paper 5.1). Not if a leader is heard: members that were cut off must not
     * disturb the others (dissertation 4.2.3).
     */
    boolean endsTerm(Message.VoteRequest request, long nowMs) {
        return !request.pre() && request.term() > self.term && (request.transfer() || !hearsLeader(nowMs));
    }

    /** Answers a request for a vote (paper, figure 2, RequestVote), after {@link #endsTerm} was consulted. */
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
            // No answer: one of our term would have the candidate repeat itself.
            return;
        }
        long replyTerm = request.pre() && granted ? request.term() : self.term;
        self.send(from, new Message.VoteReply(replyTerm, request.pre(), granted, self.standing));
    }

    /** Whether a leader was heard within the least election timeout (dissertation 4.2.3 and 6.2). */
    private boolean hearsLeader(long nowMs) {
        return self.role == Role.LEADER
                || (self.leader != null && nowMs - leaderHeardMs < self.settings.electionTimeoutMs());
    }

    /** Whether the candidate's log is at least as good as this one (paper 5.4.1). */
    private boolean upToDate(Message.VoteRequest request) {
        return request.lastTerm() > self.log.lastTerm()
                || (request.lastTerm() == self.log.lastTerm() && request.lastIndex() >= self.log.lastIndex());
    }

    /** Counts a granted pre-vote; a quorum of them begins the campaign (dissertation 9.6). */
    void onPreVoteGranted(String from, Message.VoteReply reply, long nowMs) {
        if (self.role == Role.PRE_CANDIDATE && reply.term() == self.term + 1) {
            tally.count(from, true, trustedVote(from, reply.standing()));
            if (tally.won()) {
                campaign(false, nowMs);
            }
        }
    }

    /** Counts a vote of this member's campaign; returns whether it is won now. */
    boolean onVoteReply(String from, Message.VoteReply reply) {
        self.progress(from).voter |= reply.standing() == Standing.VOTER;
        tally.count(from, reply.granted(), trustedVote(from, reply.standing()));
        if (reply.granted()) {
            self.progress(from).promisedTerm = self.term;
        }
        return tally.won();
    }

    boolean won() {
        return tally.won();
    }

    boolean wonByTrusted() {
        return tally.wonByTrusted();
    }

    /** Whether to rely on the voter's memory: it declares itself a voter, and our log does not contradict that. */
    private boolean trustedVote(String from, Standing declared) {
        return declared == Standing.VOTER
                && self.progress(from).incarnation == self.members.latest().incarnation(from);
    }

    /** Asks whether it would be elected, so that a member that was cut off raises no term (dissertation 9.6). */
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
        tally.start(self.standing == Standing.VOTER);
        if (tally.won()) {
            campaign(false, nowMs);
            return;
        }
        broadcast(new Message.VoteRequest(self.term + 1, true, false, self.log.lastIndex(), self.log.lastTerm()));
    }

    /**
     * Begins a term of its own and votes for itself (paper 5.2).
     *
     * @param transfer whether the leader asked for it
     */
    void campaign(boolean transfer, long nowMs) {
        self.term++;
        self.vote = self.settings.self();
        self.role = Role.CANDIDATE;
        self.leader = null;
        elections++;
        self.effects.saveHardState = true;
        self.effects.roleChanged = true;
        resetTimer(nowMs);
        tally.start(self.standing == Standing.VOTER);
        broadcast(new Message.VoteRequest(self.term, false, transfer, self.log.lastIndex(), self.log.lastTerm()));
    }

    private void broadcast(Message message) {
        self.peers.keySet().forEach(peer -> self.send(peer, message));
    }
}
