package io.vledger.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeConnection.Sent;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionsTest {
    private static final int COMMIT = 8;
    private static final int ROLLBACK = 12;

    private TestBroker broker;

    @BeforeEach
    void open() {
        broker = TestBroker.leader();
        broker.topic("T", 2);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    /** A half message as its producer knows it. */
    private record Half(String key, long queueOffset, long position) {}

    private Half half(String key, String body, String... more) {
        FakeRequest sent = broker.call(sendHalf(key, body, more));
        assertThat(sent.replyCode()).as(sent.replyRemark()).isZero();
        assertThat(sent.replyField("transactionId")).isEqualTo(key);
        assertThat(sent.replyNumber("queueId")).isEqualTo(1);
        OffsetMessageId.Parsed id =
                Objects.requireNonNull(OffsetMessageId.parse(Objects.requireNonNull(sent.replyField("msgId"))));
        return new Half(key, sent.replyNumber("queueOffset"), id.physicalOffset());
    }

    private FakeRequest sendHalf(String key, String body, String... more) {
        String[] properties = {"TRAN_MSG", "true", "PGROUP", "pg", "UNIQ_KEY", key, "TAGS", "a"};
        int base = properties.length;
        String[] all = java.util.Arrays.copyOf(properties, base + more.length);
        System.arraycopy(more, 0, all, base, more.length);
        return broker.send("T", 1, body, all);
    }

    private static FakeRequest end(Half half, int decision) {
        return new FakeRequest(RequestCode.END_TRANSACTION)
                .with("topic", "T")
                .with("producerGroup", "pg")
                .with("tranStateTableOffset", half.queueOffset)
                .with("commitLogOffset", half.position)
                .with("commitOrRollback", decision)
                .with("fromTransactionCheck", false)
                .with("msgId", half.key)
                .with("transactionId", half.key);
    }

    private int ended(Half half, int decision) {
        return broker.call(end(half, decision)).replyCode();
    }

    private List<Message> in(String topic, int queueId) {
        return TestBroker.messages(broker.call(broker.pull(topic, queueId, 0)).replyBody());
    }

    private int openHalves() {
        return broker.state().part(Transactions.class).openCount();
    }

    private void heartbeat(FakeConnection producer) {
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(producer)
                .body("{\"clientID\":\"client-" + producer.remote().getPort()
                        + "\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
    }

    private static List<Sent> checks(FakeConnection producer) {
        return producer.sent().stream()
                .filter(sent -> sent.code() == RequestCode.CHECK_TRANSACTION_STATE)
                .toList();
    }

    /** Time passes, and the producer is heard of. */
    private void pass(FakeConnection producer, long ms) {
        for (long passed = 0; passed < ms; passed += 10_000) {
            heartbeat(producer);
            broker.group().advance(Math.min(10_000, ms - passed));
        }
    }

    @Test
    void aHalfMessageIsNotSeenBeforeItIsCommitted() {
        Half half = half("K", "pay");
        assertThat(in("T", 1)).isEmpty();
        Message stored = in(TopicNames.HALF, 0).get(0);
        assertThat(stored.position()).isEqualTo(half.position);
        assertThat(stored.properties())
                .containsEntry("REAL_TOPIC", "T")
                .containsEntry("REAL_QID", "1")
                .containsEntry("__transactionId__", "K")
                .containsEntry("TRAN_MSG", "true");

        assertThat(ended(half, COMMIT)).isZero();
        List<Message> committed = in("T", 1);
        assertThat(committed).hasSize(1);
        assertThat(committed.get(0).body()).isEqualTo("pay");
        assertThat(committed.get(0).properties())
                .containsAllEntriesOf(stored.properties())
                .doesNotContainKey("TRAN_PREPARED_QUEUE_OFFSET");
        Message op = in(TopicNames.OP_HALF, 0).get(0);
        assertThat(op.body()).isEqualTo("0,");
        assertThat(op.properties()).containsEntry("TAGS", "d");
        assertThat(openHalves()).isZero();
    }

    @Test
    void aRolledBackMessageIsNeverSeen() {
        assertThat(ended(half("K", "pay"), ROLLBACK)).isZero();
        assertThat(in("T", 1)).isEmpty();
        assertThat(in(TopicNames.OP_HALF, 0)).hasSize(1);
        assertThat(openHalves()).isZero();
    }

    @Test
    void aDecisionCountsOnce() {
        Half half = half("K", "pay");
        broker.group().hold();
        FakeRequest first = broker.begin(end(half, COMMIT));
        FakeRequest meanwhile = broker.begin(end(half, COMMIT));
        FakeRequest opposite = broker.begin(end(half, ROLLBACK));
        broker.group().commitHeld();
        broker.group().settle();
        assertThat(first.replyCode()).isZero();
        assertThat(meanwhile.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(opposite.replyCode()).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(ended(half, COMMIT)).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(in("T", 1)).hasSize(1);

        Half other = half("L", "not");
        assertThat(ended(other, ROLLBACK)).isZero();
        assertThat(ended(other, COMMIT)).isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(in("T", 1)).hasSize(1);
    }

    @Test
    void claimsThatAreNotTrueAreRefusedAndDisturbNothing() {
        Half half = half("K", "pay");
        Half other = half("L", "other");
        broker.call(broker.send("T", 0, "plain"));
        Message plain = in("T", 0).get(0);
        List<FakeRequest> forged = List.of(
                end(half, COMMIT).with("producerGroup", "others"),
                end(half, COMMIT).with("transactionId", "L"),
                end(half, COMMIT).with("tranStateTableOffset", other.queueOffset),
                end(half, COMMIT).with("tranStateTableOffset", 2),
                end(half, COMMIT).with("tranStateTableOffset", -1),
                end(half, COMMIT).with("tranStateTableOffset", Long.MAX_VALUE),
                end(half, COMMIT).with("commitLogOffset", other.position),
                end(half, COMMIT).with("commitLogOffset", plain.position()),
                end(half, COMMIT).with("commitLogOffset", half.position + 1),
                end(half, COMMIT).with("commitLogOffset", -5),
                end(half, COMMIT).with("commitLogOffset", Long.MAX_VALUE));
        for (int i = 0; i < forged.size(); i++) {
            assertThat(broker.call(forged.get(i)).replyCode())
                    .as("forged claim %d", i)
                    .isEqualTo(ResponseCode.SYSTEM_ERROR);
        }
        assertThat(broker.call(end(half, 0)).replyCode()).isZero();
        assertThat(openHalves()).isEqualTo(2);
        assertThat(in("T", 1)).isEmpty();
        assertThat(ended(half, COMMIT)).isZero();
        assertThat(ended(other, COMMIT)).isZero();
        assertThat(in("T", 1)).extracting(Message::body).containsExactly("pay", "other");
    }

    @Test
    void aBodyThatLooksLikeAHalfMessageIsNone() {
        Half half = half("K", "pay");
        ByteBuf copy = Unpooled.buffer();
        MessageDraft draft = new MessageDraft();
        ByteBuf properties = Unpooled.copiedBuffer(
                "REAL_TOPIC\u0001T\u0002PGROUP\u0001pg\u0002UNIQ_KEY\u0001K\u0002", StandardCharsets.UTF_8);
        draft.topic(TopicNames.HALF.getBytes(StandardCharsets.UTF_8))
                .properties(properties, 0, properties.readableBytes());
        int bodyAt = 88;
        draft.write(copy, half.queueOffset, broker.group().nextPayloadPosition(500) + bodyAt);
        broker.call(broker.send("T", 0, "").body(ByteBufUtil.getBytes(copy)));
        long inside = in("T", 0).get(0).position() + bodyAt;
        assertThat(copy.getLong(28)).isEqualTo(inside);
        assertThat(broker.call(end(half, COMMIT).with("commitLogOffset", inside))
                        .replyCode())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(openHalves()).isEqualTo(1);
    }

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
        assertThat(asked.position).isNotEqualTo(half.position);
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
        try (TestBroker other = TestBroker.follower()) {
            broker.members().put("127.0.0.1:10912", other::call);
            half("K", "pay");
            broker.group().advance(31_000);
            assertThat(checks(producer)).isEmpty();
            other.call(new FakeRequest(RequestCode.HEART_BEAT)
                    .on(producer)
                    .body("{\"clientID\":\"c\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
            broker.group().advance(31_000);
            assertThat(checks(producer)).hasSize(1);
            assertThat(checks(producer).get(0).body()).contains("pay");
            assertThat(checks(producer).get(0).fields()).containsEntry("tranStateTableOffset", "2");
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

    private TestBroker closeAnd(TestBroker next) {
        try {
            broker.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return next;
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
    void outcomesAreExportedUnderRocketmqsNames() {
        Half first = half("K", "pay");
        half("L", "open");
        ended(first, COMMIT);
        ended(half("M", "not"), ROLLBACK);
        Map<String, Double> exported = new HashMap<>();
        broker.parts().metrics().collect(new MetricSink() {
            @Override
            public void counter(String name, String help, Map<String, String> labels, double value) {
                if (labels.getOrDefault("topic", "").equals("T")) {
                    exported.put(name, value);
                }
            }

            @Override
            public void gauge(String name, String help, Map<String, String> labels, double value) {
                counter(name, help, labels, value);
            }

            @Override
            public void histogram(
                    String name, String help, Map<String, String> labels, double[] bounds, long[] counts, double sum) {
                counter(name, help, labels, counts[0]);
            }
        });
        assertThat(exported)
                .containsEntry("rocketmq_half_messages", 1.0)
                .containsEntry("rocketmq_commit_messages_total", 1.0)
                .containsEntry("rocketmq_rollback_messages_total", 1.0)
                .containsEntry("rocketmq_finish_message_latency_milliseconds", 1.0);
    }

    @Test
    void aDelayBeginsWithTheCommit() {
        Half half = half("K", "pay", "DELAY", "2");
        broker.group().advance(20_000);
        assertThat(in(TopicNames.SCHEDULE, 1)).isEmpty();
        assertThat(ended(half, COMMIT)).isZero();
        assertThat(in("T", 1)).isEmpty();
        assertThat(in(TopicNames.SCHEDULE, 1)).hasSize(1);
        broker.group().advance(4_000);
        assertThat(in("T", 1)).isEmpty();
        broker.group().advance(2_000);
        assertThat(in("T", 1)).hasSize(1);
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
    void aSnapshotHasTheOpenHalfMessages() {
        Half half = half("K", "pay", "CHECK_IMMUNITY_TIME_IN_SECONDS", "7");
        Half other = half("L", "other");
        FakeConnection producer = new FakeConnection(2);
        pass(producer, 31_000);
        byte[] snapshot = broker.snapshot();
        assertThat(ended(other, COMMIT)).isZero();
        broker.state().restore(Unpooled.wrappedBuffer(snapshot));
        assertThat(broker.snapshot()).isEqualTo(snapshot);
        assertThat(openHalves()).isEqualTo(2);
        assertThat(broker.state().part(Transactions.class).openByTopic()).containsEntry("T", 2);
        assertThat(broker.state().part(Transactions.class).movedFrom(half.queueOffset))
                .isNotNull();
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

    @Test
    void halfMessagesAreRefusedWhereTheyAreForbidden() {
        broker = closeAnd(TestBroker.leader(GroupConfig.BrokerSettings.builder()
                .transactions(new GroupConfig.Transactions(true, 6_000, 3, 10_000))
                .build()));
        FakeRequest refused = broker.call(sendHalf("K", "pay"));
        assertThat(refused.replyCode()).isEqualTo(ResponseCode.NO_PERMISSION);
        assertThat(refused.replyRemark()).contains("sending transaction message is forbidden");
        assertThat(broker.state().topics().find("T")).isNull();
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

    @Test
    void whatAClientRetriesIsNoHalfMessage() {
        broker.call(broker.send("T", 0, "again", "TRAN_MSG", "true", "PGROUP", "pg", "DELAY", "1")
                .with("j", 1));
        assertThat(openHalves()).isZero();
        broker.group().advance(2_000);
        assertThat(in("T", 0)).hasSize(1);
    }
}
