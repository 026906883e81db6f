package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.raft.Message;
import io.vledger.raft.Standing;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class AwaitedWritesTest {
    private final SimDisk disk = new SimDisk();

    private MemberOfThree leader() throws Exception {
        MemberOfThree three = new MemberOfThree(disk);
        three.standing = Standing.VOTER;
        three.lead();
        three.member.pass(200);
        three.member.lane.held = true;
        return three;
    }

    @Test
    void aLeaderWaitsForItsOwnWriteOnceThatIsWhatACommitLacks() throws Exception {
        MemberOfThree three = leader();
        three.answering = false;
        three.member.propose(1);
        three.member.runLoop();
        assertThat(three.member.lane.last().isAwaited())
                .as("an acknowledgement is needed first, and wakes the loop")
                .isFalse();
        Message.AppendRequest append = three.sentTo("n1", Message.AppendRequest.class).stream()
                .filter(each -> each.entries() != null)
                .reduce((before, after) -> after)
                .orElseThrow();
        three.receive(
                "n1",
                new Message.AppendAccepted(append.term(), append.prevIndex() + 1, append.round(), Standing.VOTER));
        three.member.runLoop();
        assertThat(three.member.lane.last().isAwaited()).isTrue();
        three.member.lane.held = false;
        three.member.settle();
        assertThat(three.member.outcomes).hasSize(1).containsOnlyNulls();
    }

    @Test
    void proposalsThatGatherWaitForTheWritesBeforeThem() throws Exception {
        MemberOfThree three = leader();
        three.answering = false;
        three.member.propose(1);
        three.member.runLoop();
        three.member.propose(2);
        three.member.runLoop();
        assertThat(three.member.lane.last().isAwaited()).isFalse();
        three.member.propose(3);
        three.member.runLoop();
        assertThat(three.member.lane.last().isAwaited()).isTrue();
    }

    @Test
    void aMemberThatIsAloneWaitsForEachWrite() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        member.lane.held = true;
        member.propose(1);
        member.runLoop();
        assertThat(member.lane.last().isAwaited()).isTrue();
    }

    @Test
    void aFollowerWaitsForEachWrite() throws Exception {
        MemberOfThree three = new MemberOfThree(disk);
        three.member.lane.held = true;
        three.append("n1", 1, 0, MemberOfThree.batch(1, 1, 1, 0));
        three.member.runLoop();
        assertThat(three.member.lane.last().isAwaited()).isTrue();
    }
}
