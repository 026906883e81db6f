package io.vledger.broker.timer;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.group.Refusal;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DelayDeliveryTest {
    private final TestBroker broker = TestBroker.leader();

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private List<Message> pulled(String topic, int queueId) {
        FakeRequest pull = broker.call(broker.pull(topic, queueId, 0).with("maxMsgNums", 500));
        return TestBroker.messages(pull.replyBody());
    }

    @Test
    void aDelayedMessageComesWhenItIsDueToItsOwnQueue() {
        FakeRequest send = broker.call(broker.send("T", 2, "later", "DELAY", "2", "UNIQ_KEY", "K"));
        assertThat(send.replyCode()).isZero();
        broker.group().advance(4_800);
        assertThat(pulled("T", 2)).isEmpty();
        broker.group().advance(400);
        Message message = pulled("T", 2).get(0);
        assertThat(message.body()).isEqualTo("later");
        assertThat(message.queueOffset()).isZero();
        assertThat(message.properties())
                .containsEntry("UNIQ_KEY", "K")
                .containsEntry("REAL_TOPIC", "T")
                .containsEntry("REAL_QID", "2")
                .doesNotContainKey("DELAY");
        assertThat(broker.state().schedule().next(2)).isEqualTo(1);
        broker.group().advance(60_000);
        assertThat(pulled("T", 2)).hasSize(1);
    }

    @Test
    void aLevelIsServedAtTheMomentItsHeadIsDue() {
        broker.call(broker.send("T", 0, "x", "DELAY", "1"));
        broker.group().advance(400);
        broker.call(broker.send("T", 0, "y", "DELAY", "1"));
        broker.group().advance(599);
        assertThat(pulled("T", 0)).isEmpty();
        broker.group().advance(1);
        assertThat(pulled("T", 0)).hasSize(1);
        broker.group().advance(399);
        assertThat(pulled("T", 0)).hasSize(1);
        broker.group().advance(1);
        assertThat(pulled("T", 0)).hasSize(2);
    }

    @Test
    void manyMessagesShareAnEntry() {
        broker.call(broker.send("T", 0, "now"));
        for (int i = 0; i < 1_200; i++) {
            broker.begin(broker.send("T", i % 4, "m" + i, "DELAY", "1"));
        }
        broker.group().settle();
        int before = broker.group().applied().size();
        broker.group().advance(1_001);
        assertThat(broker.state().schedule().next(1)).isEqualTo(1_200);
        assertThat(broker.group().applied().size() - before).isBetween(1, 10);
    }

    @Test
    void whatIsRefusedWhenItIsDueIsDeliveredOnceItIsTaken() {
        broker.call(broker.send("T", 0, "x", "DELAY", "1"));
        broker.group().refuse(Refusal.BUSY);
        broker.group().advance(3_000);
        assertThat(pulled("T", 0)).isEmpty();
        broker.group().refuse(null);
        broker.group().advance(100);
        assertThat(pulled("T", 0)).hasSize(1);
        broker.group().advance(5_000);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void whatAnEarlierLeaderProposedIsNotDeliveredAgainIfItIsCommitted() {
        for (int i = 0; i < 1_200; i++) {
            broker.begin(broker.send("T", 0, "m" + i, "DELAY", "1"));
        }
        broker.group().settle();
        broker.group().hold();
        broker.group().advance(1_100);
        assertThat(broker.group().pendingEntries()).isPositive();
        broker.group().follow();
        broker.group().advance(1_000);
        broker.group().lead();
        broker.group().commitHeld();
        broker.group().advance(1_000);
        assertThat(broker.state().schedule().next(1)).isEqualTo(1_200);
        assertThat(requireNonNull(requireNonNull(broker.state().topics().find("T"))
                                .queue(0))
                        .maxOffset())
                .isEqualTo(1_200);
    }

    @Test
    void manyAreDeliveredInOrderWithoutWaitingForEachOther() {
        broker.call(broker.send("T", 0, "now"));
        for (int i = 0; i < 100; i++) {
            broker.begin(broker.send("T", 0, "m" + i, "DELAY", "1"));
        }
        broker.group().settle();
        broker.group().advance(1_300);
        List<Message> messages = pulled("T", 0);
        assertThat(messages).hasSize(101);
        for (int i = 0; i < 100; i++) {
            assertThat(messages.get(i + 1).body()).isEqualTo("m" + i);
        }
    }

    @Test
    void aLevelAboveTheLastIsTheLast() {
        broker.call(broker.send("T", 0, "x", "DELAY", "99"));
        broker.group().advance(59_000);
        assertThat(pulled("T", 0)).isEmpty();
        broker.group().advance(2_000);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void aFollowerDeliversNothing() {
        broker.call(broker.send("T", 0, "x", "DELAY", "1"));
        broker.group().follow();
        broker.group().advance(10_000);
        assertThat(pulled("T", 0)).isEmpty();
        broker.group().lead();
        broker.group().advance(500);
        assertThat(pulled("T", 0)).hasSize(1);
    }

    @Test
    void messagesOfADeletedTopicAreSkippedAndBlockNoOthers() {
        broker.call(broker.send("Gone", 0, "x", "DELAY", "1"));
        broker.call(broker.send("T", 0, "y", "DELAY", "1"));
        broker.parts().metadata().deleteTopic("Gone", refusal -> {});
        broker.group().advance(2_000);
        assertThat(pulled("T", 0)).hasSize(1);
        assertThat(broker.state().topics().find("Gone")).isNull();
        assertThat(broker.state().schedule().next(1)).isEqualTo(2);
    }

    @Test
    void levelsAreReadOrNamed() {
        DelayLevels levels = DelayLevels.parse("1s 5m  2h 1d");
        assertThat(levels.count()).isEqualTo(4);
        assertThat(levels.delayMs(1)).isEqualTo(1_000);
        assertThat(levels.delayMs(4)).isEqualTo(86_400_000);
        for (String wrong : List.of("", "5", "s", "1s x", "-1s", "1.5h", "99999999999s")) {
            assertThatThrownBy(() -> DelayLevels.parse(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("messageDelayLevel");
        }
    }
}
