package io.vledger.raft;

/** The roles of a member, and how it passes from one to another (paper, figure 4). */
final class RoleTransitions {
    final LeaderRole leader;
    final FollowerRole follower;
    final Elections elections;

    private final MemberState self;
    private final Rules rules;

    RoleTransitions(MemberState self, Rules rules, Jitter jitter, long nowMs) {
        this.self = self;
        this.rules = rules;
        this.leader = new LeaderRole(self, rules.commitRule());
        this.follower = new FollowerRole(self);
        this.elections = new Elections(self, jitter, nowMs);
    }

    /** Time passes: a leader that hears no quorum steps down, and one that hears no leader campaigns. */
    void tick(long nowMs) {
        if (self.role == Role.LEADER) {
            if (!leader.tick(nowMs)) {
                becomeFollower(self.term, nowMs);
            }
        } else if (elections.due(nowMs)) {
            if (follower.installing()) {
                elections.resetTimer(nowMs);
            } else {
                elections.preCampaign(nowMs);
            }
        }
    }

    /**
     * Follows the leader of the current term; a candidate gives up (paper 5.2). There is at most one leader a term: a second one is
     * refused.
     *
     * @return whether the sender is followed
     */
    boolean follow(String from, long nowMs) {
        if (self.leader != null && !self.leader.equals(from)) {
            MemberState.require(
                    rules.messagesChecked(), "two leaders in term " + self.term + ": " + self.leader + " and " + from);
            self.refuse(from, Violation.SECOND_LEADER);
            return false;
        }
        if (self.role != Role.FOLLOWER || self.leader == null) {
            self.role = Role.FOLLOWER;
            self.leader = from;
            follower.begin();
            self.effects.roleChanged = true;
        }
        elections.heard(nowMs);
        return true;
    }

    /** The campaign is won, and the vote for this member itself is durable. */
    void becomeLeader(long nowMs) {
        boolean byTrusted = elections.wonByTrusted();
        self.role = Role.LEADER;
        self.leader = self.settings.self();
        self.effects.roleChanged = true;
        leader.begin(byTrusted, nowMs);
    }

    /** Steps down, or begins a greater term without having voted in it (paper 5.1). */
    void becomeFollower(long newTerm, long nowMs) {
        if (newTerm != self.term) {
            self.term = newTerm;
            self.vote = null;
            self.effects.saveHardState = true;
        }
        if (self.role == Role.LEADER) {
            leader.end();
        }
        self.role = Role.FOLLOWER;
        self.leader = null;
        follower.begin();
        self.effects.roleChanged = true;
        elections.resetTimer(nowMs);
    }
}
