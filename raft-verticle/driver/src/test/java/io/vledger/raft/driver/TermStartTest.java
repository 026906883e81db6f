package io.vledger.raft.driver;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.EntryKind;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.LogBatch;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class TermStartTest {
    private final SimDisk disk = new SimDisk();

    private static byte kind(LoneMember member, long index) throws Exception {
        LogBatch batch = member.store.log().readBatch(index, 1);
        try {
            return batch.kindAt(index);
        } finally {
            batch.release();
        }
    }

    private static MemberList members(LoneMember member, long index) throws Exception {
        LogBatch batch = member.store.log().readBatch(index, 1);
        try {
            return MemberList.decode(batch.payloadAt(index), MemberList.VERSION);
        } finally {
            batch.release();
        }
    }

    @Test
    void theFirstLeaderOfAGroupBeginsItsTermWithTheMemberList() throws Exception {
        MemberOfThree three = new MemberOfThree(disk);
        three.clientAddresses.put("n0", "not asked for:2");
        three.clientAddresses.put("n1", "announced:2");
        three.lead();
        assertThat(kind(three.member, 1)).isEqualTo(EntryKind.MEMBERS);
        MemberList list = members(three.member, 1);
        assertThat(list.members().keySet()).containsExactlyElementsOf(MemberOfThree.IDS);
        assertThat(requireNonNull(list.members().get("n0")).clientAddress())
                .as("its own")
                .isEqualTo("h0:2");
        assertThat(requireNonNull(list.members().get("n1")).clientAddress()).isEqualTo("announced:2");
        assertThat(requireNonNull(list.members().get("n2")).clientAddress()).isEmpty();
        assertThat(list.members().get("n2").raftAddress()).isEqualTo("h2:1");
        assertThat(list.members().get("n0").incarnation())
                .isEqualTo(three.replica().greeting().incarnation());
    }

    @Test
    void aLaterTermBeginsWithAnEmptyEntryBeforeAnyProposal() throws Exception {
        LoneMember first = new LoneMember(disk).lead();
        first.propose(7);
        first.settle();
        long last = first.store.log().lastIndex();
        disk.processDeath();
        LoneMember again = new LoneMember(disk).lead();
        assertThat(kind(again, last + 1)).isEqualTo(EntryKind.NOOP);
        again.propose(8);
        again.settle();
        assertThat(kind(again, last + 2)).isEqualTo(LoneMember.KIND);
    }

    @Test
    void proposalsThatWaitAreCompletedWhenLeadershipEnds() throws Exception {
        MemberOfThree three = new MemberOfThree(disk).lead();
        three.answering = false;
        assertThat(three.member.propose(5)).isNull();
        three.member.settle();
        assertThat(three.member.outcomes).isEmpty();
        three.heartbeat("n1", three.replica().status().term() + 1, 0);
        three.member.settle();
        assertThat(three.replica().status().role()).isNotEqualTo(GroupRole.LEADER);
        assertThat(three.member.outcomes).hasSize(1).doesNotContainNull();
    }
}
