package io.vledger.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.testing.TestBroker;
import io.vledger.testkit.Seeds;
import io.vledger.testkit.fake.FakeRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends, a handler answers or refuses it: none throws, and the member goes on. Replay one seed with
 * {@code -Dvledger.seed=N}.
 */
class HostileRequestsTest {
    private static final int REQUESTS = 2_000;
    private static final List<Integer> CODES = List.of(
            10, 11, 12, 14, 15, 17, 18, 21, 25, 26, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 41, 42, 43, 45, 46,
            200, 201, 202, 203, 204, 207, 208, 215, 222, 223, 225, 300, 303, 305, 306, 307, 308, 309, 310, 314, 315,
            316, 317, 320, 321, 323, 324, 325, 326, 328, 329, 343, 345, 351, 352, 353, 361, 370, 400, 401, 402, 907,
            200050, 200051, 200052, 200053, 200054, 200055, 200151);
    private static final List<String> KEYS = List.of(
            "topic",
            "queueId",
            "consumerGroup",
            "group",
            "offset",
            "invisibleTime",
            "timestamp",
            "subVersion",
            "reviveQid",
            "producerGroup",
            "popTime",
            "msgId",
            "expressionType",
            "transactionId",
            "order",
            "maxMsgNums",
            "groupName",
            "sysFlag",
            "startOffsetInfo",
            "readable",
            "readQueueNums",
            "writeQueueNums",
            "queueOffset",
            "perm",
            "msgOffsetInfo",
            "maxReconsumeTimes",
            "topicSysFlag",
            "topicFilterType",
            "isForce",
            "commitOffset",
            "tranStateTableOffset",
            "consumeType",
            "clientId",
            "clientID",
            "clientAddr",
            "defaultTopic",
            "defaultTopicQueueNums",
            "subscription",
            "extraInfo",
            "pollTime",
            "bornTimestamp",
            "initMode",
            "exp",
            "expType",
            "attemptId",
            "attributes",
            "key",
            "beginTimestamp",
            "endTimestamp",
            "maxNum",
            "originMsgId",
            "originTopic",
            "delayLevel",
            "commitOrRollback",
            "fromTransactionCheck",
            "properties",
            "reconsumeTimes",
            "flag",
            "unitMode",
            "batch",
            "recallHandle",
            "srcGroup",
            "destGroup",
            "oldTopic",
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "g",
            "h",
            "i",
            "j",
            "k",
            "l",
            "m",
            "n");
    private static final List<String> VALUES = List.of(
            "",
            "0",
            "1",
            "-1",
            "2147483647",
            "-2147483648",
            "9223372036854775807",
            "-9223372036854775808",
            "true",
            "false",
            "x",
            "orders",
            "TBW102",
            "%RETRY%g",
            "%DLQ%g",
            "SCHEDULE_TOPIC_XXXX",
            "rmq_sys_wheel_timer",
            "RMQ_SYS_TRANS_HALF_TOPIC",
            "g",
            "*",
            "a || b",
            "SQL92",
            "TAG",
            "a > 1",
            "((((((",
            "0 0 0",
            "1 1 1 1 1 0 broker-a 0 0",
            "a\u0001b\u0002",
            "\u0000",
            "DELAY\u000118\u0002TIMER_DELIVER_MS\u0001-5\u0002",
            "TRAN_MSG\u0001true\u0002PGROUP\u0001g\u0002",
            "7F00000100002A9F0000000000000000",
            "ZZ",
            "NaN",
            "1e9",
            "十");
    private static final List<String> BODIES = List.of(
            "",
            "{}",
            "[]",
            "null",
            "{\"groupName\":\"g\"}",
            "{\"groupName\":5,\"retryMaxTimes\":\"x\"}",
            "{\"topic\":\"orders\",\"mode\":\"POP\",\"popShareQueueNum\":-3,\"consumerGroup\":\"g\"}",
            "{\"clientID\":\"c\",\"consumerDataSet\":[{\"groupName\":\"g\",\"subscriptionDataSet\":[{\"topic\":\"orders\"}]}]}",
            "{\"clientID\":null,\"consumerDataSet\":[null],\"producerDataSet\":[5]}",
            "{\"consumerGroup\":\"g\",\"clientId\":\"c\",\"mqSet\":[{\"topic\":\"orders\",\"brokerName\":\"b\",\"queueId\":-1}]}",
            "{\"topicList\":[\"orders\",null,7]}",
            "{\"acks\":[{\"c\":\"g\",\"t\":\"orders\",\"r\":\"0\",\"so\":-1,\"q\":0,\"rq\":0,\"pt\":0,\"it\":0,\"b\":\"//8=\"}]}",
            "a=b\nmaxMessageSize=-1\n\u0000",
            "[".repeat(2_000));

    @Test
    void noRequestMakesAHandlerThrowOrEndsTheMember() {
        Seeds.run(20, random -> {
            try (TestBroker broker = TestBroker.leader()) {
                broker.topic("orders", 2);
                for (int i = 0; i < 5; i++) {
                    broker.call(broker.send("orders", i % 2, "m" + i));
                }
                for (int i = 0; i < REQUESTS; i++) {
                    FakeRequest request = request(random);
                    try {
                        broker.call(request);
                    } catch (RuntimeException | AssertionError | StackOverflowError thrown) {
                        throw new AssertionError("request " + request.code() + " makes its handler throw", thrown);
                    }
                }
                assertThat(broker.call(broker.send("orders", 0, "after all")).replyCode())
                        .isIn(0, 2, 13, 14, 16, 17);
            }
        });
    }

    private static FakeRequest request(Random random) {
        FakeRequest request = new FakeRequest(pick(random, CODES));
        for (int i = random.nextInt(KEYS.size()); i > 0; i--) {
            request.with(pick(random, KEYS), pick(random, VALUES));
        }
        if (random.nextInt(3) > 0) {
            request.body(pick(random, BODIES));
        } else if (random.nextInt(3) == 0) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            request.body(random.nextBoolean() ? bytes : "\u0000\u0001".getBytes(StandardCharsets.UTF_8));
        }
        return request;
    }

    private static <T> T pick(Random random, List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
