package io.vledger.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.InitialState.OriginHalf;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.broker.testing.FakeOrigin;
import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageDraft;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransactionsTest extends TransactionRig {
    @Test
    void aHalfMessageIsNotSeenBeforeItIsCommitted() {
        Half half = half("K", "pay");
        assertThat(in("T", 1)).isEmpty();
        Message stored = in(TopicNames.HALF, 0).get(0);
        assertThat(stored.position()).isEqualTo(half.position());
        assertThat(stored.properties())
                .containsEntry("REAL_TOPIC", "T")
                .containsEntry("REAL_QID", "1")
                .containsEntry("__transactionId__", "K")
                .containsEntry("TRAN_MSG", "true");

        assertThat(ended(half, COMMIT)).isZero();
        List<Message> committed = in("T", 1);
        assertThat(committed).hasSize(1);
        assertThat(committed.get(0).body()).isEqualTo("pay");
        Map<String, String> expected = new HashMap<>(stored.properties());
        expected.keySet().removeAll(List.of("REAL_TOPIC", "REAL_QID"));
        assertThat(committed.get(0).properties())
                .containsAllEntriesOf(expected)
                .doesNotContainKeys("REAL_TOPIC", "REAL_QID", "TRAN_PREPARED_QUEUE_OFFSET");
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
                end(half, COMMIT).with("tranStateTableOffset", other.queueOffset()),
                end(half, COMMIT).with("tranStateTableOffset", 2),
                end(half, COMMIT).with("tranStateTableOffset", -1),
                end(half, COMMIT).with("tranStateTableOffset", Long.MAX_VALUE),
                end(half, COMMIT).with("commitLogOffset", other.position()),
                end(half, COMMIT).with("commitLogOffset", plain.position()),
                end(half, COMMIT).with("commitLogOffset", half.position() + 1),
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
        draft.write(copy, half.queueOffset(), broker.group().nextPayloadPosition(500) + bodyAt);
        broker.call(broker.send("T", 0, "").body(ByteBufUtil.getBytes(copy)));
        long inside = in("T", 0).get(0).position() + bodyAt;
        assertThat(copy.getLong(28)).isEqualTo(inside);
        assertThat(broker.call(end(half, COMMIT).with("commitLogOffset", inside))
                        .replyCode())
                .isEqualTo(ResponseCode.SYSTEM_ERROR);
        assertThat(openHalves()).isEqualTo(1);
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
    void aTimeOfDeliveryBeginsWithTheCommitToo() {
        Half half = half("K", "pay", "TIMER_DELAY_SEC", "5");
        broker.group().advance(20_000);
        assertThat(ended(half, COMMIT)).isZero();
        broker.group().advance(4_000);
        assertThat(in("T", 1)).isEmpty();
        broker.group().advance(2_000);
        assertThat(in("T", 1)).hasSize(1);
        assertThat(openHalves()).isZero();

        assertThat(broker.call(sendHalf("L", "never", "TIMER_DELAY_SEC", "99999999"))
                        .replyCode())
                .isEqualTo(ResponseCode.MESSAGE_ILLEGAL);
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
        assertThat(broker.state().part(Transactions.class).movedFrom(half.queueOffset()))
                .isNotNull();
    }

    @Test
    void whatAnOldBrokerLeftOpenIsOpenAndOneThatIsGoneIsGivenUpByItsAge() throws Exception {
        InitialState known = new InitialState(
                List.of(new OriginTopic(
                        TopicNames.HALF,
                        "{\"topicName\":\"" + TopicNames.HALF
                                + "\",\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}",
                        1,
                        List.of(4L))),
                List.of(),
                List.of(),
                Map.of(),
                List.of(new OriginHalf(3, 2, broker.group().nowMs(), -1, 1, "T")),
                List.of());
        broker.close();
        broker = TestBroker.after(new FakeOrigin(8 << 20, known, List.of()));
        broker.group().lead();
        broker.topic("T", 2);
        Transactions transactions = broker.state().part(Transactions.class);
        assertThat(transactions.openByTopic()).containsEntry("T", 1);
        assertThat(transactions.movedFrom(2)).isEqualTo(transactions.open(3));
        assertThat(half("K", "new").queueOffset()).isEqualTo(4);
        // TestBroker keeps messages for two hours.
        broker.group().advance(2 * 3_600_000 + 60_000);
        assertThat(transactions.open(3)).isNull();
        assertThat(openHalves()).isZero();
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
    void whatAClientRetriesIsNoHalfMessage() {
        broker.call(broker.send("T", 0, "again", "TRAN_MSG", "true", "PGROUP", "pg", "DELAY", "1")
                .with("j", 1));
        assertThat(openHalves()).isZero();
        broker.group().advance(2_000);
        assertThat(in("T", 0)).hasSize(1);
    }
}
