package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class FeedPaceTest {
    private final SimDisk disk = new SimDisk();

    /** It leads, and the group relies on the memory of all three, as all three know. */
    private MemberOfThree steady(String preferredLeader) throws StoreException {
        MemberOfThree three = new MemberOfThree(disk, preferredLeader);
        three.standing = Standing.VOTER;
        three.lead();
        three.member.pass(200);
        MemberOfThree.IDS.forEach(id -> three.lastIndexesSentTo(id).clear());
        return three;
    }

    private static void proposeEach(MemberOfThree three, int count) {
        for (int i = 0; i < count; i++) {
            three.member.propose(i);
            three.member.settle();
        }
    }

    @Test
    void oneFollowerIsSentEachBatchAtOnceAndTheOtherAllOfThemTogether() throws Exception {
        MemberOfThree three = steady("");
        long before = three.member.store.log().lastIndex();
        proposeEach(three, 5);
        assertThat(three.member.outcomes)
                .as("committed by two of three")
                .containsOnlyNulls()
                .hasSize(5);
        assertThat(three.lastIndexesSentTo("n1")).hasSize(5);
        assertThat(three.lastIndexesSentTo("n2")).isEmpty();
        three.member.pass(FeedPace.STRIDE_MS);
        assertThat(three.lastIndexesSentTo("n2")).containsExactly(before + 5);
        assertThat(three.replica().status().commitIndex()).isEqualTo(before + 5);
    }

    @Test
    void manyBytesDoNotWait() throws Exception {
        MemberOfThree three = steady("");
        for (int bytes = 0; bytes <= FeedPace.STRIDE_BYTES; bytes += 8_000) {
            assertThat(three.lastIndexesSentTo("n2")).isEmpty();
            three.member.propose(1, 8_000, refusal -> {});
            three.member.settle();
        }
        assertThat(three.lastIndexesSentTo("n2"))
                .as("in one piece for each segment")
                .endsWith(three.member.store.log().lastIndex());
    }

    @Test
    void anEntryThatIsNotCommittedInTimeIsSentToEverybody() throws Exception {
        MemberOfThree three = steady("");
        three.silent = "n1";
        three.member.propose(1);
        three.member.settle();
        assertThat(three.lastIndexesSentTo("n2")).isEmpty();
        assertThat(three.member.outcomes).isEmpty();
        three.member.shell.nowMs += FeedPace.LATE_MS;
        three.member.propose(2);
        three.member.settle();
        assertThat(three.lastIndexesSentTo("n2")).hasSize(1);
        assertThat(three.member.outcomes).containsExactly((Refusal) null, null);
    }

    @Test
    void aFollowerThatWasOvertakenWaitsFromThenOn() throws Exception {
        MemberOfThree three = steady("");
        three.silent = "n1";
        proposeEach(three, 1);
        three.member.pass(FeedPace.STRIDE_MS);
        assertThat(three.member.outcomes).containsExactly((Refusal) null);
        MemberOfThree.IDS.forEach(id -> three.lastIndexesSentTo(id).clear());
        proposeEach(three, 3);
        assertThat(three.lastIndexesSentTo("n2")).hasSize(3);
        assertThat(three.lastIndexesSentTo("n1")).isEmpty();
        assertThat(three.member.outcomes).containsOnlyNulls().hasSize(4);
    }

    @Test
    void nobodyWaitsWhileAFollowerIsGone() throws Exception {
        MemberOfThree three = steady("");
        three.replica().memberLost("n1", true);
        proposeEach(three, 2);
        assertThat(three.lastIndexesSentTo("n2")).hasSize(2);
        assertThat(three.member.outcomes).containsExactly((Refusal) null, null);
    }

    @Test
    void aMemberThatIsToLeadDoesNotWait() throws Exception {
        MemberOfThree three = steady("n2");
        proposeEach(three, 2);
        assertThat(three.lastIndexesSentTo("n2")).hasSize(2);
        assertThat(three.lastIndexesSentTo("n1")).isEmpty();
    }

    @Test
    void aMemberThatDoesNotKnowThatTheGroupReliesOnItDoesNotWait() throws Exception {
        MemberOfThree three = new MemberOfThree(disk).lead();
        three.member.pass(200);
        MemberOfThree.IDS.forEach(id -> three.lastIndexesSentTo(id).clear());
        proposeEach(three, 2);
        assertThat(three.lastIndexesSentTo("n1")).hasSize(2);
        assertThat(three.lastIndexesSentTo("n2")).hasSize(2);
    }

    @Test
    void leadershipIsHandedToAMemberThatWaited() throws Exception {
        MemberOfThree three = steady("");
        proposeEach(three, 2);
        assertThat(three.lastIndexesSentTo("n2")).isEmpty();
        var unused = three.replica().transferLeadership("n2");
        three.member.settle();
        assertThat(three.lastIndexesSentTo("n2")).hasSize(1);
        assertThat(three.sentTo("n2", Message.TransferNow.class)).isNotEmpty();
    }
}
