package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.testkit.SimDisk;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberRoleTest {
    private final SimDisk disk = new SimDisk();

    @Test
    void aLeaderServesOnceEverythingOfEarlierTermsIsApplied() throws Exception {
        LoneMember before = new LoneMember(disk).lead();
        before.propose(7);
        before.settle();
        disk.processDeath();

        LoneMember member = new LoneMember(disk);
        assertThat(member.machine.applied)
                .as("nothing is applied before there is a leader")
                .isEmpty();
        member.lead();
        assertThat(member.machine.roles).containsSubsequence(GroupRole.LEADER_STARTING, GroupRole.LEADER);
        assertThat(member.machine.appliedAsLeader).containsExactly(7L);
    }

    @Test
    void aListenerHearsOfARoleAfterTheStateMachine() throws Exception {
        LoneMember member = new LoneMember(disk);
        List<GroupRole> heard = new ArrayList<>();
        Group.Registration registration = member.replica.onStatus(status -> {
            heard.add(status.role());
            assertThat(member.machine.roles).contains(status.role());
        });
        member.lead();
        assertThat(heard).last().isEqualTo(GroupRole.LEADER);
        registration.close();
        member.replica.stop();
        member.settle();
        assertThat(heard).doesNotContain(GroupRole.STOPPED);
    }

    @Test
    void waitingForAStatusEndsWithTheMember() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        var another = member.replica.awaitStatus(status -> status.ledByAnother(), 60_000);
        member.settle();
        assertThat(another.isComplete()).isFalse();
        member.replica.stop();
        member.settle();
        assertThat(another.result().role()).isEqualTo(GroupRole.STOPPED);
    }

    @Test
    void waitingForAStatusEndsWithItsTime() throws Exception {
        LoneMember member = new LoneMember(disk).lead();
        var another = member.replica.awaitStatus(status -> status.ledByAnother(), 500);
        member.settle();
        member.pass(490);
        assertThat(another.isComplete()).isFalse();
        member.pass(20);
        assertThat(another.result().role()).isEqualTo(GroupRole.LEADER);
    }
}
