package io.vledger.broker.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import io.vledger.broker.testing.TestBroker.Message;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeConnection.Sent;
import io.vledger.testkit.fake.FakeRequest;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A leader with a topic, and what a producer of transactions does there. */
abstract class TransactionRig {
    static final int COMMIT = 8;
    static final int ROLLBACK = 12;

    TestBroker broker;

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
    record Half(String key, long queueOffset, long position) {}

    Half half(String key, String body, String... more) {
        FakeRequest sent = broker.call(sendHalf(key, body, more));
        assertThat(sent.replyCode()).as(sent.replyRemark()).isZero();
        assertThat(sent.replyField("transactionId")).isEqualTo(key);
        assertThat(sent.replyNumber("queueId")).isEqualTo(1);
        OffsetMessageId.Parsed id =
                Objects.requireNonNull(OffsetMessageId.parse(Objects.requireNonNull(sent.replyField("msgId"))));
        return new Half(key, sent.replyNumber("queueOffset"), id.physicalOffset());
    }

    FakeRequest sendHalf(String key, String body, String... more) {
        String[] properties = {"TRAN_MSG", "true", "PGROUP", "pg", "UNIQ_KEY", key, "TAGS", "a"};
        int base = properties.length;
        String[] all = java.util.Arrays.copyOf(properties, base + more.length);
        System.arraycopy(more, 0, all, base, more.length);
        return broker.send("T", 1, body, all);
    }

    static FakeRequest end(Half half, int decision) {
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

    int ended(Half half, int decision) {
        return broker.call(end(half, decision)).replyCode();
    }

    List<Message> in(String topic, int queueId) {
        return TestBroker.messages(broker.call(broker.pull(topic, queueId, 0)).replyBody());
    }

    int openHalves() {
        return broker.state().part(Transactions.class).openCount();
    }

    void heartbeat(FakeConnection producer) {
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(producer)
                .body("{\"clientID\":\"client-" + producer.remote().getPort()
                        + "\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
    }

    static List<Sent> checks(FakeConnection producer) {
        return producer.sent().stream()
                .filter(sent -> sent.code() == RequestCode.CHECK_TRANSACTION_STATE)
                .toList();
    }

    /** Time passes, and the producer is heard of. */
    void pass(FakeConnection producer, long ms) {
        for (long passed = 0; passed < ms; passed += 10_000) {
            heartbeat(producer);
            broker.group().advance(Math.min(10_000, ms - passed));
        }
    }

    TestBroker closeAnd(TestBroker next) {
        try {
            broker.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return next;
    }
}
