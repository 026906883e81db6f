package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.metrics.MetricSink;
import io.vledger.testkit.SimDisk;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A committed entry contradicts the state of a member. */
class ContradictionsTest {
    private static final long TERM = 5;

    private final SimDisk disk = new SimDisk();
    private final MemberOfThree group;

    ContradictionsTest() throws Exception {
        group = new MemberOfThree(disk);
    }

    /** n1 leads, and has entries 1 to 3 committed, of which the second contradicts. */
    private void contradict() {
        group.member.machine.contradicting.add(2L);
        group.append("n1", TERM, 0, MemberOfThree.batch(1, 3, TERM, 0));
        group.member.settle();
        group.heartbeat("n1", TERM, 3);
        group.member.settle();
    }

    private Map<String, Double> metrics() {
        Map<String, Double> values = new TreeMap<>();
        group.replica().collect("cluster", new MetricSink() {
            @Override
            public void counter(String name, String help, Map<String, String> labels, double value) {
                values.put(name + " " + labels.getOrDefault("reason", ""), value);
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
        return values;
    }

    @Test
    void nothingMoreOfItsLeaderIsTakenInThatTerm() throws Exception {
        contradict();
        assertThat(group.member.machine.applied).containsExactly(1L);
        assertThat(group.replica().status().role()).isNotEqualTo(GroupRole.FAILED);
        assertThat(group.closed).isEmpty();
        long end = group.member.store.log().endPosition();
        for (int i = 0; i < 3; i++) {
            group.append("n1", TERM, TERM, MemberOfThree.batch(4, 1, TERM, end));
            group.member.settle();
        }
        assertThat(group.member.store.log().lastIndex()).isEqualTo(3);
        assertThat(group.closed).containsExactly("n1", "n1", "n1");
        assertThat(metrics()).containsEntry("rocketmq_raft_refused_messages_total contradicts", 3.0);
        group.member.pass(60);
        assertThat(group.replica().status().reason())
                .startsWith("entry 2 of kind 16, by the leader of term 5, contradicts the state: there cannot be a 2.")
                .contains("move its directory of the group away");
    }

    @Test
    void underTheNextLeaderItIsLeftOutAndTheRestIsApplied() throws Exception {
        contradict();
        group.heartbeat("n2", TERM + 1, 0);
        group.member.settle();
        assertThat(group.member.machine.applied).containsExactly(1L, 3L);
        group.member.pass(1_000);
        assertThat(group.replica().status().problems()).hasSize(1);
        assertThat(metrics()).containsEntry("rocketmq_raft_left_out_total ", 1.0);
        assertThat(group.replica().status().problems().get(0))
                .startsWith("1 parts of entries contradicted the state and were left out, last entry 2 of kind 16");
    }

    @Test
    void theMiddleOfAnEntryIsNoCheckpoint() throws Exception {
        contradict();
        group.replica().stop();
        group.member.settle();
        assertThat(new LoneMember(disk, MemberOfThree.settings().build()).machine.applied)
                .isEmpty();
    }

    @Test
    void aLeaderWhoseOwnEntryContradictsStopsAndAcknowledgesNothing() throws Exception {
        SimDisk own = new SimDisk();
        LoneMember member = new LoneMember(own).lead();
        member.machine.contradicting.add(7L);
        member.propose(7);
        member.settle();
        assertThat(member.outcomes).containsExactly(Refusal.UNKNOWN);
        assertThat(member.replica.status().role()).isEqualTo(GroupRole.FAILED);
        assertThat(member.replica.status().reason()).contains("there cannot be a 7");

        LoneMember next = new LoneMember(own);
        next.machine.contradicting.add(7L);
        next.lead().propose(8);
        next.settle();
        assertThat(next.machine.applied).containsExactly(8L);
        assertThat(next.machine.leftOut()).isEqualTo(1);
        assertThat(next.outcomes).as("of 8").hasSize(1).containsOnlyNulls();
    }
}
