package io.vledger.broker.admin;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vledger.api.rpc.RpcClient;
import io.vledger.broker.testing.TestBroker;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import io.vledger.testkit.fake.FakeConnection;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.FakeRequest;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    private static final String EMPTY_QUEUE =
            "{\"brokerOffset\":0,\"consumerOffset\":0,\"lastTimestamp\":0,\"pullOffset\":0}";

    private TestBroker broker;
    private final FakeConnection client = new FakeConnection(1001);

    @BeforeEach
    void open() throws Exception {
        broker = TestBroker.leader();
        broker.topic("T", 2);
    }

    @AfterEach
    void close() throws Exception {
        broker.close();
    }

    private void online(String clientId) {
        broker.call(new FakeRequest(RequestCode.HEART_BEAT)
                .on(client)
                .body("{\"clientID\":\"" + clientId + "\",\"consumerDataSet\":[{\"groupName\":\"g\","
                        + "\"subscriptionDataSet\":[{\"topic\":\"T\",\"subString\":\"*\",\"subVersion\":1}]}],"
                        + "\"producerDataSet\":[{\"groupName\":\"pg\"}]}"));
    }

    private String text(int code, String... fields) {
        FakeRequest request = new FakeRequest(code);
        for (int i = 0; i < fields.length; i += 2) {
            request.with(fields[i], fields[i + 1]);
        }
        broker.call(request);
        assertThat(request.replyCode()).as(request.replyRemark()).isZero();
        return request.replyText();
    }

    @Test
    void topicStatsUseObjectsAsKeys() {
        long stored = broker.group().nowMs();
        broker.message("T", 1, "m", "");
        assertThat(text(RequestCode.GET_TOPIC_STATS_INFO, "topic", "T"))
                .isEqualTo("{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:"
                        + "{\"lastUpdateTimestamp\":0,\"maxOffset\":0,\"minOffset\":0},"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:"
                        + "{\"lastUpdateTimestamp\":" + stored + ",\"maxOffset\":1,\"minOffset\":0}},"
                        + "\"topicPutTps\":0.0}");
    }

    @Test
    void consumeStatsShowTheLagAndEveryQueueThatProducersAreShown() {
        long stored = broker.group().nowMs();
        broker.message("T", 0, "a", "");
        broker.message("T", 0, "b", "");
        broker.consumed("g", "T", 0, 1);
        assertThat(text(RequestCode.GET_CONSUME_STATS, "consumerGroup", "g"))
                .isEqualTo("{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:"
                        + "{\"brokerOffset\":2,\"consumerOffset\":1,\"lastTimestamp\":" + stored + ",\"pullOffset\":1},"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:" + EMPTY_QUEUE + ","
                        + "{\"brokerName\":\"broker-a-standby\",\"queueId\":0,\"topic\":\"T\"}:" + EMPTY_QUEUE + ","
                        + "{\"brokerName\":\"broker-a-standby\",\"queueId\":1,\"topic\":\"T\"}:" + EMPTY_QUEUE + "},"
                        + "\"consumeTps\":0.0}");
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
        assertThat(text(RequestCode.GET_BROKER_CONSUME_STATS, "isOrder", "false"))
                .contains("{\"g\":[{\"offsetTable\"", "\"totalDiff\":1");
        assertThat(text(RequestCode.QUERY_TOPIC_CONSUME_BY_WHO, "topic", "T")).isEqualTo("{\"groupList\":[\"g\"]}");
        assertThat(text(RequestCode.QUERY_TOPICS_BY_CONSUMER, "group", "g"))
                .isEqualTo("{\"brokerAddr\":\"127.0.0.1:10911\",\"topicList\":[\"T\"]}");
        assertThat(text(RequestCode.QUERY_CONSUME_TIME_SPAN, "group", "g", "topic", "T"))
                .contains("\"maxTimeStamp\":" + stored);
        assertThat(text(RequestCode.GET_ALL_CONSUMER_OFFSET)).contains("\"T@g\":{\"0\":1}");
    }

    @Test
    void unitsOfAQueueAreShownWithinBounds() {
        long position = broker.message("T", 0, "a", "TAGS\u0001x\u0002");
        String text =
                text(RequestCode.QUERY_CONSUME_QUEUE, "topic", "T", "queueId", "0", "index", "0", "count", "9999999");
        assertThat(text)
                .contains("\"maxQueueIndex\":1", "\"physicOffset\":" + position, "\"tagsCode\":" + "x".hashCode());
        for (String index : new String[] {"-5", "1", "9223372036854775807"}) {
            FakeRequest outside = broker.call(new FakeRequest(RequestCode.QUERY_CONSUME_QUEUE)
                    .with("topic", "T")
                    .with("queueId", 0)
                    .with("index", index)
                    .with("count", 10));
            assertThat(outside.replyCode()).isZero();
            assertThat(outside.replyRemark()).contains("Index " + index);
        }
        assertThat(broker.call(new FakeRequest(RequestCode.QUERY_CONSUME_QUEUE)
                                .with("topic", "T")
                                .with("queueId", 99))
                        .replyCode())
                .isEqualTo(29);
    }

    /** By the sources of rocketmq-exporter, which gives up where a key is missing or reads otherwise. */
    @Test
    void theRuntimeTableReadsAsTheExporterWantsIt() {
        Map<Object, Object> table =
                JsonFields.object(Json.readObject(text(RequestCode.GET_BROKER_RUNTIME_INFO)), "table");
        for (String rates : new String[] {"putTps", "getMissTps", "getTransferedTps", "getTotalTps", "getFoundTps"}) {
            for (String rate : String.valueOf(table.get(rates)).split(" ")) {
                assertThat(Double.parseDouble(rate)).as(rates).isNotNegative();
            }
        }
        for (String part : String.valueOf(table.get("putMessageDistributeTime")).split(" ")) {
            assertThat(part).matches("\\[?[^:]+:\\d+\\]?");
        }
        assertThat(requireNonNull(table.get("remainHowManyDataToFlush")).toString())
                .matches("[0-9.]+ [KMGTPE]?i?B");
        assertThat(requireNonNull(table.get("commitLogDirCapacity")).toString())
                .matches("Total : [0-9.]+ [KMGTPE]?i?B, Free : [0-9.]+ [KMGTPE]?i?B\\.");
        for (String number : ("msgPutTotalTodayNow msgGetTotalTodayNow msgPutTotalTodayMorning msgGetTotalTodayMorning"
                        + " msgPutTotalYesterdayMorning msgGetTotalYesterdayMorning sendThreadPoolQueueHeadWaitTimeMills"
                        + " queryThreadPoolQueueHeadWaitTimeMills pullThreadPoolQueueHeadWaitTimeMills"
                        + " queryThreadPoolQueueSize pullThreadPoolQueueSize sendThreadPoolQueueSize"
                        + " sendThreadPoolQueueCapacity queryThreadPoolQueueCapacity pullThreadPoolQueueCapacity"
                        + " bootTimestamp commitLogMinOffset commitLogMaxOffset dispatchMaxBuffer brokerVersion"
                        + " pageCacheLockTimeMills getMessageEntireTimeMax putMessageTimesTotal putMessageEntireTimeMax"
                        + " startAcceptSendRequestTimeStamp earliestMessageTimeStamp remainTransientStoreBufferNumbs"
                        + " dispatchBehindBytes putMessageSizeTotal")
                .split(" ")) {
            assertThat(String.valueOf(table.get(number))).as(number).matches("-?\\d+");
        }
        for (String number : "consumeQueueDiskRatio commitLogDiskRatio putMessageAverageSize putLatency99 putLatency999"
                .split(" ")) {
            assertThat(Double.parseDouble(String.valueOf(table.get(number))))
                    .as(number)
                    .isGreaterThanOrEqualTo(-1);
        }
        assertThat(table).containsKeys("runtime", "brokerVersionDesc");
    }

    @Test
    void theRuntimeTableHasTheProgressOfEachDelayLevelInUse() {
        broker.call(broker.send("T", 0, "a", "DELAY", "3"));
        broker.call(broker.send("T", 0, "b", "DELAY", "3"));
        broker.group().advance(11_000);
        broker.call(broker.send("T", 0, "c", "DELAY", "3"));
        broker.call(broker.send("T", 0, "d", "DELAY", "5"));
        Map<Object, Object> table =
                JsonFields.object(Json.readObject(text(RequestCode.GET_BROKER_RUNTIME_INFO)), "table");
        assertThat(table)
                .containsEntry("scheduleMessageOffset_3", "2,3")
                .containsEntry("scheduleMessageOffset_5", "0,1")
                .doesNotContainKey("scheduleMessageOffset_2");
    }

    /** By the sources of rocketmq-dashboard: its pages and its collection of data. */
    @Test
    void theRuntimeTableReadsAsTheDashboardWantsIt() {
        broker.call(broker.send("T", 0, "a"));
        Map<Object, Object> table =
                JsonFields.object(Json.readObject(text(RequestCode.GET_BROKER_RUNTIME_INFO)), "table");
        for (String rates : new String[] {"putTps", "getTransferedTps", "getTransferredTps", "getTotalTps"}) {
            for (String rate : String.valueOf(table.get(rates)).split(" ")) {
                assertThat(new BigDecimal(rate)).as(rates).isNotNegative();
            }
        }
        for (String total : new String[] {"msgPutTotal", "msgGetTotal"}) {
            long yesterday = Long.parseLong(String.valueOf(table.get(total + "YesterdayMorning")));
            long morning = Long.parseLong(String.valueOf(table.get(total + "TodayMorning")));
            long now = Long.parseLong(String.valueOf(table.get(total + "TodayNow")));
            assertThat(new long[] {yesterday, morning, now}).isSorted();
        }
        assertThat(table).containsEntry("brokerVersionDesc", "V5_5_0");
    }

    @Test
    void theRuntimeTableHasNumbersWhereToolsParseThem() {
        Map<Object, Object> table =
                JsonFields.object(Json.readObject(text(RequestCode.GET_BROKER_RUNTIME_INFO)), "table");
        for (String key : new String[] {
            "putTps",
            "getTransferredTps",
            "commitLogDiskRatio",
            "earliestMessageTimeStamp",
            "timerEnqueueTps",
            "sendThreadPoolQueueSize",
            "pageCacheLockTimeMills",
            "msgPutTotalTodayNow",
            "msgGetTotalYesterdayMorning",
            "commitLogMaxOffset",
            "bootTimestamp",
            "timerReadBehind",
            "raftCommitIndex"
        }) {
            String value = String.valueOf(table.get(key));
            assertThat(value.split(" ")[0]).as(key).matches("-?[0-9]+(\\.[0-9]+)?([Ee]-?[0-9]+)?");
        }
        assertThat(table)
                .containsEntry("brokerVersionDesc", "V5_5_0")
                .containsEntry("raftRole", "LEADER")
                .containsEntry("raftTerm", "2");
    }

    /** The keys of RocketMQ 5.5.0's table. */
    private static final String[] ROCKETMQ_KEYS = {
        "EndTransactionQueueSize",
        "EndTransactionThreadPoolQueueCapacity",
        "ackThreadPoolQueueCapacity",
        "ackThreadPoolQueueHeadWaitTimeMills",
        "ackThreadPoolQueueSize",
        "bootTimestamp",
        "brokerActive",
        "brokerVersion",
        "brokerVersionDesc",
        "commitLogDirCapacity",
        "commitLogDiskRatio",
        "commitLogMaxOffset",
        "commitLogMinOffset",
        "consumeQueueDiskRatio",
        "dispatchBehindBytes",
        "dispatchMaxBuffer",
        "earliestMessageTimeStamp",
        "getFoundTps",
        "getMessageEntireTimeMax",
        "getMissTps",
        "getTotalTps",
        "getTransferredTps",
        "litePullThreadPoolQueueCapacity",
        "litePullThreadPoolQueueHeadWaitTimeMills",
        "litePullThreadPoolQueueSize",
        "msgGetTotalTodayMorning",
        "msgGetTotalTodayNow",
        "msgGetTotalYesterdayMorning",
        "msgPutTotalTodayMorning",
        "msgPutTotalTodayNow",
        "msgPutTotalYesterdayMorning",
        "pageCacheLockTimeMills",
        "pullThreadPoolQueueCapacity",
        "pullThreadPoolQueueHeadWaitTimeMills",
        "pullThreadPoolQueueSize",
        "putLatency99",
        "putLatency999",
        "putMessageAverageSize",
        "putMessageDistributeTime",
        "putMessageEntireTimeMax",
        "putMessageFailedTimes",
        "putMessageSizeTotal",
        "putMessageTimesTotal",
        "putTps",
        "queryThreadPoolQueueCapacity",
        "queryThreadPoolQueueHeadWaitTimeMills",
        "queryThreadPoolQueueSize",
        "remainHowManyDataToCommit",
        "remainHowManyDataToFlush",
        "remainTransientStoreBufferNumbs",
        "runtime",
        "sendThreadPoolQueueCapacity",
        "sendThreadPoolQueueHeadWaitTimeMills",
        "sendThreadPoolQueueSize",
        "startAcceptSendRequestTimeStamp",
        "timerCongestNum",
        "timerDequeueTps",
        "timerEnqueueTps",
        "timerOffsetBehind",
        "timerReadBehind"
    };

    private Map<Object, Object> runtimeTable() {
        return JsonFields.object(Json.readObject(text(RequestCode.GET_BROKER_RUNTIME_INFO)), "table");
    }

    @Test
    void theRuntimeTableHasEveryKeyOfRocketMqAndTheTimesOfSends() {
        assertThat(runtimeTable()).containsKeys((Object[]) ROCKETMQ_KEYS);
        var times = broker.parts().traffic().putTimes();
        times.add(0, broker.group().nowMs());
        times.add(9, broker.group().nowMs());
        times.add(10, broker.group().nowMs());
        times.add(70_000, broker.group().nowMs());
        broker.parts().traffic().readTook(12);
        assertThat(runtimeTable()).containsEntry("putMessageEntireTimeMax", "70000");
        broker.group().advance(60_000);
        assertThat(runtimeTable())
                .containsEntry("getMessageEntireTimeMax", "12")
                .containsEntry(
                        "putMessageDistributeTime",
                        "[<=0ms]:1 [0~10ms]:1 [10~50ms]:1 [50~100ms]:0 [100~200ms]:0 [200~500ms]:0 [500ms~1s]:0"
                                + " [1~2s]:0 [2~3s]:0 [3~4s]:0 [4~5s]:0 [5~10s]:0 [10s~]:1 ");
        broker.group().advance(60_000);
        assertThat(String.valueOf(runtimeTable().get("putMessageDistributeTime")))
                .startsWith("[<=0ms]:0 [0~10ms]:0");
    }

    @Test
    void whatWasGivenOutAndIsNotConsumedIsInFlight() {
        broker.message("T", 0, "a", "");
        broker.message("T", 0, "b", "");
        broker.message("T", 0, "c", "");
        broker.consumed("g", "T", 0, 1);
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
        broker.parts().traffic().pulled("T@g", 0, 3);
        assertThat(text(RequestCode.GET_CONSUME_STATS, "consumerGroup", "g"))
                .contains("\"brokerOffset\":3,\"consumerOffset\":1", "\"pullOffset\":3");
        assertThat(text(RequestCode.GET_BROKER_CONSUME_STATS, "isOrder", "false"))
                .contains("\"totalDiff\":2,\"totalInflightDiff\":2");
    }

    @Test
    void theConfigurationIsShownAndNotChanged() {
        assertThat(text(RequestCode.GET_BROKER_CONFIG))
                .contains("brokerName=broker-a\n", "flushDiskType=SYNC_FLUSH\n", "dLegerSelfId=n0\n");
        FakeRequest change = broker.call(new FakeRequest(RequestCode.UPDATE_BROKER_CONFIG).body("a=b"));
        assertThat(change.replyCode()).isEqualTo(16);
        assertThat(text(RequestCode.GET_BROKER_HA_STATUS)).contains("\"master\":true", "\"addr\":\"127.0.0.1:10912\"");
    }

    @Test
    void onlineClientsAreListed() {
        FakeRequest nobody =
                broker.call(new FakeRequest(RequestCode.GET_CONSUMER_CONNECTION_LIST).with("consumerGroup", "g"));
        assertThat(nobody.replyCode()).isEqualTo(206);
        online("c");
        assertThat(text(RequestCode.GET_CONSUMER_CONNECTION_LIST, "consumerGroup", "g"))
                .isEqualTo("{\"connectionSet\":[{\"clientAddr\":\"127.0.0.1:1001\",\"clientId\":\"c\","
                        + "\"language\":\"JAVA\",\"version\":513}],\"consumeFromWhere\":\"CONSUME_FROM_LAST_OFFSET\","
                        + "\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\",\"subscriptionTable\":"
                        + "{\"T\":{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"TAG\","
                        + "\"subString\":\"*\",\"subVersion\":1,\"tagsSet\":[],\"topic\":\"T\"}}}");
        assertThat(text(RequestCode.GET_PRODUCER_CONNECTION_LIST, "producerGroup", "pg"))
                .contains("\"clientId\":\"c\"");
        assertThat(text(RequestCode.GET_ALL_PRODUCER_INFO)).startsWith("{\"data\":{\"pg\":[{\"clientId\":\"c\"");
        assertThat(text(RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER, "group", "g", "topic", "T"))
                .contains("\"subString\":\"*\"");
    }

    @Test
    void aQuestionToAConsumerIsPassedOn() {
        online("c");
        FakeRequest info = broker.call(new FakeRequest(RequestCode.GET_CONSUMER_RUNNING_INFO)
                .with("consumerGroup", "g")
                .with("clientId", "c")
                .with("jstackEnable", "true"));
        assertThat(info.replied()).isFalse();
        Promise<RpcClient.RpcAnswer> call = client.calls().get(0);
        assertThat(client.sent().get(0).fields()).containsEntry("jstackEnable", "true");
        call.complete(new RpcClient.RpcAnswer(
                0, null, new FakeFields(Map.of()), "{\"x\":1}".getBytes(StandardCharsets.UTF_8)));
        assertThat(info.replyText()).isEqualTo("{\"x\":1}");
        assertThat(broker.call(new FakeRequest(RequestCode.GET_CONSUMER_RUNNING_INFO)
                                .with("consumerGroup", "g")
                                .with("clientId", "gone"))
                        .replyCode())
                .isEqualTo(1);
    }

    @Test
    void aResetMovesTheGroupAndWhatItsClientsCommitCountsOnceTheyHaveMoved() {
        long start = broker.group().nowMs();
        for (int i = 0; i < 5; i++) {
            broker.message("T", 0, "m" + i, "");
            broker.group().advance(100);
        }
        online("c");
        broker.consumed("g", "T", 0, 5);
        FakeRequest reset = broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("topic", "T")
                .with("group", "g")
                .with("timestamp", start + 200)
                .with("isForce", "true"));
        broker.group().advance(5);
        assertThat(reset.replyText())
                .isEqualTo("{\"offsetTable\":{{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}:2,"
                        + "{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T\"}:0}}");
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(2);
        // Nobody is pushed: not all clients know the request (220), and all know the answer to a pull.
        assertThat(client.sent()).noneMatch(sent -> sent.code() == RequestCode.RESET_CONSUMER_CLIENT_OFFSET);
        assertThat(commit(5)).isZero();
        broker.group().advance(200);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(2);
        // 4.9 takes a queue up again, 10 s later, when it is asked to divide the queues.
        broker.group().advance(9_500);
        int before = client.sent().size();
        broker.group().advance(2_000);
        assertThat(client.sent().subList(before, client.sent().size()))
                .anyMatch(sent -> sent.code() == RequestCode.NOTIFY_CONSUMER_IDS_CHANGED);
        assertThat(commit(2)).isZero();
        broker.group().advance(200);
        assertThat(commit(4)).isZero();
        broker.group().advance(200);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(4);
    }

    @Test
    void anOffsetSetAfterTheGroupWentOfflineCountsAlsoIfItNeverMoved() {
        broker.message("T", 0, "m", "");
        broker.message("T", 0, "m", "");
        online("c");
        broker.consumed("g", "T", 0, 2);
        broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("topic", "T")
                .with("group", "g")
                .with("timestamp", 0));
        broker.call(new FakeRequest(RequestCode.UNREGISTER_CLIENT)
                .on(client)
                .with("clientID", "c")
                .with("consumerGroup", "g"));
        assertThat(commit(1)).isZero();
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(1);
        assertThat(broker.state().resets().find("g", "T", 0)).isEqualTo(-1);
    }

    private int commit(long queueOffset) {
        FakeRequest commit = new FakeRequest(RequestCode.UPDATE_CONSUMER_OFFSET)
                .on(client)
                .with("consumerGroup", "g")
                .with("topic", "T")
                .with("queueId", 0)
                .with("commitOffset", queueOffset);
        broker.call(commit);
        broker.group().advance(1);
        return commit.replyCode();
    }

    @Test
    void offsetsSetForAGroupThatIsOfflineDoNotWaitForIt() {
        broker.message("T", 0, "m", "");
        broker.message("T", 0, "m", "");
        broker.consumed("g", "T", 0, 2);
        broker.call(new FakeRequest(RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP).body("{\"groupName\":\"g\"}"));
        FakeRequest reset = broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("topic", "T")
                .with("group", "g")
                .with("timestamp", 0));
        assertThat(reset.replyCode()).isZero();
        assertThat(commit(1)).isZero();
        broker.group().advance(1);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(1);
    }

    @Test
    void offsetsOfAnotherGroupAreNotUndoneByClientsThatAreOnline() {
        broker.message("T", 0, "m", "");
        broker.message("T", 0, "m", "");
        online("c");
        broker.consumed("g", "T", 0, 2);
        broker.consumed("other", "T", 0, 1);
        FakeRequest copy = broker.call(new FakeRequest(RequestCode.CLONE_GROUP_OFFSET)
                .with("srcGroup", "other")
                .with("destGroup", "g")
                .with("topic", "T"));
        assertThat(copy.replyCode()).isZero();
        assertThat(commit(2)).isZero();
        broker.group().advance(200);
        assertThat(broker.state().offsets().find("g", "T", 0)).isEqualTo(1);
    }

    @Test
    void aResetOfWhatDoesNotExistIsRefused() {
        FakeRequest reset = new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                .with("group", "g")
                .with("timestamp", -1);
        assertThat(broker.call(reset.with("topic", "none")).replyCode()).isEqualTo(17);
        assertThat(broker.call(new FakeRequest(RequestCode.INVOKE_BROKER_TO_RESET_OFFSET)
                                .with("topic", "T")
                                .with("group", "none")
                                .with("timestamp", -1))
                        .replyCode())
                .isEqualTo(26);
    }

    @Test
    void offsetsOfAGroupAreCopied() {
        broker.consumed("g", "T", 0, 1);
        broker.consumed("g", "T", 1, 7);
        FakeRequest copy = broker.call(new FakeRequest(RequestCode.CLONE_GROUP_OFFSET)
                .with("srcGroup", "g")
                .with("destGroup", "h"));
        broker.group().advance(5);
        assertThat(copy.replyCode()).isZero();
        assertThat(broker.state().offsets().all("h", "T")).containsExactly(1, 7);
    }

    @Test
    void queuesAreDividedWithoutGapsOrOverlaps() {
        broker.topic("W", 7);
        online("a");
        online("b");
        online("c");
        for (String strategy : new String[] {"AVG", "AVG_BY_CIRCLE"}) {
            int[] owners = new int[7];
            for (String clientId : new String[] {"a", "b", "c"}) {
                String answer = broker.call(new FakeRequest(RequestCode.QUERY_ASSIGNMENT)
                                .body("{\"clientId\":\"" + clientId + "\",\"consumerGroup\":\"g\",\"messageModel\":"
                                        + "\"CLUSTERING\",\"strategyName\":\"" + strategy + "\",\"topic\":\"W\"}"))
                        .replyText();
                for (int queueId = 0; queueId < 7; queueId++) {
                    owners[queueId] += answer.contains("\"queueId\":" + queueId + ",") ? 1 : 0;
                }
            }
            assertThat(owners).as(strategy).containsOnly(1);
        }
        assertThat(broker.call(new FakeRequest(RequestCode.SET_MESSAGE_REQUEST_MODE).body("{\"mode\":\"POP\"}"))
                        .replyCode())
                .isEqualTo(17);
    }
}
