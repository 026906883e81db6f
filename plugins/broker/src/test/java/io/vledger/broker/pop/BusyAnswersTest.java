package io.vledger.broker.pop;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.group.Refusal;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.fake.FakeRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of a group that takes no more: those of RocketMQ's brokers, so that 5.x clients try another queue. */
class BusyAnswersTest {
    private final TestBroker broker = TestBroker.leader();
    private final PopClient client = new PopClient(broker);

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private static FakeRequest lock() {
        return new FakeRequest(RequestCode.LOCK_BATCH_MQ)
                .body("{\"consumerGroup\":\"consumers\",\"clientId\":\"c\",\"mqSet\":[{\"topic\":\"orders\","
                        + "\"brokerName\":\"broker-a\",\"queueId\":0}]}");
    }

    private FakeRequest commit(FakeRequest half) {
        OffsetMessageId.Parsed place = requireNonNull(OffsetMessageId.parse(requireNonNull(half.replyField("msgId"))));
        return new FakeRequest(RequestCode.END_TRANSACTION)
                .with("producerGroup", "pg")
                .with("tranStateTableOffset", half.replyNumber("queueOffset"))
                .with("commitLogOffset", place.physicalOffset())
                .with("commitOrRollback", 8)
                .with("transactionId", "K");
    }

    @Test
    void eachRequestThatNeedsAnEntryIsAnsweredBusyAndMayBeRepeated() {
        for (int i = 0; i < 4; i++) {
            assertThat(broker.call(broker.send(PopClient.TOPIC, 0, "m" + i)).replyCode())
                    .isZero();
        }
        FakeRequest half =
                broker.call(broker.send(PopClient.TOPIC, 1, "half", "TRAN_MSG", "true", "PGROUP", "pg", "UNIQ_KEY", "K")
                        .with("f", 4));
        assertThat(half.replyCode()).isZero();
        List<PopClient.Popped> popped = client.pop(3, 60_000);
        Map<String, Supplier<FakeRequest>> requests = new LinkedHashMap<>();
        requests.put("send", () -> broker.send(PopClient.TOPIC, 0, "busy"));
        requests.put("first send to a topic", () -> broker.send("fresh", 0, "busy"));
        requests.put("commit of a transaction", () -> commit(half));
        requests.put("pop", () -> client.popRequest(-1, 1, 60_000, 0));
        requests.put("acknowledgement", () -> client.ackRequest(popped.get(0)));
        requests.put("invisible time", () -> client.changeRequest(popped.get(1), 30_000));
        requests.put("batch of acknowledgements", () -> client.batchAckRequest(List.of(popped.get(2))));
        requests.put("lock", BusyAnswersTest::lock);
        requests.put("group", () -> new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP)
                .body("{\"groupName\":\"another\"}"));

        broker.group().refuse(Refusal.BUSY);
        requests.forEach((name, request) -> {
            FakeRequest answered = broker.call(request.get());
            assertThat(answered.replyCode()).as(name).isEqualTo(ResponseCode.SYSTEM_BUSY);
            assertThat(answered.replyRemark())
                    .as(name)
                    .isEqualTo("[REJECTREQUEST]system busy, start flow control for a while");
        });

        broker.group().refuse(null);
        requests.forEach((name, request) ->
                assertThat(broker.call(request.get()).replyCode()).as(name).isZero());
    }
}
