package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.HardState;
import io.vledger.raft.Message;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A follower's log and hard state as leaders change them. */
class DurableStateTest {
    private final SimDisk disk = new SimDisk();
    private final MemberOfThree three;

    DurableStateTest() throws Exception {
        three = new MemberOfThree(disk);
    }

    private long positionAfter(int count) {
        return MemberOfThree.batch(1, count, 1, 0).endPosition();
    }

    @Test
    void hardStateAndEntriesOfOneMessageAreOneUnitOfWork() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 3, 4, 0));
        three.member.runLoop();
        assertThat(three.member.store.log().lastIndex()).isZero();
        three.member.lane.runOnce();
        assertThat(three.log(1)).containsExactly(1L, 2L, 3L);
        assertThat(three.member.store.hardState().load().orElseThrow().term()).isEqualTo(4);
        three.member.settle();
        assertThat(three.sentTo("n1", Message.AppendAccepted.class))
                .last()
                .satisfies(reply -> assertThat(reply.matchIndex()).isEqualTo(3));
    }

    @Test
    void entriesThatAreThereAlreadyAreNotWrittenAgain() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 3, 4, 0));
        three.append("n1", 4, 0, MemberOfThree.batch(1, 5, 4, 0));
        three.member.settle();
        assertThat(three.log(1)).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    /** The entries may be in memory still, on the disk, or both. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anotherLeadersEntriesReplaceThoseThatWereNeverCommitted(boolean written) throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 5, 4, 0));
        if (written) {
            three.member.settle();
        }
        three.append("n2", 6, 4, MemberOfThree.batch(3, 1, 6, positionAfter(2)));
        three.member.settle();
        assertThat(three.member.store.log().lastIndex()).isEqualTo(3);
        assertThat(three.member.store.log().terms()).last().satisfies(run -> assertThat(run.firstIndex())
                .isEqualTo(3));
        three.append(
                "n2",
                6,
                6,
                MemberOfThree.batch(4, 1, 6, three.member.store.log().endPosition()));
        three.member.settle();
        assertThat(three.log(1)).containsExactly(1L, 2L, 3L, 4L);
    }

    @Test
    void entriesThatLieElsewhereThanThisLogContinuesAreRefused() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 2, 4, 0));
        three.member.settle();
        three.append("n1", 4, 4, MemberOfThree.batch(3, 1, 4, positionAfter(2) + 8));
        three.member.settle();
        assertThat(three.closed).containsExactly("n1");
        assertThat(three.member.store.log().lastIndex()).isEqualTo(2);
    }

    @Test
    void entriesBehindOneThatDiffersAreRejectedWhereverTheyLieSoThatTheLeaderGoesBack() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 3, 4, 0));
        three.member.settle();
        // Entry 3 is of another term in the log of n2, and larger.
        three.append("n2", 6, 5, MemberOfThree.batch(4, 1, 6, positionAfter(3) + 8));
        three.member.settle();
        assertThat(three.closed).isEmpty();
        assertThat(three.sentTo("n2", Message.AppendRejected.class))
                .last()
                .satisfies(reply -> assertThat(reply.rejectedPrev()).isEqualTo(3));
        assertThat(three.log(1)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aCommitIndexThatGrewIsSavedByItselfNowAndThen() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 2, 4, 0));
        three.member.settle();
        three.heartbeat("n1", 4, 2);
        three.member.settle();
        assertThat(three.member.machine.applied).containsExactly(1L, 2L);
        assertThat(three.member.store.hardState().load().orElseThrow().commit()).isZero();
        for (int i = 0; i < 30; i++) {
            three.heartbeat("n1", 4, 2);
            three.member.pass(100);
        }
        assertThat(three.member.store.hardState().load().orElseThrow().commit()).isEqualTo(2);
    }

    @Test
    void anOrderlyStopSaysThatTheLogNeedsNoPageCache() throws Exception {
        three.append("n1", 4, 0, MemberOfThree.batch(1, 2, 4, 0));
        three.heartbeat("n1", 4, 2);
        three.member.settle();
        var unused = three.replica().stop();
        three.member.settle();
        HardState last = LoneMember.open(disk).hardState().load().orElseThrow();
        assertThat(last.bootId()).isEmpty();
        assertThat(last.commit()).isEqualTo(2);
        assertThat(last.term()).isEqualTo(4);
    }
}
