package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ElectionTest {
    private final Election election = new Election("a", new Quorum(List.of("a", "b", "c")));

    @Test
    void oneVoteMoreThanTheOwnWinsInAGroupOfThree() {
        election.start(true);
        assertThat(election.won()).isFalse();
        election.count("b", true, true);
        assertThat(election.won()).isTrue();
        assertThat(election.wonByTrusted()).isTrue();
    }

    @Test
    void aVoterCountsOnce() {
        Election five = new Election("a", new Quorum(List.of("a", "b", "c", "d", "e")));
        five.start(true);
        five.count("b", true, true);
        five.count("b", true, true);
        assertThat(five.won()).isFalse();
    }

    @Test
    void aRefusalTakesAnEarlierGrantBack() {
        election.start(true);
        election.count("b", true, true);
        election.count("b", false, true);
        assertThat(election.won()).isFalse();
    }

    @Test
    void votesOfRecoveringMembersWinOnlyIfAllVote() {
        election.start(true);
        election.count("b", true, false);
        assertThat(election.won()).isFalse();
        election.count("c", true, false);
        assertThat(election.won()).isTrue();
        assertThat(election.wonByTrusted()).isFalse();
    }

    @Test
    void aRecoveringCandidateDoesNotCountItself() {
        election.start(false);
        election.count("b", true, true);
        assertThat(election.won()).isFalse();
        election.count("c", true, true);
        assertThat(election.wonByTrusted()).isTrue();
    }

    @Test
    void aNewCampaignStartsFromNothing() {
        election.start(true);
        election.count("b", true, true);
        election.start(true);
        assertThat(election.won()).isFalse();
    }
}
