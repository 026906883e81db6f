package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VoteTallyTest {
    private final VoteTally tally = new VoteTally("a", new Quorum(List.of("a", "b", "c")));

    @Test
    void oneVoteMoreThanTheOwnWinsInAGroupOfThree() {
        tally.start(true);
        assertThat(tally.won()).isFalse();
        tally.count("b", true, true);
        assertThat(tally.won()).isTrue();
        assertThat(tally.wonByTrusted()).isTrue();
    }

    @Test
    void aVoterCountsOnce() {
        VoteTally five = new VoteTally("a", new Quorum(List.of("a", "b", "c", "d", "e")));
        five.start(true);
        five.count("b", true, true);
        five.count("b", true, true);
        assertThat(five.won()).isFalse();
    }

    @Test
    void aRefusalTakesAnEarlierGrantBack() {
        tally.start(true);
        tally.count("b", true, true);
        tally.count("b", false, true);
        assertThat(tally.won()).isFalse();
    }

    @Test
    void votesOfRecoveringMembersWinOnlyIfAllVote() {
        tally.start(true);
        tally.count("b", true, false);
        assertThat(tally.won()).isFalse();
        tally.count("c", true, false);
        assertThat(tally.won()).isTrue();
        assertThat(tally.wonByTrusted()).isFalse();
    }

    @Test
    void aRecoveringCandidateDoesNotCountItself() {
        tally.start(false);
        tally.count("b", true, true);
        assertThat(tally.won()).isFalse();
        tally.count("c", true, true);
        assertThat(tally.wonByTrusted()).isTrue();
    }

    @Test
    void aNewCampaignStartsFromNothing() {
        tally.start(true);
        tally.count("b", true, true);
        tally.start(true);
        assertThat(tally.won()).isFalse();
    }
}
