package io.vledger.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.HostBytes;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeConnection.Sent;
import io.vledger.testkit.fake.FakeRequest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class TransactionChecksTest extends TransactionRig {
    @Test
    void theProducerIsAskedAndItsAnswerCounts() {
        Half half = half("K", "pay");
        FakeConnection gone = new FakeConnection(1);
        FakeConnection producer = new FakeConnection(2);
        heartbeat(gone);
        gone.close();
        pass(producer, 31_000);
        assertThat(checks(producer)).hasSize(1);
        Sent check = checks(producer).get(0);
        assertThat(check.fields())
                .containsEntry("tranStateTableOffset", "1")
                .containsEntry("msgId", "K")
                .containsEntry("transactionId", "K")
                .containsEntry("bname", "broker-a");
        assertThat(check.body()).contains("pay").contains("TRANSACTION_CHECK_TIMES\u00011\u0002");
        Half asked = new Half(
                "K", 1, Long.parseLong(Objects.requireNonNull(check.fields().get("commitLogOffset"))));
        assertThat(asked.position()).isNotEqualTo(half.position());
        assertThat(broker.call(end(asked, COMMIT).with("fromTransactionCheck", true))
                        .replyCode())
                .isZero();
        assertThat(in("T", 1)).hasSize(1);
        assertThat(in("T", 1).get(0).properties())
                .containsEntry("TRANSACTION_CHECK_TIMES", "1")
                .doesNotContainKey("TRAN_PREPARED_QUEUE_OFFSET");
        pass(producer, 61_000);
        assertThat(checks(producer)).hasSize(1);
    }

    @Test
    void aProducerThatIsConnectedToAnotherMemberIsAsked() throws Exception {
        FakeConnection producer = new FakeConnection(2);
        try (TestBroker other = TestBroker.follower("n1", "127.0.0.1:10912", broker)) {
            half("K", "pay");
            broker.group().advance(31_000);
            assertThat(checks(producer)).isEmpty();
            other.call(new FakeRequest(RequestCode.HEART_BEAT)
                    .on(producer)
                    .body("{\"clientID\":\"c\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
            broker.group().advance(31_000);
            assertThat(checks(producer)).hasSize(1);
            assertThat(checks(producer).get(0).body()).contains("pay");
            assertThat(checks(producer).get(0).fields())
                    .containsEntry("tranStateTableOffset", "2")
                    .doesNotContainKeys("vledgerMember", "vledgerCall");
        }
    }

    @Test
    void aCheckFromSomebodyWhoIsNoMemberDoesNotReachAProducer() throws Exception {
        FakeConnection producer = new FakeConnection(2);
        try (TestBroker other = TestBroker.follower("n1", "127.0.0.1:10912", broker)) {
            half("K", "pay");
            other.call(new FakeRequest(RequestCode.HEART_BEAT)
                    .on(producer)
                    .body("{\"clientID\":\"c\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
            List<FakeRequest> calls = new ArrayList<>();
            broker.members().put("127.0.0.1:10912", request -> {
                calls.add(request);
                request.reply(ResponseCode.CONSUMER_NOT_ONLINE, null);
                return request;
            });
            broker.group().advance(31_000);
            FakeRequest genuine = calls.get(0);
            String number = genuine.fields().requiredText("vledgerCall");
            for (Map<String, String> claim : List.of(
                    Map.<String, String>of(),
                    Map.of("vledgerMember", "n0"),
                    Map.of("vledgerMember", "n0", "vledgerCall", "0".repeat(32)),
                    Map.of("vledgerMember", "n0", "vledgerCall", "x"),
                    Map.of("vledgerMember", "n1", "vledgerCall", number),
                    Map.of("vledgerMember", "n9", "vledgerCall", number),
                    // The call is over.
                    Map.of("vledgerMember", "n0", "vledgerCall", number))) {
                FakeRequest forged =
                        new FakeRequest(RequestCode.CHECK_TRANSACTION_STATE).body(ByteBufUtil.getBytes(genuine.body()));
                claim.forEach(forged::with);
                assertThat(other.call(forged).replyCode())
                        .as("%s", claim)
                        .isEqualTo(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
            }
            assertThat(producer.sent()).noneMatch(sent -> sent.code() == RequestCode.CHECK_TRANSACTION_STATE);
        }
    }

    @Test
    void aDecisionAboutAnEarlierPlaceCountsOnceToo() {
        Half half = half("K", "pay");
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 61_000);
        assertThat(checks(producer)).hasSize(2);
        Half second = new Half(
                "K",
                1,
                Long.parseLong(
                        Objects.requireNonNull(checks(producer).get(0).fields().get("commitLogOffset"))));
        assertThat(openHalves()).isEqualTo(1);
        assertThat(ended(second, COMMIT)).isZero();
        assertThat(ended(half, COMMIT)).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(in("T", 1)).hasSize(1);

        Half late = half("L", "late");
        pass(producer, 31_000);
        assertThat(ended(late, ROLLBACK)).isZero();
        assertThat(openHalves()).isZero();
        pass(producer, 31_000);
        assertThat(checks(producer)).hasSize(3);
    }

    @Test
    void whatIsCheckedTooOftenGoesToATopicOfItsOwn() {
        broker = closeAnd(TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .transactions(new GroupConfig.Transactions(false, 6_000, 3, 10_000))
                .build()));
        broker.topic("T", 2);
        Half half = half("K", "pay");
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 45_000);
        assertThat(checks(producer)).hasSize(3);
        assertThat(openHalves()).isZero();
        assertThat(in("T", 1)).isEmpty();
        Message given = in(TopicNames.TRANS_CHECK_MAX_TIME, 0).get(0);
        assertThat(given.body()).isEqualTo("pay");
        assertThat(given.properties()).containsEntry("TRANSACTION_CHECK_TIMES", "3");
        assertThat(ended(half, COMMIT)).isEqualTo(ResponseCode.SYSTEM_ERROR);
    }

    @Test
    void aToolHasAHalfMessageCheckedAnewThatWasGivenUp() {
        Half half = half("K", "pay");
        broker.group().advance(16 * 30_000);
        assertThat(openHalves()).isZero();
        Message given = in(TopicNames.TRANS_CHECK_MAX_TIME, 0).get(0);
        String id = new OffsetMessageId(HostBytes.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10911)))
                .at(given.position())
                .toString();
        FakeConnection producer = new FakeConnection(2);
        assertThat(resumed(id)).isZero();
        assertThat(openHalves()).isEqualTo(1);
        assertThat(resumed(id)).isEqualTo(ResponseCode.SYSTEM_ERROR);
        pass(producer, 31_000);
        assertThat(checks(producer)).hasSize(1);
        assertThat(ended(half, COMMIT)).isZero();
        assertThat(in("T", 1)).hasSize(1);

        broker.call(broker.send("T", 0, "plain"));
        String plain = new OffsetMessageId(HostBytes.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10911)))
                .at(in("T", 0).get(0).position())
                .toString();
        assertThat(resumed(plain)).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(resumed("no id")).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(openHalves()).isZero();
    }

    private int resumed(String id) {
        return broker.call(new FakeRequest(RequestCode.RESUME_CHECK_HALF_MESSAGE).with("msgId", id))
                .replyCode();
    }

    @Test
    void immunityHoldsChecksBackAndThenTheProducersOwnDecision() {
        Half half = half("K", "pay", "CHECK_IMMUNITY_TIME_IN_SECONDS", "60");
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 31_000);
        assertThat(checks(producer)).isEmpty();
        pass(producer, 60_000);
        assertThat(checks(producer)).hasSize(1);
        assertThat(ended(half, COMMIT)).isEqualTo(ResponseCode.ILLEGAL_OPERATION);
        assertThat(openHalves()).isEqualTo(1);
        assertThat(broker.call(end(half, COMMIT).with("fromTransactionCheck", true))
                        .replyCode())
                .isZero();
        assertThat(in("T", 1)).hasSize(1);
    }

    @Test
    void anImmuneHalfMessageMovesOutOfAnOldFileAndItsFirstPlaceStillCounts() {
        Half half = half("K", "pay", "CHECK_IMMUNITY_TIME_IN_SECONDS", "3600");
        while (broker.store().log().segments().size() < 2) {
            broker.call(broker.send("T", 0, "x".repeat(60_000)));
        }
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 100_000);
        assertThat(checks(producer)).isEmpty();
        assertThat(in(TopicNames.HALF, 0)).hasSize(2);
        assertThat(in(TopicNames.HALF, 0).get(1).properties()).doesNotContainKey("TRANSACTION_CHECK_TIMES");
        pass(producer, 100_000);
        assertThat(in(TopicNames.HALF, 0)).hasSize(2);
        assertThat(ended(half, COMMIT)).isZero();
        assertThat(in("T", 1)).hasSize(1);
        assertThat(openHalves()).isZero();
    }

    @Test
    void whatAToolSetsCountsFromTheNextCheckOn() {
        half("K", "pay");
        assertThat(broker.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG)
                                .body("transactionCheckMax=1\nrejectTransactionMessage=true"))
                        .replyCode())
                .isZero();
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 31_000);
        assertThat(checks(producer)).hasSize(1);
        pass(producer, 31_000);
        assertThat(openHalves()).isZero();
        assertThat(in(TopicNames.TRANS_CHECK_MAX_TIME, 0)).hasSize(1);
        assertThat(broker.call(sendHalf("L", "no")).replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
    }

    @Test
    void aNewLeaderChecksOn() {
        half("K", "pay");
        broker.group().follow();
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 60_000);
        assertThat(checks(producer)).isEmpty();
        broker.group().lead();
        pass(producer, 31_000);
        assertThat(checks(producer)).hasSize(1);
    }

    @Test
    void toolsSeeHowFarHalfMessagesAreSettled() {
        Half first = half("K", "pay");
        half("L", "other", "CHECK_IMMUNITY_TIME_IN_SECONDS", "3600");
        Half third = half("M", "third");
        ended(first, COMMIT);
        ended(third, ROLLBACK);
        broker.group().advance(31_000);
        assertThat(progress(TopicNames.HALF)).isEqualTo(1);
        assertThat(progress(TopicNames.OP_HALF)).isZero();
        ended(new Half("L", 1, positionOf(1)), COMMIT);
        broker.group().advance(31_000);
        assertThat(progress(TopicNames.HALF)).isEqualTo(3);
        assertThat(progress(TopicNames.OP_HALF)).isEqualTo(3);
    }

    @Test
    void aTopicThatIsGoneKeepsTheHalfMessageUntilItIsGivenUp() {
        Half half = half("K", "pay");
        broker.parts().metadata().deleteTopic("T", refusal -> {});
        broker.group().settle();
        assertThat(ended(half, COMMIT)).isEqualTo(ResponseCode.TOPIC_NOT_EXIST);
        assertThat(openHalves()).isEqualTo(1);
        broker.group().advance(16 * 30_000);
        assertThat(openHalves()).isZero();
        assertThat(in(TopicNames.TRANS_CHECK_MAX_TIME, 0)).hasSize(1);
    }

    private long positionOf(int queueOffset) {
        return in(TopicNames.HALF, 0).get(queueOffset).position();
    }

    private long progress(String topic) {
        return broker.call(new FakeRequest(RequestCode.QUERY_CONSUMER_OFFSET)
                        .with("consumerGroup", "CID_RMQ_SYS_TRANS")
                        .with("topic", topic)
                        .with("queueId", 0)
                        .with("setZeroIfNotFound", true))
                .replyNumber("offset");
    }
}
