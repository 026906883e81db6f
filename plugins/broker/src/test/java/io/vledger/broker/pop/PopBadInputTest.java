package io.vledger.broker.pop;

import static io.vledger.broker.pop.PopClient.GROUP;
import static io.vledger.broker.pop.PopClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.pop.PopClient.Popped;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.testkit.fake.FakeRequest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no client sends is answered with an error code, and disturbs nothing that is in flight. */
class PopBadInputTest {
    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);
    private Popped message = new Popped("", 0, 0, 0, "", TOPIC);
    private byte[] before = {};

    @BeforeEach
    void oneInFlight() {
        broker.topic(TOPIC, 2);
        broker.topic("others", 1);
        broker.call(broker.send(TOPIC, 0, "m0"));
        broker.call(broker.send("others", 0, "o0"));
        message = client.pop(1, 60_000).get(0);
        before = broker.snapshot();
    }

    @AfterEach
    void close() throws Exception {
        assertThat(broker.group().callbackFailures()).isEmpty();
        broker.close();
    }

    private void isRefused(FakeRequest request) {
        FakeRequest answer = broker.call(request);
        assertThat(answer.replied()).isTrue();
        assertThat(answer.replyCode()).as("%s", answer.replyRemark()).isNotZero();
        assertThat(broker.snapshot()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "0",
                "0 1 2 0 0 broker-a",
                "x 1 2 0 0 broker-a 0 0",
                "0 9223372036854775808 2 0 0 broker-a 0 0",
                "0 1 60000 0 0 broker-a 0 0",
                "-9223372036854775808 -9223372036854775808 -9223372036854775808 0 0 broker-a 0 0",
                "9223372036854775807 9223372036854775807 9223372036854775807 0 0 broker-a 0 0",
                "0 1 2 999 0 broker-a 0 0",
                "0 1 2 -1 77 broker-a 0 0",
                "0 1 2 0 0 broker-a 1 0",
                "0 1 2 0 0 broker-a 0 1"
            })
    void aForgedReceiptIsRefused(String receipt) {
        isRefused(client.ackRequest(message).with("extraInfo", receipt));
        isRefused(client.changeRequest(message, 1).with("extraInfo", receipt));
        assertThat(client.ack(message)).isZero();
    }

    @Test
    void aReceiptOfAMebibyteIsRefused() {
        String huge = message.receipt() + " " + "9".repeat(1 << 20);
        isRefused(client.ackRequest(message).with("extraInfo", huge));
        isRefused(client.changeRequest(message, 1).with("extraInfo", huge));
    }

    @Test
    void messagesOfOthersAreNotAcknowledged() {
        isRefused(client.ackRequest(message).with("consumerGroup", "strangers"));
        isRefused(client.changeRequest(message, 1).with("consumerGroup", "strangers"));
        isRefused(client.ackRequest(message).with("topic", "others"));
        isRefused(client.changeRequest(message, 1).with("topic", "others"));
        isRefused(client.ackRequest(message).with("queueId", 1));
        isRefused(client.ackRequest(message).with("queueId", Integer.MIN_VALUE));
        isRefused(client.ackRequest(message).with("offset", -1));
        isRefused(client.ackRequest(message).with("offset", Long.MAX_VALUE));
        isRefused(client.changeRequest(message, 1).with("offset", Long.MIN_VALUE));
        isRefused(batch("{\"b\":\"" + bits(1) + "\",\"c\":\"strangers\",\"t\":\"" + TOPIC + place() + "}"));
        isRefused(batch("{\"b\":\"" + bits(1) + "\",\"c\":\"" + GROUP + "\",\"t\":\"others" + place() + "}"));
        assertThat(client.ack(message)).isZero();
    }

    private String place() {
        String[] words = message.receipt().split(" ", -1);
        return "\",\"so\":" + words[0] + ",\"pt\":" + words[1] + ",\"it\":" + words[2]
                + ",\"q\":0,\"rq\":0,\"r\":\"0\"";
    }

    private static String bits(int bytes) {
        byte[] all = new byte[bytes];
        Arrays.fill(all, (byte) -1);
        return Base64.getEncoder().encodeToString(all);
    }

    private static FakeRequest batch(String... acks) {
        return new FakeRequest(RequestCode.BATCH_ACK_MESSAGE)
                .body("{\"acks\":[" + String.join(",", acks) + "],\"brokerName\":\"broker-a\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "{}",
                "{\"acks\":7}",
                "{\"acks\":[7]}",
                "{\"acks\":[null]}",
                "{\"acks\":[{}]}",
                "{\"acks\":[{\"b\":\"*\"}]}",
                "{\"acks\":[{\"b\":7,\"c\":[],\"t\":{}}]}",
                "{\"acks\":[{\"b\":\"AQ==\",\"q\":99999999999}]}",
                "{\"acks\":[{\"b\":\"AQ==\",\"q\":-1,\"so\":9223372036854775807}]}"
            })
    void aBatchThatIsNoneIsRefused(String body) {
        isRefused(new FakeRequest(RequestCode.BATCH_ACK_MESSAGE).body(body));
    }

    @Test
    void batchesThatAreTooLargeAreRefused() {
        isRefused(batch("{\"b\":\"" + bits(Flight.MAX_DISTANCE / Byte.SIZE + 1) + "\"}"));
        String[] many = new String[4097];
        Arrays.fill(many, "{\"b\":\"AQ==\"}");
        isRefused(batch(many));
        isRefused(new FakeRequest(RequestCode.BATCH_ACK_MESSAGE).body("[".repeat(100_000)));
        // The largest that is read: every bit is looked at, and none is of the flight but the first.
        FakeRequest largest = batch("{\"b\":\"" + bits(Flight.MAX_DISTANCE / Byte.SIZE) + "\",\"c\":\"" + GROUP
                + "\",\"t\":\"" + TOPIC + place() + "}");
        assertThat(broker.call(largest).replyCode()).isZero();
        assertThat(client.consumerOffset(0)).isEqualTo(1);
    }

    @Test
    void popsOfImpossibleSizesAreRefusedOrCut() {
        isRefused(client.popRequest(-1, Integer.MAX_VALUE, 1, 0));
        isRefused(client.popRequest(Integer.MAX_VALUE, 1, 1, 0));
        isRefused(client.popRequest(0, 1, 1, 0).with("exp", "a".repeat(1 << 20)).with("expType", "SQL92"));
        FakeRequest patient = broker.call(client.popRequest(0, 1, Long.MAX_VALUE, Long.MAX_VALUE));
        assertThat(patient.replied()).isFalse();
        broker.group().advance(26_000);
        assertThat(patient.replyCode()).isEqualTo(ResponseCode.POLLING_TIMEOUT);
        assertThat(broker.call(client.popRequest(Integer.MIN_VALUE, -5, Long.MIN_VALUE, Long.MIN_VALUE))
                        .replyCode())
                .isEqualTo(ResponseCode.POLLING_TIMEOUT);
    }

    @Test
    void timesBeyondTheEndOfTimeAreKeptAsTheyAre() {
        broker.call(broker.send(TOPIC, 1, "m1"));
        FakeRequest answer = broker.call(client.popRequest(1, 1, Long.MAX_VALUE, 0));
        Popped forever = PopClient.read(answer).get(0);
        Popped changed = client.change(message, Long.MAX_VALUE);
        broker.group().advance(3_600_000);
        assertThat(client.pop(32, 1_000)).isEmpty();
        assertThat(client.ack(forever)).isZero();
        assertThat(client.ack(changed)).isZero();
    }

    @Test
    void anAttemptIdOfAMebibyteCountsAsNone() {
        broker.call(broker.send(TOPIC, 1, "m1"));
        List<Popped> popped = client.popInOrder(1, 1_000, "a".repeat(1 << 20));
        assertThat(popped).hasSize(1);
        assertThat(broker.snapshot().length).isLessThan(before.length + 1_000);
    }

    @Test
    void popsThatWaitAreBounded() {
        FakeRequest last = client.popRequest(0, 1, 1_000, 15_000);
        for (int i = 0; i <= PopWaits.MAX_OF_QUEUE; i++) {
            broker.call(client.popRequest(0, 1, 1_000, 15_000));
        }
        assertThat(broker.call(last).replyCode()).isEqualTo(ResponseCode.POLLING_FULL);
    }

    @Test
    void aTopicThatIsForbiddenToAGroupIsNotPoppedByIt() {
        FakeRequest forbid = new FakeRequest(RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN)
                .with("group", GROUP)
                .with("topic", TOPIC)
                .with("readable", false);
        assertThat(broker.call(forbid).replyCode()).isZero();
        before = broker.snapshot();
        isRefused(client.popRequest(-1, 1, 1_000, 0));
        assertThat(broker.call(client.popRequest(-1, 1, 1_000, 0)).replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(client.ack(message)).as("what it has it may end").isZero();
    }
}
