package io.vledger.nameservice;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.protocol.RequestCode;
import io.vledger.testkit.FreePorts;
import io.vledger.testkit.fake.FakeFields;
import io.vledger.testkit.fake.ThreeMembers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NameServiceTest {
    @TempDir
    Path directory;

    private String address;
    private FakeNode asker;
    private RpcClient client;

    @BeforeEach
    void open() throws Exception {
        address = "127.0.0.1:" + FreePorts.next();
        asker = new FakeNode("n9", directory.resolve("asker"));
        CompletableFuture<RpcClient> made = new CompletableFuture<>();
        asker.vertx().runOnContext(v -> made.complete(asker.rpc().client(address)));
        client = made.get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        asker.close();
    }

    @Test
    void aLoneNodeServesItsOwnGroup() throws Exception {
        try (FakeNode node = node("n0")) {
            node.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            JsonObject route = route("TBW102");
            assertThat(route.getJsonArray("queueDatas").getJsonObject(0).getInteger("writeQueueNums"))
                    .isEqualTo(4);
            assertThat(route.getJsonArray("brokerDatas").getJsonObject(0).getString("cluster"))
                    .isEqualTo("DefaultCluster");
            assertThat(call(105, sink -> sink.put("topic", "nope"), null).code())
                    .isEqualTo(17);
            node.group.topics("TBW102", "SELF_TEST_TOPIC", "New");
            await(() -> call(105, sink -> sink.put("topic", "New"), null).code() == 0);
            node.group.topics("TBW102", "SELF_TEST_TOPIC");
            await(() -> call(105, sink -> sink.put("topic", "New"), null).code() == 17);
            assertThat(node.health().getJsonArray("serving")).isEqualTo(new JsonArray().add(address));
        }
    }

    @Test
    void topicsAreSaidToBePublishedOnceEveryNameServerShowsThem() throws Exception {
        // n1 serves the address that is asked here, n0 another one; one more answers nobody.
        String own = "127.0.0.1:" + FreePorts.next();
        try (FakeNode n1 = node("n1");
                FakeNode n0 = new FakeNode("n0", directory.resolve("n0"), own, address, "127.0.0.1:1")) {
            await(() -> !n1.health().getJsonArray("serving").isEmpty());
            n0.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0"), "2", ThreeMembers.clientAddress("n1")));
            n0.group.awaitPublished();
            for (int i = 0; i < 20; i++) {
                n0.group.topics("TBW102", "SELF_TEST_TOPIC", "New" + i);
                n0.group.awaitPublished();
                String topic = "New" + i;
                assertThat(call(105, sink -> sink.put("topic", topic), null).code())
                        .as(topic)
                        .isZero();
            }
        }
    }

    @Test
    void toolsAreShownOneBrokerAndFindTheStandbyNameWhereTheyHaveSeenIt() throws Exception {
        try (FakeNode node = node("n0")) {
            node.group.withStandby();
            node.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            String second = "ga-standby";
            // This connection has asked for the brokers, as a dashboard does.
            assertThat(text(client, 105)).doesNotContain(second);
            assertThat(text(client, 106)).doesNotContain(second);
            RpcClient producer = another();
            await(() -> text(producer, 105).contains(second));
            assertThat(text(producer, 105)).contains(second);
            // A tool that asks for a route first finds all brokers of it in the list, this one in no cluster.
            RpcClient tool = another();
            assertThat(text(tool, 105)).contains(second);
            JsonObject brokers = new JsonObject(text(tool, 106));
            assertThat(brokers.getJsonObject("brokerAddrTable").getMap()).containsOnlyKeys("ga", second);
            assertThat(brokers.getJsonObject("clusterAddrTable").getJsonArray("DefaultCluster"))
                    .isEqualTo(new JsonArray().add("ga"));
            assertThat(text(tool, 105)).doesNotContain(second);
            RpcClient lister = another();
            assertThat(text(lister, 206)).doesNotContain(second);
            assertThat(text(lister, 105)).doesNotContain(second);
        }
    }

    @Test
    void aNameServerThatStopsShowsOnlyMembersThatStay() throws Exception {
        try (FakeNode node = node("n0")) {
            node.group.withStandby();
            node.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            RpcClient producer = another();
            await(() -> masters(producer)
                    .equals(Map.of(
                            "ga", ThreeMembers.clientAddress("n0"), "ga-standby", ThreeMembers.clientAddress("n1"))));
            node.drain();
            node.group.become(GroupRole.FOLLOWER, 4, "n2"); // without the drain, n0 would be its standby
            Map<String, String> members =
                    Map.of("ga", ThreeMembers.clientAddress("n2"), "ga-standby", ThreeMembers.clientAddress("n1"));
            await(() -> masters(producer).equals(members));
            // The request is served after the change, on the same loop.
            node.group.become(GroupRole.FOLLOWER, 4, null);
            assertThat(masters(producer)).isEqualTo(members);
            node.group.become(GroupRole.STOPPED, 4, null);
            assertThat(masters(producer)).isEqualTo(members);
        }
    }

    /** Who is master under each name of the template's route. */
    private Map<String, String> masters(RpcClient from) throws Exception {
        Map<String, String> masters = new HashMap<>();
        for (Object each : new JsonObject(text(from, 105)).getJsonArray("brokerDatas")) {
            JsonObject broker = (JsonObject) each;
            masters.put(
                    broker.getString("brokerName"),
                    broker.getJsonObject("brokerAddrs").getString("0", "none"));
        }
        return masters;
    }

    private RpcClient another() throws Exception {
        CompletableFuture<RpcClient> made = new CompletableFuture<>();
        asker.vertx().runOnContext(v -> made.complete(asker.rpc().client(address)));
        return made.get(20, TimeUnit.SECONDS);
    }

    private String text(RpcClient from, int code) throws Exception {
        Promise<RpcAnswer> promise = Promise.promise();
        asker.vertx().runOnContext(v -> from.call(code, sink -> sink.put("topic", "TBW102"), null, 3000)
                .onComplete(promise));
        return new String(FakeNode.await(promise.future()).body(), StandardCharsets.UTF_8);
    }

    @Test
    void nodesRegisterWithTheOneThatServesAndFollowRoles() throws Exception {
        try (FakeNode n0 = node("n0");
                FakeNode n1 = node("n1");
                FakeNode n2 = node("n2")) {
            n1.group.become(GroupRole.LEADER, 3, "n1");
            awaitAddresses(Map.of(
                    "0",
                    ThreeMembers.clientAddress("n1"),
                    "1",
                    ThreeMembers.clientAddress("n0"),
                    "3",
                    ThreeMembers.clientAddress("n2")));
            // The new leader says so before the old one has stepped down, and n0 does not know yet.
            n2.group.become(GroupRole.LEADER, 4, "n2");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n2"), "1", ThreeMembers.clientAddress("n0")));
            n1.group.topics("TBW102", "SELF_TEST_TOPIC", "FromTheDeposed");
            n1.group.become(GroupRole.FOLLOWER, 4, "n2");
            awaitAddresses(Map.of(
                    "0",
                    ThreeMembers.clientAddress("n2"),
                    "1",
                    ThreeMembers.clientAddress("n0"),
                    "2",
                    ThreeMembers.clientAddress("n1")));
            n2.group.topics("TBW102", "SELF_TEST_TOPIC", "New");
            await(() -> call(105, sink -> sink.put("topic", "New"), null).code() == 0);
            assertThat(n0.health().getJsonArray("serving")).hasSize(1);
            await(() -> "master"
                    .equals(n2.health()
                            .getJsonObject("groups")
                            .getJsonObject("ga")
                            .getString("role")));
        }
    }

    @Test
    void anotherNodeTakesTheAddressOverWhenItsOwnerDies() throws Exception {
        FakeNode n0 = node("n0");
        try (FakeNode n1 = node("n1");
                FakeNode n2 = node("n2")) {
            for (FakeNode node : new FakeNode[] {n0, n1, n2}) {
                node.group.become(node == n2 ? GroupRole.LEADER : GroupRole.FOLLOWER, 5, "n2");
            }
            awaitAddresses(Map.of(
                    "0",
                    ThreeMembers.clientAddress("n2"),
                    "1",
                    ThreeMembers.clientAddress("n0"),
                    "2",
                    ThreeMembers.clientAddress("n1")));
            n0.kill();
            long start = System.nanoTime();
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n2"), "2", ThreeMembers.clientAddress("n1")));
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(5000);
            assertThat(n1.health().getJsonArray("serving").size()
                            + n2.health().getJsonArray("serving").size())
                    .isLessThanOrEqualTo(1);
            // A third generation: the node that serves now dies too.
            await(() -> n1.health().getJsonArray("serving").size()
                            + n2.health().getJsonArray("serving").size()
                    == 1);
            FakeNode server = n1.health().getJsonArray("serving").isEmpty() ? n2 : n1;
            FakeNode last = server == n1 ? n2 : n1;
            server.kill();
            last.group.become(GroupRole.LEADER, 6, last == n1 ? "n1" : "n2");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress(last == n1 ? "n1" : "n2")));
        } finally {
            n0.close();
        }
    }

    @Test
    void withoutALeaderThereIsNoMaster() throws Exception {
        try (FakeNode n0 = node("n0");
                FakeNode n1 = node("n1")) {
            n0.group.become(GroupRole.FOLLOWER, 3, "n1");
            n1.group.become(GroupRole.LEADER, 3, "n1");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n1"), "1", ThreeMembers.clientAddress("n0")));
            // Shown before it has registered itself, as n0's group knows it; only what
            // registered goes with its connection.
            await(() -> n1.health()
                    .getJsonObject("groups")
                    .getJsonObject("ga")
                    .getJsonArray("registered")
                    .getBoolean(0));
            n1.kill();
            awaitAddresses(Map.of("1", ThreeMembers.clientAddress("n0")));
            n0.group.become(GroupRole.CANDIDATE, 4, null);
            awaitAddresses(Map.of("1", ThreeMembers.clientAddress("n0")));
        }
    }

    @Test
    void anOrderlyStopUnregisters() throws Exception {
        try (FakeNode n0 = node("n0");
                FakeNode n1 = node("n1")) {
            assertThat(n0.health()).isNotNull();
            n1.group.become(GroupRole.LEADER, 3, "n1");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n1"), "1", ThreeMembers.clientAddress("n0")));
            n1.drain();
            // A leader goes once there is another, so that producers find one at any moment.
            assertThat(addresses())
                    .isEqualTo(Map.of("0", ThreeMembers.clientAddress("n1"), "1", ThreeMembers.clientAddress("n0")));
            n1.group.become(GroupRole.FOLLOWER, 4, "n0");
            n0.group.become(GroupRole.LEADER, 4, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            n1.withdrawGroup();
        }
    }

    @Test
    void aGroupThatGoesIsWithdrawn() throws Exception {
        try (FakeNode n0 = node("n0")) {
            n0.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            n0.withdrawGroup();
            awaitAddresses(Map.of());
            n0.offerGroup();
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            n0.group.become(GroupRole.FAILED, 3, null);
            awaitAddresses(Map.of());
        }
    }

    @Test
    void administrationIsAnswered() throws Exception {
        try (FakeNode node = node("n0")) {
            node.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            assertThat(json(call(106, FieldWriter.NONE, null)).getJsonObject("clusterAddrTable"))
                    .isEqualTo(new JsonObject().put("DefaultCluster", new JsonArray().add("ga")));
            assertThat(json(call(206, FieldWriter.NONE, null)).getJsonArray("topicList"))
                    .contains("TBW102");
            assertThat(json(call(224, sink -> sink.put("cluster", "DefaultCluster"), null))
                            .getJsonArray("topicList"))
                    .hasSize(2);
            assertThat(json(call(304, FieldWriter.NONE, null)).getString("brokerAddr"))
                    .isEqualTo(ThreeMembers.clientAddress("n0"));
            assertThat(json(call(311, FieldWriter.NONE, null)).getJsonArray("topicList"))
                    .isEmpty();
            assertThat(json(call(
                                    901,
                                    sink -> sink.put("clusterName", "DefaultCluster")
                                            .put("brokerName", "ga"),
                                    null))
                            .getJsonObject("brokerMemberGroup")
                            .getJsonObject("brokerAddrs")
                            .getString("0"))
                    .isEqualTo(ThreeMembers.clientAddress("n0"));
            RpcAnswer wiped = call(205, sink -> sink.put("brokerName", "ga"), null);
            assertThat(wiped.fields().requiredNumber("wipeTopicCount")).isEqualTo(2);
            assertThat(route("TBW102")
                            .getJsonArray("queueDatas")
                            .getJsonObject(0)
                            .getInteger("perm"))
                    .isEqualTo(4);
            assertThat(call(327, sink -> sink.put("brokerName", "ga"), null)
                            .fields()
                            .requiredNumber("addTopicCount"))
                    .isEqualTo(2);
            assertThat(call(319, FieldWriter.NONE, null).code()).isZero();
            assertThat(call(318, FieldWriter.NONE, new byte[0]).code()).isEqualTo(16);
            assertThat(call(216, sink -> sink.put("topic", "SELF_TEST_TOPIC"), null)
                            .code())
                    .isZero();
            assertThat(call(105, sink -> sink.put("topic", "SELF_TEST_TOPIC"), null)
                            .code())
                    .isEqualTo(17);
            String queues =
                    "{\"queueDatas\":[{\"brokerName\":\"ga\",\"readQueueNums\":1,\"writeQueueNums\":2,\"perm\":6}]}";
            assertThat(call(217, sink -> sink.put("topic", "P"), queues.getBytes(StandardCharsets.UTF_8))
                            .code())
                    .isZero();
            assertThat(route("P").getJsonArray("queueDatas").getJsonObject(0).getInteger("writeQueueNums"))
                    .isEqualTo(2);
        }
    }

    @Test
    void keyValuesOutliveTheNode() throws Exception {
        FieldWriter key = sink -> sink.put("namespace", KvConfigs.ORDER_TOPICS).put("key", "TBW102");
        try (FakeNode node = node("n0")) {
            node.group.become(GroupRole.LEADER, 3, "n0");
            awaitAddresses(Map.of("0", ThreeMembers.clientAddress("n0")));
            assertThat(call(101, key, null).code()).isEqualTo(22);
            assertThat(call(
                                    100,
                                    sink -> {
                                        key.writeTo(sink);
                                        sink.put("value", "ga:4");
                                    },
                                    null)
                            .code())
                    .isZero();
            assertThat(call(101, key, null).fields().text("value")).isEqualTo("ga:4");
            assertThat(route("TBW102").getString("orderTopicConf")).isEqualTo("ga:4");
            assertThat(json(call(219, sink -> sink.put("namespace", KvConfigs.ORDER_TOPICS), null))
                            .getJsonObject("table")
                            .getString("TBW102"))
                    .isEqualTo("ga:4");
            Path file = directory.resolve("n0/nameservice/kvConfig.json");
            await(() -> java.nio.file.Files.exists(file));
        }
        try (FakeNode node = node("n0")) {
            assertThat(node.health()).isNotNull();
            await(() -> call(101, key, null).code() == 0);
            assertThat(call(102, key, null).code()).isZero();
            assertThat(call(101, key, null).code()).isEqualTo(22);
        }
    }

    @Test
    void foreignBrokersRegisterInEitherForm() throws Exception {
        try (FakeNode node = node("n0")) {
            assertThat(node.health()).isNotNull();
            byte[] body = ("{\"filterServerList\":[],\"topicConfigSerializeWrapper\":{\"dataVersion\":{\"counter\":3,"
                            + "\"stateVersion\":0,\"timestamp\":9},\"topicConfigTable\":{\"A\":{\"perm\":6,\"readQueueNums\":3,"
                            + "\"topicName\":\"A\",\"writeQueueNums\":3},\"B\":{\"perm\":6,\"readQueueNums\":1,\"writeQueueNums\":1}}}}")
                    .getBytes(StandardCharsets.UTF_8);
            await(() -> call(106, FieldWriter.NONE, null).code() == 0);
            FieldWriter broker = sink -> sink.put("brokerName", "old")
                    .put("brokerAddr", "h:1")
                    .put("clusterName", "c")
                    .put("haServerAddr", "h:2")
                    .put("brokerId", 0);
            assertThat(call(RequestCode.REGISTER_BROKER, broker, body).code()).isZero();
            assertThat(route("A").getJsonArray("queueDatas").getJsonObject(0).getInteger("readQueueNums"))
                    .isEqualTo(3);
            byte[] version = "{\"counter\":3,\"stateVersion\":0,\"timestamp\":9}".getBytes(StandardCharsets.UTF_8);
            assertThat(call(322, broker, version).fields().flag("changed", true))
                    .isFalse();
            assertThat(call(322, broker, "{\"counter\":4}".getBytes(StandardCharsets.UTF_8))
                            .fields()
                            .flag("changed", false))
                    .isTrue();
            assertThat(call(
                                    RequestCode.REGISTER_BROKER,
                                    sink -> {
                                        broker.writeTo(sink);
                                        sink.put("bodyCrc32", 1);
                                    },
                                    body)
                            .remark())
                    .isEqualTo("crc32 not match");
            assertThat(call(RequestCode.REGISTER_BROKER, broker, "{".getBytes(StandardCharsets.UTF_8))
                            .remark())
                    .contains("bad JSON");
            byte[] packed = CompressedBody.of(
                    "{\"counter\":5,\"timestamp\":10}", "A 7 7 6 SINGLE_TAG {}", "C 1 1 6 SINGLE_TAG");
            assertThat(call(
                                    RequestCode.REGISTER_BROKER,
                                    sink -> {
                                        broker.writeTo(sink);
                                        sink.put("compressed", true);
                                    },
                                    packed)
                            .code())
                    .isZero();
            assertThat(route("A").getJsonArray("queueDatas").getJsonObject(0).getInteger("readQueueNums"))
                    .isEqualTo(7);
            assertThat(call(104, broker, null).code()).isZero();
            assertThat(call(105, sink -> sink.put("topic", "A"), null).code()).isEqualTo(17);
        }
    }

    private FakeNode node(String id) throws Exception {
        return new FakeNode(id, directory.resolve(id), address);
    }

    private Map<String, Object> addresses() throws Exception {
        JsonObject brokers = json(call(106, FieldWriter.NONE, null)).getJsonObject("brokerAddrTable");
        JsonObject broker = brokers.getJsonObject("ga");
        return broker == null
                ? Map.of()
                : new TreeMap<>(broker.getJsonObject("brokerAddrs").getMap());
    }

    private void awaitAddresses(Map<String, String> expected) throws Exception {
        Object[] last = new Object[1];
        try {
            await(() -> {
                last[0] = addresses();
                return last[0].equals(expected);
            });
        } catch (AssertionError e) {
            throw new AssertionError("expected " + expected + ", there is " + last[0], e);
        }
    }

    private JsonObject route(String topic) throws Exception {
        return json(call(105, sink -> sink.put("topic", topic), null));
    }

    private static JsonObject json(RpcAnswer answer) {
        return answer.body().length == 0
                ? new JsonObject().put("brokerAddrTable", new JsonObject())
                : new JsonObject(new String(answer.body(), StandardCharsets.UTF_8));
    }

    /** Calls; a failure to connect is answered with code -1. */
    private RpcAnswer call(int code, FieldWriter fields, byte @Nullable [] body) throws Exception {
        Vertx vertx = asker.vertx();
        Promise<RpcAnswer> promise = Promise.promise();
        vertx.runOnContext(v -> client.call(code, fields, body, 3000).onComplete(promise));
        Future<RpcAnswer> future = promise.future();
        return FakeNode.await(
                future.otherwise(e -> new RpcAnswer(-1, e.getMessage(), new FakeFields(Map.of()), new byte[0])));
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            assertThat(never.await(10, TimeUnit.MILLISECONDS)).isFalse();
        }
    }
}
