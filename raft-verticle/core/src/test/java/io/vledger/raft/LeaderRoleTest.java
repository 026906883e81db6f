package io.vledger.raft;

import static io.vledger.raft.MemberFixture.append;
import static io.vledger.raft.MemberFixture.entries;
import static io.vledger.raft.MemberFixture.member;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LeaderRoleTest {
    @Test
    void anEntryIsCommittedOnceAMajorityHasIt() {
        MemberState self = member(2, 0);
        LeaderRole role = leading(self);
        append(self, 2, 2, 2);
        self.synced = 3;

        role.onAppendReply("n2", self.progress("n2"), accepted(2), 0);

        assertThat(self.commit).isEqualTo(2);
    }

    @Test
    void theLeadersOwnLogCountsOnlyAsFarAsItIsDurable() {
        MemberState self = member(2, 0);
        LeaderRole role = leading(self);
        append(self, 2, 2, 2);
        self.synced = 1;

        role.onAppendReply("n2", self.progress("n2"), accepted(3), 0);

        assertThat(self.commit).isEqualTo(1);
    }

    @Test
    void anEntryOfAnEarlierTermIsNotCommittedByCounting() {
        MemberState self = member(2, 0, 1, 1);
        LeaderRole role = leading(self);

        role.onAppendReply("n2", self.progress("n2"), accepted(2), 0);
        assertThat(self.commit).as("paper, figure 8").isZero();

        append(self, 2);
        self.synced = 3;
        role.onAppendReply("n2", self.progress("n2"), accepted(3), 0);
        assertThat(self.commit).as("with one of this term").isEqualTo(3);
    }

    @Test
    void aMemoryThatIsNotAdmittedDoesNotCount() {
        MemberState self = member(2, 0);
        self.progress("n2").reset(9, 0);
        self.progress("n2").connected = true;
        LeaderRole role = leading(self);
        append(self, 2);
        self.synced = 1;

        role.onAppendReply("n2", self.progress("n2"), accepted(1), 0);

        assertThat(self.commit).isZero();
    }

    @Test
    void aMemoryThatHasCaughtUpIsProposedForAdmission() {
        MemberState self = member(2, 0);
        self.progress("n2").reset(9, 0);
        self.progress("n2").connected = true;
        LeaderRole role = leading(self);
        append(self, 2);
        self.synced = 1;
        role.onAppendReply("n3", self.progress("n3"), accepted(1), 0);
        assertThat(self.takeEffects().proposeMembers()).as("n2 lacks entry 1").isNull();

        role.onAppendReply("n2", self.progress("n2"), accepted(1), 0);

        Members proposed = self.takeEffects().proposeMembers();
        assertThat(proposed).isNotNull();
        assertThat(proposed.incarnation("n2")).isEqualTo(9);
    }

    @Test
    void aRejectionGoesBackToWhereTheLogsMayMatch() {
        MemberState self = member(6, 0, 1, 1, 4, 4, 5, 5, 6);
        LeaderRole role = leading(self);
        Progress peer = self.progress("n2");
        role.buildAppend("n2", null, 0, 0);

        // The follower has 1 1 2 2 2 2: nothing of term 4 or later can match before its entries of term 2.
        role.onAppendReply("n2", peer, new Message.AppendRejected(6, 7, 7, 2, 0, Standing.VOTER), 0);

        assertThat(peer.next).isEqualTo(3);
        assertThat(role.nextToSend("n2")).isEqualTo(3);
    }

    @Test
    void anOldRejectionIsIgnored() {
        MemberState self = member(2, 0, 1, 1, 2);
        LeaderRole role = leading(self);
        Progress peer = self.progress("n2");
        role.onAppendReply("n2", peer, accepted(3), 0);

        role.onAppendReply("n2", peer, new Message.AppendRejected(2, 2, 1, 0, 0, Standing.VOTER), 0);

        assertThat(peer.match).isEqualTo(3);
        assertThat(peer.next).isEqualTo(4);
        assertThat(peer.mode).isEqualTo(Progress.Mode.STREAM);
    }

    @Test
    void entriesAreStreamedUpToTheWindow() {
        MemberState self = member(2, 0);
        LeaderRole role = leading(self);
        append(self, 2, 2, 2);
        role.onAppendReply("n2", self.progress("n2"), accepted(0), 0);

        role.buildAppend("n2", entries(1, 2), 600, 0);
        assertThat(role.nextToSend("n2")).isEqualTo(2);
        role.buildAppend("n2", entries(2, 2), 600, 0);
        assertThat(role.nextToSend("n2")).as("1,200 of 1,000 bytes in flight").isZero();
        role.onAppendReply("n2", self.progress("n2"), accepted(1), 0);
        assertThat(role.nextToSend("n2")).isEqualTo(3);
    }

    @Test
    void aLeaderThatHearsNoQuorumStepsDown() {
        MemberState self = member(2, 0);
        LeaderRole role = leading(self);

        assertThat(role.tick(99)).isTrue();
        assertThat(role.tick(100))
                .as("neither was heard for an election timeout")
                .isFalse();
    }

    @Test
    void aReadNeedsAnEntryOfThisTermAndAQuorumInALaterRound() {
        MemberState self = member(2, 1, 1);
        LeaderRole role = leading(self);
        role.readBarrier("read");
        role.sendWantedRound();
        assertThat(self.takeEffects().sendNow()).as("one round of heartbeats").hasSize(2);

        role.onAppendReply("n2", self.progress("n2"), new Message.AppendAccepted(2, 1, 1, Standing.VOTER), 0);
        assertThat(self.takeEffects().readsReady()).as("no entry of term 2").isEmpty();
        append(self, 2);
        self.synced = 2;
        role.onAppendReply("n3", self.progress("n3"), new Message.AppendAccepted(2, 2, 0, Standing.VOTER), 0);

        assertThat(self.takeEffects().readsReady()).containsExactly("read");
    }

    @Test
    void theTargetOfATransferCampaignsOnceItHasEverything() {
        MemberState self = member(2, 0);
        LeaderRole role = leading(self);
        append(self, 2);
        self.synced = 1;

        assertThat(role.transfer("n3", false, 0)).isEqualTo("n3");
        role.onDrained(1);
        assertThat(self.takeEffects().sendNow()).as("n3 lacks entry 1").isEmpty();
        role.onAppendReply("n3", self.progress("n3"), accepted(1), 2);
        role.onDrained(2);

        assertThat(self.takeEffects().sendNow()).contains(new Effects.Outgoing("n3", new Message.TransferNow(2)));
    }

    private static LeaderRole leading(MemberState self) {
        LeaderRole role = new LeaderRole(self, CommitRule.OWN_TERM_ONLY);
        self.role = Role.LEADER;
        self.leader = "n1";
        role.begin(true, 0);
        self.takeEffects();
        return role;
    }

    private static Message.AppendAccepted accepted(long index) {
        return new Message.AppendAccepted(2, index, 0, Standing.VOTER);
    }
}
