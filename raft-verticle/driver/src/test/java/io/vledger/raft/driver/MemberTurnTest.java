package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.raft.Message;
import io.vledger.testkit.SimDisk;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MemberTurnTest {
    private final SimDisk disk = new SimDisk();

    @Test
    void whatIsProposedInOneTurnIsOneBatchAndGoesToTheFollowersBeforeItIsWrittenHere() throws Exception {
        MemberOfThree three = new MemberOfThree(disk).lead();
        three.member.pass(100);
        three.sent.clear();
        three.answering = false;
        three.member.lane.held = true;
        long before = three.member.store.log().lastIndex();
        three.member.propose(1);
        three.member.propose(2);
        three.member.runLoop();
        assertThat(three.member.store.log().lastIndex()).isEqualTo(before);
        for (String follower : new String[] {"n1", "n2"}) {
            assertThat(three.sentTo(follower, Message.AppendRequest.class))
                    .singleElement()
                    .satisfies(append -> {
                        assertThat(append.entries()).isNotNull();
                        assertThat(append.prevIndex()).isEqualTo(before);
                        assertThat(append.entries().lastIndex()).isEqualTo(before + 2);
                    });
        }
    }

    @Test
    void aMajorityOfFollowersCommitsBeforeTheLeaderItselfHasWritten() throws Exception {
        MemberOfThree three = new MemberOfThree(disk).lead();
        three.member.pass(100);
        three.member.lane.held = true;
        three.member.propose(1);
        three.member.runLoop();
        // The status is published now and then.
        three.member.pass(50);
        assertThat(three.replica().status().commitIndex())
                .isGreaterThan(three.member.store.log().lastIndex());
        assertThat(three.member.outcomes).as("applied is what is written here").isEmpty();
        three.member.lane.held = false;
        three.member.settle();
        assertThat(three.member.outcomes).containsExactly((Refusal) null);
    }

    @Test
    void aCheckpointIsTakenJustBeforeTheFirstEntryOfASegment() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        for (long number = 1; member.store.log().segments().size() < 3; number++) {
            member.propose(number, 8_000, refusal -> {});
            member.settle();
        }
        assertThat(member.store.snapshots().list())
                .extracting(Snapshot::position)
                .contains((long) LoneMember.SEGMENT_BYTES, 2L * LoneMember.SEGMENT_BYTES);
    }

    @Test
    void everythingThatIsCommittedIsAppliedAfterARestartOverAnyNumberOfTurns() throws Exception {
        LoneMember before = new LoneMember(disk).lead();
        int count = 700;
        for (long number = 1; number <= count; number++) {
            before.propose(number, 8_000, refusal -> {});
            before.settle();
        }
        disk.processDeath();
        LoneMember member = new LoneMember(disk);
        int restored = member.machine.applied.size();
        assertThat(restored).isLessThan(count);
        member.lead();
        assertThat(member.machine.applied)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, count).boxed().toList());
    }

    @Test
    void leadershipIsGivenAwayOnceEverythingThatWasTakenIsApplied() throws Exception {
        MemberOfThree three = new MemberOfThree(disk).lead();
        three.member.pass(100);
        // The others have it and it is committed; here it is not written, and so not applied.
        three.member.lane.held = true;
        three.member.propose(1);
        three.member.runLoop();
        var unused = three.replica().transferLeadership("n1");
        three.member.runLoop();
        assertThat(three.member.outcomes).isEmpty();
        assertThat(three.sentTo("n1", Message.TransferNow.class)).isEmpty();
        three.member.lane.held = false;
        three.member.settle();
        assertThat(three.member.outcomes).containsExactly((Refusal) null);
        assertThat(three.sentTo("n1", Message.TransferNow.class)).isNotEmpty();
    }
}
