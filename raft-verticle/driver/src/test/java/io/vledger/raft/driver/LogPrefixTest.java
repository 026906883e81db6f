package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.testkit.SimDisk;
import org.junit.jupiter.api.Test;

class LogPrefixTest {
    private static final int ENTRY_BYTES = 10_000;

    private final LoneMember member;

    LogPrefixTest() throws Exception {
        member = new LoneMember(new SimDisk()).lead();
        for (long number = 1; number <= 30; number++) {
            member.propose(number, ENTRY_BYTES, refusal -> {});
            member.settle();
        }
    }

    @Test
    void aBoundaryCheckpointIsTakenBeforeEachSegment() {
        long segments = member.store.log().segments().size();
        assertThat(segments).isGreaterThan(3);
        assertThat(member.store.snapshots().list())
                .extracting(Snapshot::position)
                .filteredOn(position -> position % LoneMember.SEGMENT_BYTES == 0)
                .hasSize((int) segments - 1);
    }

    @Test
    void whatABoundaryCoversIsDroppedOnThisMember() {
        member.replica.dropLocalPrefix(15);
        member.settle();
        member.pass(50);
        long first = member.replica.status().firstIndex();
        assertThat(first).isBetween(2L, 15L);
        assertThat(member.machine.droppedBefore)
                .containsExactly(member.store.log().base().position());
        assertThat(member.propose(31)).isNull();
        member.settle();
        assertThat(member.machine.applied).last().isEqualTo(31L);
    }

    @Test
    void aProposalDropsItWhenItIsApplied() {
        assertThat(member.replica.proposeDropPrefix(15, member.outcomes::add)).isNull();
        member.settle();
        assertThat(member.store.log().base().index()).isPositive();
    }

    @Test
    void withoutABoundaryNothingIsDropped() {
        member.replica.dropLocalPrefix(2);
        member.settle();
        assertThat(member.store.log().base().index()).isZero();
        assertThat(member.machine.droppedBefore).isEmpty();
    }
}
