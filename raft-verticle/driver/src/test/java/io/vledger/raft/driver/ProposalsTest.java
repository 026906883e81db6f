package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.group.EntryKind;
import io.vledger.api.group.Refusal;
import io.vledger.api.metrics.MetricSink;
import io.vledger.testkit.SimDisk;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProposalsTest {
    private static final int MAX_PENDING_BYTES = 8 << 10;

    private final LoneMember member;

    ProposalsTest() throws Exception {
        member = new LoneMember(
                new SimDisk(),
                LoneMember.settingsBuilder().maxPendingBytes(MAX_PENDING_BYTES).build());
    }

    @Test
    void aMemberThatDoesNotLeadRefuses() {
        assertThat(member.propose(1)).isEqualTo(Refusal.NOT_LEADER);
        member.lead();
        assertThat(member.propose(1)).isNull();
    }

    @Test
    void anEntryThatIsTooLargeIsRefused() {
        member.lead();
        assertThat(member.propose(1, 16 << 10, refusal -> {})).isNull();
        member.settle();
        assertThat(member.propose(1, (16 << 10) + 1, refusal -> {})).isEqualTo(Refusal.TOO_LARGE);
    }

    @Test
    void tooMuchThatIsNotAppliedIsRefusedUntilItIs() {
        member.lead();
        member.lane.held = true;
        int taken = 0;
        while (member.propose(taken, 1_000, refusal -> {}) == null) {
            taken++;
            member.settle();
        }
        assertThat(taken).isBetween(3, MAX_PENDING_BYTES / 1_000);
        assertThat(member.propose(0)).isEqualTo(Refusal.BUSY);
        member.lane.held = false;
        member.settle();
        assertThat(member.machine.applied).hasSize(taken);
        assertThat(member.propose(0)).isNull();
    }

    @Test
    void kindsOfRaftCannotBeProposed() {
        member.lead();
        assertThatThrownBy(
                        () -> member.replica.propose(EntryKind.NOOP, (short) 1, Unpooled.EMPTY_BUFFER, refusal -> {}))
                .hasMessage("kind 1 belongs to Raft");
    }

    @Test
    void proposalsGatherWhileTheDiskIsBusy() {
        member.lead();
        long before = member.replica.status().lastIndex();
        member.lane.held = true;
        for (long number = 1; number <= 5; number++) {
            member.propose(number);
            member.settle();
        }
        member.pass(50);
        assertThat(member.replica.status().lastIndex())
                .as("two writes are under way")
                .isEqualTo(before + 2);
        member.lane.held = false;
        member.settle();
        assertThat(member.machine.applied).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void eachRefusalIsCounted() {
        member.replica.refusal();
        member.replica.refusal();
        Map<String, Double> refusals = new HashMap<>();
        member.replica.collect("c", new MetricSink() {
            @Override
            public void counter(String name, String help, Map<String, String> labels, double value) {
                if (name.equals("rocketmq_raft_refused_proposals_total")) {
                    refusals.put(labels.get("reason"), value);
                }
            }

            @Override
            public void gauge(String name, String help, Map<String, String> labels, double value) {}

            @Override
            public void histogram(
                    String name,
                    String help,
                    Map<String, String> labels,
                    double[] upperBounds,
                    long[] counts,
                    double sum) {}
        });
        assertThat(refusals).containsEntry("not_leader", 2.0).containsEntry("busy", 0.0);
    }
}
