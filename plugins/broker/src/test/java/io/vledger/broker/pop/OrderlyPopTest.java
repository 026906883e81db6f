package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
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
}
