package io.vledger.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.testing.TestBroker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OffsetCoalescerTest {
    private final TestBroker broker = TestBroker.leader();
    private final OffsetCoalescer offsets = broker.parts().offsets();
    private final List<String> outcomes = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private long entries() {
        return broker.group().applied().stream()
                .filter(entry -> entry.kind() == BrokerEntry.CONSUMER_OFFSETS)
                .count();
    }

    private long find(int queueId) {
        return broker.state().offsets().find("g", "T", queueId);
    }

    @Test
    void manyOffsetsBecomeOneEntry() {
        for (int i = 1; i <= 50; i++) {
            offsets.offer("g", "T", i % 4, i);
        }
        broker.group().settle();
        assertThat(find(0)).isEqualTo(-1);
        broker.group().advance(100);
        assertThat(entries()).isEqualTo(1);
        assertThat(find(2)).isEqualTo(50);
        assertThat(find(1)).isEqualTo(49);
    }

    @Test
    void whatChangesNothingIsNotProposed() {
        offsets.offer("g", "T", 0, 5);
        broker.group().advance(100);
        offsets.offer("g", "T", 0, 5);
        broker.group().advance(1_000);
        assertThat(entries()).isEqualTo(1);
    }

    @Test
    void anExplicitCommitDoesNotWaitForTheInterval() {
        offsets.commit("g", "T", 0, 7, refusal -> outcomes.add(String.valueOf(refusal)));
        assertThat(outcomes).isEmpty();
        broker.group().settle();
        assertThat(outcomes).containsExactly("null");
        assertThat(find(0)).isEqualTo(7);
    }

    @Test
    void aLaterValueIsNeverOvertakenByAnEarlierOne() {
        offsets.commit("g", "T", 0, 9, refusal -> {});
        broker.group().settle();
        offsets.commit("g", "T", 0, 20, refusal -> {});
        offsets.commit("g", "T", 0, 9, refusal -> {});
        broker.group().settle();
        assertThat(find(0)).isEqualTo(9);
    }

    @Test
    void aBusyLeaderKeepsOffersAndAnswersTheRest() {
        offsets.offer("g", "T", 0, 3);
        broker.group().refuse(Refusal.BUSY);
        offsets.commit("g", "T", 1, 4, refusal -> outcomes.add(String.valueOf(refusal)));
        broker.group().settle();
        assertThat(outcomes).containsExactly("BUSY");
        broker.group().refuse(null);
        broker.group().advance(200);
        assertThat(find(0)).isEqualTo(3);
    }

    @Test
    void aFollowerTakesNothing() {
        broker.group().follow();
        offsets.offer("g", "T", 0, 3);
        offsets.commit("g", "T", 1, 4, refusal -> outcomes.add(String.valueOf(refusal)));
        broker.group().advance(1_000);
        assertThat(outcomes).containsExactly("NOT_LEADER");
        broker.group().lead();
        broker.group().advance(1_000);
        assertThat(find(0)).isEqualTo(-1);
    }

    @Test
    void deletingATopicForgetsItsOffsets() {
        broker.call(broker.send("T", 0, "x"));
        offsets.commit("g", "T", 0, 3, refusal -> {});
        broker.group().settle();
        broker.parts().metadata().deleteTopic("T", refusal -> {});
        broker.group().settle();
        assertThat(find(0)).isEqualTo(-1);
    }
}
