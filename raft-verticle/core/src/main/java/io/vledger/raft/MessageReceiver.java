package io.vledger.raft;

/**
 * Takes messages of other members: checks them, settles their term (paper 5.1), and passes them to the role that they are for. No
 * message of any content breaks an invariant of this member.
 */
final class MessageReceiver {
    private final MemberState self;
    private final RoleTransitions roles;
    private final StaleMemoryDetector memories;
    private final Rules rules;

    MessageReceiver(MemberState self, RoleTransitions roles, StaleMemoryDetector memories, Rules rules) {
        this.self = self;
        this.roles = roles;
        this.memories = memories;
        this.rules = rules;
    }

    /** See {@link Raft#receive}. */
    void receive(String from, long fromIncarnation, Message message, long nowMs) {
        Progress peer = self.peers.get(from);
        if (peer == null || fromIncarnation < peer.incarnation) {
            // A stranger, or a memory that was replaced: its votes and acknowledgements are void.
            return;
        }
        if (rules.messagesChecked() && !MessageBounds.satisfiedBy(message)) {
            self.refuse(from, Violation.MALFORMED);
            return;
        }
        if (peer.outdated && fromIncarnation == peer.incarnation) {
            memories.inform(from);
            return;
        }
        if (fromIncarnation > peer.incarnation) {
            peer.reset(fromIncarnation, self.log.lastIndex());
        }
        peer.heardMs = nowMs;
        if (message instanceof Message.MemoryOutdated outdated) {
            onMemoryOutdated(peer, fromIncarnation, outdated);
        } else if (message instanceof Message.VoteRequest request) {
            if (roles.elections.endsTerm(request, nowMs)) {
                roles.becomeFollower(bounded(request.term()), nowMs);
            }
            roles.elections.onVoteRequest(from, request, nowMs);
        } else if (message instanceof Message.VoteReply reply && reply.pre() && reply.granted()) {
            // Carries the term that was asked about, which nobody is in yet.
            roles.elections.onPreVoteGranted(from, reply, nowMs);
        } else if (settleTerm(from, message, nowMs)) {
            dispatch(from, peer, message, nowMs);
        }
    }

    private void onMemoryOutdated(Progress peer, long fromIncarnation, Message.MemoryOutdated outdated) {
        if (fromIncarnation == peer.incarnation && outdated.incarnation() >= self.incarnation) {
            self.effects.startOverFrom = Math.max(self.effects.startOverFrom, outdated.incarnation() + 1);
        }
    }

    /** Adopts a greater term and refuses a smaller one (paper 5.1); returns whether the message is of the current term now. */
    private boolean settleTerm(String from, Message message, long nowMs) {
        if (message.term() > self.term) {
            roles.becomeFollower(bounded(message.term()), nowMs);
        }
        if (message.term() < self.term && message instanceof Message.AppendRequest append) {
            // A deposed leader must learn of the new term.
            self.send(
                    from,
                    new Message.AppendRejected(
                            self.term, append.prevIndex(), self.log.lastIndex() + 1, 0, 0, self.standing));
        }
        return message.term() == self.term;
    }

    private void dispatch(String from, Progress peer, Message message, long nowMs) {
        if (message instanceof Message.AppendRequest append) {
            onAppendRequest(from, append, nowMs);
        } else if (message instanceof Message.AppendReply reply) {
            if (self.role == Role.LEADER) {
                onAppendReply(from, peer, reply, nowMs);
            }
        } else if (message instanceof Message.Conflict conflict) {
            if (self.role == Role.LEADER && roles.leader.lacks(conflict.index(), conflict.entryTerm())) {
                dispute(from, nowMs);
            }
        } else if (message instanceof Message.VoteReply reply) {
            if (!reply.pre() && self.role == Role.CANDIDATE && roles.elections.onVoteReply(from, reply)) {
                roles.becomeLeader(nowMs);
            }
        } else if (message instanceof Message.InstallRequest request) {
            if (roles.follow(from, nowMs)) {
                roles.follower.onInstall(from, request);
            }
        } else if (message instanceof Message.InstallReply reply) {
            if (self.role == Role.LEADER) {
                roles.leader.onInstallReply(peer, reply);
            }
        } else if (message instanceof Message.TransferNow && mayTakeOver(from)) {
            roles.elections.campaign(true, nowMs);
        }
    }

    private void onAppendRequest(String from, Message.AppendRequest append, long nowMs) {
        long conflict = rules.messagesChecked() ? roles.follower.conflict(append) : 0;
        if (conflict > 0) {
            roles.follower.refuse(from, conflict);
        } else if (roles.follow(from, nowMs)) {
            roles.follower.onAppend(from, append);
        }
    }

    private void onAppendReply(String from, Progress peer, Message.AppendReply reply, long nowMs) {
        if (rules.messagesChecked() && !roles.leader.answers(reply)) {
            self.refuse(from, Violation.MALFORMED);
        } else if (reply instanceof Message.AppendAccepted accepted && accepted.matchIndex() > self.log.lastIndex()) {
            // Whatever it counts as committed is beyond this log.
            dispute(from, nowMs);
        } else {
            roles.leader.onAppendReply(from, peer, reply, nowMs);
        }
    }

    /** Whether this member may campaign at once because the leader asked it to (dissertation 3.10). */
    private boolean mayTakeOver(String from) {
        return from.equals(self.leader)
                && self.standing == Standing.VOTER
                && self.role == Role.FOLLOWER
                && !roles.follower.installing();
    }

    /**
     * A member holds a committed entry that this leader lacks. One of the two has lost its memory and does not know it; which one
     * cannot be decided here. So this member stops leading, and does not campaign while the other one is connected.
     */
    private void dispute(String from, long nowMs) {
        self.disputes.add(from);
        self.refuse(from, Violation.COMMITTED_ELSEWHERE);
        roles.becomeFollower(self.term, nowMs);
    }

    private long bounded(long newTerm) {
        return rules.messagesChecked() ? Math.min(newTerm, self.term + MessageBounds.MAX_TERM_STEP) : newTerm;
    }
}
