package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MessageBoundsTest {
    @Test
    void numbersAreNotNegativeAndHaveABound() {
        assertThat(satisfied(new Message.TransferNow(MessageBounds.MAX))).isTrue();
        assertThat(satisfied(new Message.TransferNow(MessageBounds.MAX + 1))).isFalse();
        assertThat(satisfied(new Message.TransferNow(-1))).isFalse();
        assertThat(satisfied(new Message.AppendAccepted(1, -1, 0, Standing.VOTER)))
                .isFalse();
        assertThat(satisfied(new Message.AppendRejected(1, 0, 1, 0, Long.MAX_VALUE, Standing.VOTER)))
                .isFalse();
    }

    @Test
    void aLogHasNoEntryOfATermAfterTheSendersOwn() {
        assertThat(satisfied(new Message.VoteRequest(3, false, false, 7, 3))).isTrue();
        assertThat(satisfied(new Message.VoteRequest(3, false, false, 7, 4))).isFalse();
        assertThat(satisfied(new Message.InstallRequest(3, 7, 4, "state"))).isFalse();
    }

    @Test
    void entriesFollowThePreviousOneWithTermsThatDoNotDecrease() {
        assertThat(satisfied(append(4, 2, MemberFixture.entries(5, 2, 3)))).isTrue();
        assertThat(satisfied(append(4, 2, MemberFixture.entries(6, 2))))
                .as("gap")
                .isFalse();
        assertThat(satisfied(append(4, 2, MemberFixture.entries(5, 1))))
                .as("falls")
                .isFalse();
        assertThat(satisfied(append(4, 2, MemberFixture.entries(5, 4))))
                .as("after the leader's term")
                .isFalse();
    }

    private static boolean satisfied(Message message) {
        return MessageBounds.satisfiedBy(message);
    }

    private static Message append(long prevIndex, long prevTerm, Entries entries) {
        return new Message.AppendRequest(3, prevIndex, prevTerm, 0, 0, 1, entries);
    }
}
