package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.SideBySide;
import io.vledger.acceptance.fixture.SideBySide.Answer;
import io.vledger.acceptance.fixture.SideBySide.Pair;
import io.vledger.acceptance.fixture.SideBySide.Request;
import io.vledger.acceptance.fixture.StoredMessage;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What transactions leave in the topics of a broker, and its answers, are those of RocketMQ 5.5.0. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransactionsBesideRocketmqIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HALF = "RMQ_SYS_TRANS_HALF_TOPIC";
    private static final String OP = "RMQ_SYS_TRANS_OP_HALF_TOPIC";
    private static final String PRODUCER = "producer";
    private static final int COMMIT = 8;
    private static final int ROLLBACK = 12;

    private SideBySide both;

    @BeforeAll
    void start() {
        both = SideBySide.start(
                WorkDirectory.of(TransactionsBesideRocketmqIT.class),
                "transactionCheckInterval=2000",
                "transactionTimeOut=60000", // no check stores a half message again before it is wanted
                "transactionOpBatchInterval=100");
        both.ask(
                PRODUCER,
                Request.of(34)
                        .body("{\"clientID\":\"client\",\"consumerDataSet\":[],"
                                + "\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
    }

    @AfterAll
    void stop() {
        both.close();
    }

    private Pair half(String key) {
        String properties =
                "TRAN_MSG\u0001true\u0002PGROUP\u0001pg\u0002TAGS\u0001a\u0002KEYS\u0001k\u0002own\u0001x\u0002"
                        + "WAIT\u0001true\u0002UNIQ_KEY\u0001" + key + "\u0002";
        Pair sent = both.ask(
                PRODUCER,
                Request.of(
                                310,
                                "a",
                                "pg",
                                "b",
                                "T",
                                "c",
                                "TBW102",
                                "d",
                                4,
                                "e",
                                1,
                                "f",
                                0,
                                "g",
                                System.currentTimeMillis(),
                                "h",
                                7,
                                "i",
                                properties,
                                "j",
                                0,
                                "k",
                                false,
                                "m",
                                false)
                        .body("pay " + key));
        assertThat(sent.vledger().code()).isEqualTo(sent.rocketmq().code()).isZero();
        assertThat(sent.vledger().fields().keySet())
                .isEqualTo(sent.rocketmq().fields().keySet());
        // Not the queue offset: a check stores a half message again, and each broker checks when its own time has come.
        for (String same : List.of("queueId", "transactionId")) {
            assertThat(sent.vledger().fields().get(same))
                    .isEqualTo(sent.rocketmq().fields().get(same));
        }
        return sent;
    }

    /** The position in an id of a message. */
    private static long position(Answer sent) {
        return Long.parseLong(requireNonNull(sent.fields().get("msgId")).substring(16), 16);
    }

    private static Request end(Answer sent, String key, int decision, Map<String, Object> changed) {
        Map<String, Object> fields = new HashMap<>(Map.of(
                "topic",
                "T",
                "producerGroup",
                "pg",
                "tranStateTableOffset",
                sent.fields().get("queueOffset"),
                "commitLogOffset",
                position(sent),
                "commitOrRollback",
                decision,
                "fromTransactionCheck",
                false,
                "msgId",
                key,
                "transactionId",
                key));
        fields.putAll(changed);
        return Request.of(
                37,
                fields.entrySet().stream()
                        .flatMap(each -> java.util.stream.Stream.of(each.getKey(), each.getValue()))
                        .toArray());
    }

    private Pair end(Pair sent, String key, int decision, Map<String, Object> changed) {
        return both.ask(
                PRODUCER, end(sent.rocketmq(), key, decision, changed), end(sent.vledger(), key, decision, changed));
    }

    private static List<StoredMessage> stored(Answer pulled) {
        return StoredMessage.parse(pulled.body());
    }

    private Pair pull(String topic, int queueId) {
        return both.ask(Request.of(
                11,
                "consumerGroup",
                "tools",
                "topic",
                topic,
                "queueId",
                queueId,
                "queueOffset",
                0,
                "maxMsgNums",
                32,
                "sysFlag",
                4,
                "commitOffset",
                0,
                "suspendTimeoutMillis",
                0,
                "subscription",
                "*",
                "subVersion",
                0,
                "expressionType",
                "TAG"));
    }

    /** What must be the same of messages: all but positions, times and addresses. */
    private static Map<String, Object> comparable(StoredMessage message) {
        Map<String, Object> all = new TreeMap<>();
        all.put("topic", message.topic());
        all.put("queueId", message.queueId());
        all.put("queueOffset", message.queueOffset());
        all.put("flag", message.flag());
        all.put("sysFlag", message.sysFlag());
        all.put("reconsumed", message.reconsumed());
        all.put("body", message.body());
        all.put("properties", message.properties());
        return all;
    }

    private static List<Map<String, Object>> comparable(Answer pulled) {
        return stored(pulled).stream()
                .map(TransactionsBesideRocketmqIT::comparable)
                .toList();
    }

    @Test
    void halfOpAndCommittedMessagesAreAsInRocketmq() {
        Pair first = half("KEY0");
        Pair second = half("KEY1");
        Pair halves = pull(HALF, 0);
        assertThat(comparable(halves.vledger())).isEqualTo(comparable(halves.rocketmq()));

        forgedClaimsAreRefused(first);
        assertThat(end(first, "KEY0", COMMIT, Map.of())).satisfies(codes(0, 0));
        assertThat(end(second, "KEY1", ROLLBACK, Map.of())).satisfies(codes(0, 0));
        Pair committed = pull("T", 1);
        assertThat(comparable(committed.vledger())).hasSize(1).isEqualTo(comparable(committed.rocketmq()));
        assertThat(stored(committed.vledger()).get(0).preparedPosition()).isEqualTo(position(first.vledger()));
        assertThat(stored(committed.rocketmq()).get(0).preparedPosition()).isEqualTo(position(first.rocketmq()));

        // RocketMQ gathers several half messages in a mark, and marks the first one twice: it believed the forged id.
        Pair marks = Await.until(
                "marks of both",
                LIMIT,
                () -> pull(OP, 0),
                pair -> bodies(pair.rocketmq()).equals("0,0,1,")
                        && bodies(pair.vledger()).equals("0,1,"));
        StoredMessage theirs = stored(marks.rocketmq()).get(0);
        StoredMessage ours = stored(marks.vledger()).get(0);
        assertThat(ours.properties().get("TAGS")).isEqualTo(theirs.properties().get("TAGS"));
        assertThat(ours.sysFlag()).isEqualTo(theirs.sysFlag());
        assertThat(ours.properties().keySet()).isEqualTo(theirs.properties().keySet());

        // A commit that comes again is stored again by RocketMQ, and is not here.
        assertThat(end(first, "KEY0", COMMIT, Map.of())).satisfies(codes(0, 1));
        Pair twice = pull("T", 1);
        assertThat(stored(twice.rocketmq())).hasSize(2);
        assertThat(stored(twice.vledger())).hasSize(1);
        checksAreAsInRocketmq();
    }

    private static java.util.function.Consumer<Pair> codes(int rocketmq, int vledger) {
        return pair -> {
            assertThat(pair.rocketmq().code()).as("%s", pair.rocketmq()).isEqualTo(rocketmq);
            assertThat(pair.vledger().code()).as("%s", pair.vledger()).isEqualTo(vledger);
        };
    }

    private static String bodies(Answer pulled) {
        return String.join("", stored(pulled).stream().map(StoredMessage::body).toList());
    }

    private void forgedClaimsAreRefused(Pair sent) {
        for (Map<String, Object> forged : List.<Map<String, Object>>of(
                Map.of("producerGroup", "others"),
                Map.of("tranStateTableOffset", 1),
                Map.of("tranStateTableOffset", 99),
                Map.of("commitLogOffset", 1L << 40))) {
            Pair refused = end(sent, "KEY0", COMMIT, forged);
            assertThat(refused).as("%s", forged).satisfies(codes(1, 1));
            assertThat(refused.vledger().remark()).isEqualTo(refused.rocketmq().remark());
        }
        // RocketMQ believes any transaction id.
        assertThat(end(sent, "KEY0", ROLLBACK, Map.of("transactionId", "OTHER"))
                        .vledger()
                        .code())
                .isEqualTo(1);
    }

    private void checksAreAsInRocketmq() {
        assertThat(both.ask(Request.of(25).body("transactionTimeOut=1000\n"))).satisfies(codes(0, 0));
        half("KEY2");
        String theirs = check(both::callsOfRocketmq);
        String ours = check(both::callsOfVledger);
        assertThat(names(ours)).isEqualTo(names(theirs));
        for (String field : List.of("tranStateTableOffset", "msgId", "transactionId", "bname", "topic")) {
            assertThat(field(ours, field)).as(field).isEqualTo(field(theirs, field));
        }
        StoredMessage theirBody = StoredMessage.parse(body(theirs)).get(0);
        StoredMessage ourBody = StoredMessage.parse(body(ours)).get(0);
        Map<String, Object> known = comparable(ourBody);
        Map<String, Object> expected = comparable(theirBody);
        ourBody.properties().remove("TRAN_PREPARED_QUEUE_OFFSET");
        // RocketMQ turns it off in the copy that it sends.
        ourBody.properties().remove("WAIT");
        theirBody.properties().remove("WAIT");
        // RocketMQ's check forgets the producer's flag; the message that is committed after it has lost it.
        expected.put("flag", known.get("flag"));
        assertThat(known).isEqualTo(expected);
    }

    private static String check(Function<String, List<String>> calls) {
        return Await.until(
                "a check",
                LIMIT,
                () -> calls.apply(PRODUCER).stream()
                        .filter(call -> call.startsWith("39 "))
                        .findFirst()
                        .orElse(""),
                call -> !call.isEmpty());
    }

    /** A call is its code, its fields as a map prints itself, and its body. */
    private static String body(String call) {
        return call.substring(call.indexOf('}') + 2);
    }

    private static List<String> names(String call) {
        return List.of(call.substring(call.indexOf('{') + 1, call.indexOf('}')).split(", ")).stream()
                .map(pair -> pair.substring(0, pair.indexOf('=')))
                .toList();
    }

    private static String field(String call, String name) {
        return List.of(call.substring(call.indexOf('{') + 1, call.indexOf('}')).split(", ")).stream()
                .filter(pair -> pair.startsWith(name + "="))
                .findFirst()
                .orElse("");
    }
}
