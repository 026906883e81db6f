package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.api.origin.InitialState;
import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OrderlyPopTest {
    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);

    @BeforeEach
    void messages() {
        broker.topic(TOPIC, 1);
        for (int i = 0; i < 4; i++) {
            broker.call(broker.send(TOPIC, 0, "m" + i));
        }
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static List<String> bodies(List<Popped> messages) {
        return messages.stream().map(Popped::body).toList();
    }

    @Test
    void aQueueIsLockedUntilAllItsMessagesAreAcknowledged() {
        List<Popped> first = client.popInOrder(2, 10_000, "a1");
        assertThat(bodies(first)).containsExactly("m0", "m1");
        assertThat(first.get(0).receipt()).contains(" 999 ");
        assertThat(client.popInOrder(2, 10_000, "a2")).isEmpty();
        FakeRequest waiting = broker.call(
                client.popRequest(-1, 1, 10_000, 15_000).with("order", true).with("attemptId", "a3"));

        assertThat(client.ack(first.get(0))).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(1);
        assertThat(waiting.replied()).isFalse();
        assertThat(client.ack(first.get(1))).isZero();
        assertThat(bodies(PopClient.read(waiting))).containsExactly("m2");
        assertThat(client.consumerOffset(0)).isEqualTo(2);
        assertThat(client.ack(first.get(0))).as("a repeated acknowledgement").isZero();
    }

    @Test
    void whatWasAcknowledgedBehindAGapComesBackInOrderWithIt() {
        List<Popped> first = client.popInOrder(3, 10_000, "a1");
        assertThat(client.ack(first.get(0))).isZero();
        assertThat(broker.call(client.changeRequest(first.get(1), 1_000)).replyCode())
                .isZero();
        assertThat(client.ack(first.get(2))).isZero();
        assertThat(client.popInOrder(3, 10_000, "a2")).isEmpty();
        broker.group().advance(1_100);
        assertThat(bodies(client.popInOrder(3, 10_000, "a3"))).containsExactly("m1", "m2", "m3");
    }

    @Test
    void anAttemptThatIsRepeatedGetsTheSameMessagesAndCountsOnce() {
        client.popInOrder(2, 10_000, "a1");
        List<Popped> same = client.popInOrder(2, 10_000, "a1");
        assertThat(bodies(same)).containsExactly("m0", "m1");
        broker.group().advance(10_100);
        FakeRequest other = broker.call(
                client.popRequest(-1, 2, 10_000, 0).with("order", true).with("attemptId", "a2"));
        assertThat(bodies(PopClient.read(other))).containsExactly("m0", "m1");
        assertThat(other.replyField("orderCountInfo")).isEqualTo("0 qo0%0 1;0 qo0%1 1;0 0 1");
        assertThat(client.ack(same.get(0))).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
    }

    @Test
    void aWaitingPopGetsTheMessagesWhenTheirTimeIsOver() {
        List<Popped> first = client.popInOrder(1, 5_000, "a1");
        FakeRequest waiting = broker.call(
                client.popRequest(-1, 1, 10_000, 15_000).with("order", true).with("attemptId", "a2"));
        FakeRequest longer = broker.call(client.changeRequest(first.get(0), 8_000));
        assertThat(longer.replyCode()).isZero();
        broker.group().advance(7_900);
        assertThat(waiting.replied()).isFalse();
        broker.group().advance(300);
        assertThat(bodies(PopClient.read(waiting))).containsExactly("m0");
    }

    @Test
    void aLockSurvivesAChangeOfLeader() {
        List<Popped> first = client.popInOrder(1, 60_000, "a1");
        byte[] snapshot = broker.snapshot();
        broker.group().follow();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        broker.group().lead();
        assertThat(client.popInOrder(1, 10_000, "a2")).isEmpty();
        assertThat(client.ack(first.get(0))).isZero();
        assertThat(bodies(client.popInOrder(1, 10_000, "a2"))).containsExactly("m1");
    }

    @Test
    void aQueueWithoutAnythingInFlightKeepsNoNewLeaderFromEndingInvisibleTimes() {
        client.popInOrder(4, 60_000, "a1")
                .forEach(message -> assertThat(client.ack(message)).isZero());
        broker.call(broker.send(TOPIC, 0, "late"));
        FakeRequest other = broker.call(client.popRequest(-1, 32, 10_000, 0).with("consumerGroup", "others"));
        assertThat(bodies(PopClient.read(other))).hasSize(5);
        broker.group().follow();
        broker.group().advance(10_200); // what this member waited for as leader before is over
        broker.group().lead();
        broker.group().advance(200);
        FakeRequest again = broker.call(client.popRequest(-1, 32, 10_000, 0).with("consumerGroup", "others"));
        assertThat(bodies(PopClient.read(again))).hasSize(5);
    }

    @Test
    void anUnlockedQueueTakesNoReceipts() {
        FakeRequest forged = client.ackRequest(new Popped("", 0, 2, 0, "0 1 2 999 0 broker-a 0 2", TOPIC));
        assertThat(broker.call(forged).replyCode()).isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
        assertThat(client.consumerOffset(0)).isEqualTo(-1);
    }

    /** The row of queue 0 is what RocketMQ 5.5.0 writes after a pop of three messages, an acknowledgement of the first, and a change of the last. */
    @Test
    void whatAnEarlierBrokerGaveOutInOrderStaysGivenOut() throws Exception {
        String topic = "{\"topicName\":\"" + TOPIC + "\",\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}";
        String group =
                "{\"groupName\":\"" + PopClient.GROUP + "\",\"popOrder\":{\"" + TOPIC + "\":{0:{\"a\":\"a1\",\"cm\":1,"
                        + "\"i\":60000,\"l\":1700000000000,\"o\":[0,1,2],\"oc\":{0:1,1:1},\"ot\":{2:1700000030000},\"popTime\":1700000000000},7777777:{}},"
                        + "\"other\":{0:{\"o\":[5,-9]},1:{\"o\":[\"x\"],\"popTime\":9,\"i\":1}}}}";
        InitialState knew = new InitialState(
                List.of(new InitialState.OriginTopic(TOPIC, topic, 1, List.of(0L))),
                List.of(new InitialState.OriginGroup(PopClient.GROUP, group)),
                List.of(new InitialState.OriginProgress(PopClient.GROUP, TOPIC, List.of(1L))),
                Map.of());
        try (TestBroker after = TestBroker.after(new FakeOrigin(16 << 20, knew, List.of()))) {
            PopClient popper = new PopClient(after);
            after.group().advance(1_700_000_001_000L - after.group().nowMs());
            after.group().lead();
            for (int i = 0; i < 4; i++) {
                after.call(after.send(TOPIC, 0, "m" + i));
            }
            byte[] snapshot = after.snapshot();
            after.state().restore(Unpooled.wrappedBuffer(snapshot));
            assertThat(after.snapshot()).isEqualTo(snapshot);

            assertThat(popper.popInOrder(3, 60_000, "a2")).isEmpty();
            assertThat(popper.ack(new Popped("m1", 0, 1, 0, "1 1700000000000 60000 999 0 broker-a 0 1", TOPIC)))
                    .isZero();
            assertThat(popper.consumerOffset(0)).isEqualTo(2);
            after.group().advance(28_900);
            assertThat(popper.popInOrder(3, 60_000, "a2")).isEmpty();
            after.group().advance(200);
            FakeRequest next = after.call(
                    popper.popRequest(-1, 3, 60_000, 0).with("order", true).with("attemptId", "a2"));
            assertThat(bodies(PopClient.read(next))).containsExactly("m2", "m3");
            assertThat(next.replyField("orderCountInfo")).isEqualTo("0 qo0%2 1;0 0 0");
        }
    }
}
