package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An acknowledgement whose answer was lost is repeated, and answered as RocketMQ answers it: like the first, while its time is not over. */
class RepeatedAckTest {
    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);

    @BeforeEach
    void messages() {
        broker.topic(TOPIC, 1);
        for (int i = 0; i < 3; i++) {
            assertThat(broker.call(broker.send(TOPIC, 0, "m" + i)).replyCode()).isZero();
        }
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    @Test
    void theReceiptOfAShorterTimeIsTakenTwice() {
        Popped first = client.pop(1, 60_000).get(0);
        Popped shorter = client.change(first, 10_000);
        assertThat(client.ack(shorter)).isZero();
        assertThat(client.ack(shorter)).isZero();
    }

    @Test
    void oneThatComesWhileTheFirstIsUnderWayIsAnsweredLikeIt() {
        List<Popped> popped = client.pop(3, 10_000);
        broker.group().hold();
        FakeRequest first = broker.call(client.ackRequest(popped.get(0)));
        FakeRequest second = broker.call(client.ackRequest(popped.get(0)));
        FakeRequest batch = broker.call(client.batchAckRequest(popped.subList(0, 1)));
        broker.group().commitHeld();
        assertThat(List.of(first.replyCode(), second.replyCode(), batch.replyCode()))
                .containsOnly(ResponseCode.SUCCESS);
    }
}
