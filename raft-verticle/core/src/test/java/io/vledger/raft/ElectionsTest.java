package io.vledger.raft;

import static io.vledger.raft.MemberFixture.member;
import static io.vledger.raft.MemberFixture.sent;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ElectionsTest {
    private static final long LATER = 10_000;

    @Test
    void aVoteIsSavedBeforeItIsGranted() {
        MemberState self = member(3, 0, 1);

        elections(self).onVoteRequest("n2", request(3, 1, 1), LATER);

        Effects effects = self.takeEffects();
        assertThat(self.vote).isEqualTo("n2");
        assertThat(effects.saveHardState()).isTrue();
        assertThat(effects.sendAfterSave())
                .containsExactly(new Effects.Outgoing("n2", new Message.VoteReply(3, false, true, Standing.VOTER)));
    }

    @Test
    void thereIsOneVoteATerm() {
        MemberState self = member(3, 0, 1);
        Elections elections = elections(self);
        elections.onVoteRequest("n2", request(3, 1, 1), LATER);
        self.takeEffects();

        elections.onVoteRequest("n3", request(3, 1, 1), LATER);

        assertThat(sent(self)).isEqualTo(new Message.VoteReply(3, false, false, Standing.VOTER));
        assertThat(self.vote).isEqualTo("n2");
    }

    @Test
    void aCandidateWithAWorseLogGetsNoVote() {
        MemberState self = member(3, 0, 1, 2);
        Elections elections = elections(self);

        elections.onVoteRequest("n2", request(3, 9, 1), LATER);
        assertThat(sent(self)).as("earlier term").isEqualTo(new Message.VoteReply(3, false, false, Standing.VOTER));
        elections.onVoteRequest("n2", request(3, 1, 2), LATER);
        assertThat(sent(self)).as("shorter").isEqualTo(new Message.VoteReply(3, false, false, Standing.VOTER));
        elections.onVoteRequest("n2", request(3, 2, 2), LATER);
        assertThat(sent(self)).as("as good").isEqualTo(new Message.VoteReply(3, false, true, Standing.VOTER));
    }

    @Test
    void aDamagedMemoryGrantsNothing() {
        MemberState self = member(new Raft.Memory(3, "", 1, Standing.DAMAGED, Map.of()), 0, 1);

        elections(self).onVoteRequest("n2", request(3, 9, 3), LATER);

        assertThat(sent(self)).isEqualTo(new Message.VoteReply(3, false, false, Standing.DAMAGED));
    }

    @Test
    void aMemberThatHearsALeaderIsNotDisturbed() {
        MemberState self = member(3, 0, 1);
        Elections elections = elections(self);
        self.leader = "n3";
        elections.heard(LATER);

        assertThat(elections.endsTerm(request(4, 9, 3), LATER + 99)).isFalse();
        assertThat(elections.endsTerm(request(4, 9, 3), LATER + 100)).isTrue();
        assertThat(elections.endsTerm(new Message.VoteRequest(4, false, true, 9, 3), LATER + 1))
                .as("the leader asked for it")
                .isTrue();
    }

    @Test
    void aPreVoteChangesNothing() {
        MemberState self = member(3, 0, 1);

        elections(self).onVoteRequest("n2", new Message.VoteRequest(4, true, false, 1, 1), LATER);

        assertThat(sent(self)).isEqualTo(new Message.VoteReply(4, true, true, Standing.VOTER));
        assertThat(self.term).isEqualTo(3);
        assertThat(self.vote).isNull();
    }

    @Test
    void aCampaignFollowsAQuorumOfPreVotes() {
        MemberState self = member(3, 0, 1);
        Elections elections = elections(self);
        elections.preCampaign(LATER);
        assertThat(self.role).isEqualTo(Role.PRE_CANDIDATE);
        assertThat(self.term).as("nothing was raised").isEqualTo(3);
        self.takeEffects();

        elections.onPreVoteGranted("n2", new Message.VoteReply(4, true, true, Standing.VOTER), LATER);

        Effects effects = self.takeEffects();
        assertThat(self.role).isEqualTo(Role.CANDIDATE);
        assertThat(self.term).isEqualTo(4);
        assertThat(self.vote).isEqualTo("n1");
        assertThat(effects.sendNow()).as("its own vote is not durable").isEmpty();
        assertThat(effects.sendAfterSave()).hasSize(2);
    }

    @Test
    void whoIsInDisputeOrDamagedDoesNotCampaign() {
        MemberState disputed = member(3, 0, 1);
        disputed.disputes.add("n2");
        elections(disputed).preCampaign(LATER);
        MemberState damaged = member(new Raft.Memory(3, "", 1, Standing.DAMAGED, Map.of()), 0, 1);
        elections(damaged).preCampaign(LATER);

        assertThat(disputed.role).isEqualTo(Role.FOLLOWER);
        assertThat(damaged.role).isEqualTo(Role.FOLLOWER);
    }

    @Test
    void theTimeoutIsAtLeastTheConfiguredOneAndLessThanTwice() {
        MemberState self = member(3, 0, 1);
        Elections shortest = new Elections(self, bound -> 0, 0);
        shortest.resetTimer(LATER);
        Elections longest = new Elections(self, bound -> bound - 1, 0);
        longest.resetTimer(LATER);

        assertThat(shortest.due(LATER + 99)).isFalse();
        assertThat(shortest.due(LATER + 100)).isTrue();
        assertThat(longest.due(LATER + 198)).isFalse();
        assertThat(longest.due(LATER + 199)).isTrue();
    }

    private static Elections elections(MemberState self) {
        return new Elections(self, bound -> 0, 0);
    }

    private static Message.VoteRequest request(long term, long lastIndex, long lastTerm) {
        return new Message.VoteRequest(term, false, false, lastIndex, lastTerm);
    }
}
