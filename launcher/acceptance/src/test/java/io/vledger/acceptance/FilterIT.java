package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientFailure;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** SQL92 filters, light queues and priorities, with clients of both releases, beside a RocketMQ 5.5.0 broker, and with the leader killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FilterIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final List<String> EXPRESSIONS = List.of(
            "price > 5",
            "price BETWEEN 3 AND 6 AND colour IN ('red', 'it''s')",
            "colour IS NULL OR NOT (price >= 2.5)",
            "colour CONTAINS 'e' AND TAGS = 'T1'",
            "colour STARTSWITH 'r' OR colour ENDSWITH 's'",
            "gone = 1 OR gone IS NULL",
            "price > colour");

    private final Path directory = WorkDirectory.of(FilterIT.class);
    private final Topics topics = new Topics();
    private VledgerCluster cluster;
    private RealNameServer nameServer;
    private RealBroker rocketmq;
    private ClientPool clients;
    private ClientProcess atRocketmq;

    @BeforeAll
    void start() {
        cluster = VledgerCluster.ofThree(directory);
        cluster.nodes()
                .forEach(node ->
                        node.broker(new JsonObject().put("enableLmq", true).put("enableMultiDispatch", true)));
        cluster.startAll();
        nameServer = RealNameServer.start(directory);
        rocketmq = RealBroker.startMaster(
                "broker-r",
                nameServer.address(),
                directory,
                "enablePropertyFilter=true",
                "timerWheelEnable=true",
                "enableLmq=true",
                "enableMultiDispatch=true");
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        atRocketmq = ClientProcess.start(
                ClientRelease.V5, nameServer.address(), WorkDirectory.create(directory.resolve("rocketmq")));
    }

    @AfterAll
    void stop() {
        atRocketmq.close();
        clients.close();
        rocketmq.close();
        nameServer.close();
        cluster.close();
    }

    private static void fill(ClientProcess client, String topic) {
        client.createTopic(topic, 1);
        String[] colours = {"red", "green", "it's", "", "5"};
        for (int i = 0; i < 20; i++) {
            List<Object> message = new ArrayList<>(
                    List.of("topic", topic, "body", "m" + i, "tags", "T" + i % 3, "p.price", Integer.toString(i % 10)));
            if (i % 5 != 3) {
                message.addAll(List.of("p.colour", colours[i % 5]));
            }
            client.send(message.toArray());
        }
    }

    private static List<String> selected(ClientProcess client, String topic, String expression) {
        // A client pulls by SQL once a heartbeat has let it know the broker's version.
        Line selected = Await.until(
                "a pull by " + expression,
                LIMIT,
                () -> client.call("select", "group", "g_" + topic, "topic", topic, "sql", expression),
                line -> true);
        // One that was sent twice is selected twice.
        return Stream.of(selected.text("bodies").split(";")).distinct().toList();
    }

    @Test
    void pullsSelectTheSameAsAtRocketMq() {
        String topic = topics.next("same");
        fill(atRocketmq, topic);
        fill(clients.of(ClientRelease.V5), topic);
        for (String expression : EXPRESSIONS) {
            List<String> expected = selected(atRocketmq, topic, expression);
            for (ClientRelease release : ClientRelease.values()) {
                assertThat(selected(clients.of(release), topic, expression))
                        .as("%s with %s", expression, release)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConsumerWithABadExpressionDoesNotStartAndLearnsWhereItIsWrong(ClientRelease release) {
        String topic = topics.next("bad");
        clients.of(release).createTopic(topic, 1);
        ClientFailure refused = catchThrowableOfType(ClientFailure.class, () -> clients.of(release)
                .call("push", "name", topic, "group", "g_" + topic, "topic", topic, "sql", "price > 'x'"));
        assertThat(refused.code()).isEqualTo(23);
        assertThat(refused).hasMessageContaining("at character 7");
    }

    @Test
    void anOldClientIsPushedWhatItSelects() {
        ClientProcess client = clients.of(ClientRelease.V4);
        String topic = topics.next("old");
        client.createTopic(topic, 1);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "sql", "price > 5");
        send(client, topic, 0, 20);
        assertThat(client.awaitBodies(topic, 8).stream().map(Delivery::body).distinct())
                .containsExactlyInAnyOrderElementsOf(bodies(0, 20, true));
        client.stop(topic);
    }

    @Test
    void theNextLeaderSelectsAndFillsLightQueuesAsTheLastOneDid() {
        ClientProcess client = clients.of(ClientRelease.V5);
        String topic = topics.next("push");
        String lite = topic + "_lite";
        client.createTopic(topic, 1);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "sql", "price > 5");
        client.call(
                "lite", "name", lite, "group", "g_" + lite, "topic", topic, "sql", "price <= 5", "autoCommit", true);
        send(client, topic, 0, 20, "s.INNER_MULTI_DISPATCH", "%LMQ%kill");
        client.awaitBodies(topic, 8);
        client.awaitBodies(lite, 12);
        VledgerNode leader = cluster.leader();
        leader.kill();
        cluster.leaderOtherThan(leader);
        send(client, topic, 20, 40, "s.INNER_MULTI_DISPATCH", "%LMQ%kill");
        for (String name : List.of(topic, lite)) {
            List<String> wanted = bodies(0, 40, name.equals(topic));
            List<Delivery> all = client.awaitBodies(name, wanted.size());
            assertThat(all.stream().map(Delivery::body).distinct()).containsExactlyInAnyOrderElementsOf(wanted);
        }
        Line light = read(clients.of(ClientRelease.V4), topic, "%LMQ%kill");
        List<String> read = Arrays.asList(light.text("bodies").split(";"));
        assertThat(read)
                .containsAll(IntStream.range(0, 40).mapToObj(i -> "m" + i).toList());
        assertThat(light.text("offsets").split(";"))
                .containsExactlyElementsOf(IntStream.range(0, read.size())
                        .mapToObj(Integer::toString)
                        .toList());
        client.stop(topic);
        client.stop(lite);
    }

    /** The messages of {@link #send} that cost more than 5, or the others. */
    private static List<String> bodies(int from, int to, boolean dear) {
        return IntStream.range(from, to)
                .filter(i -> (i % 10 > 5) == dear)
                .mapToObj(i -> "m" + i)
                .toList();
    }

    /** Sends messages of rising number; a send that fails while there is no leader is sent again. */
    private static void send(ClientProcess client, String topic, int from, int to, Object... more) {
        for (int i = from; i < to; i++) {
            String body = "m" + i;
            List<Object> message =
                    new ArrayList<>(List.of("topic", topic, "body", body, "p.price", Integer.toString(i % 10)));
            message.addAll(Arrays.asList(more));
            Await.until("a send", LIMIT, () -> {
                try {
                    client.send(message.toArray());
                    return true;
                } catch (ClientFailure unknown) {
                    return false;
                }
            });
        }
    }

    @Test
    void lightQueuesAreFilledAsByRocketMq() {
        ClientProcess client = clients.of(ClientRelease.V5);
        String topic = topics.next("light");
        for (ClientProcess each : List.of(atRocketmq, client)) {
            each.createTopic(topic, 1);
            for (int i = 0; i < 5; i++) {
                each.send(
                        "topic",
                        topic,
                        "body",
                        "m" + i,
                        "s.INNER_MULTI_DISPATCH",
                        i % 2 == 0 ? "%LMQ%a,%LMQ%b" : "%LMQ%b");
            }
            each.send("topic", topic, "body", "b", "count", 2, "how", "batch", "s.INNER_MULTI_DISPATCH", "%LMQ%batch");
            // In them once they are delivered.
            each.send("topic", topic, "body", "level", "s.INNER_MULTI_DISPATCH", "%LMQ%a,%LMQ%b", "s.DELAY", "1");
        }
        for (ClientProcess each : List.of(atRocketmq, client)) {
            // One after the other, since only then their order is known.
            Await.until("the level is over", LIMIT, () -> read(each, topic, "%LMQ%b"), line -> line.text("bodies")
                    .endsWith("level"));
            each.send(
                    "topic", topic, "body", "m6", "s.INNER_MULTI_DISPATCH", "%LMQ%b,%LMQ%a", "s.TIMER_DELAY_SEC", "1");
        }
        for (String light : List.of("%LMQ%a", "%LMQ%b")) {
            Line expected = Await.until(
                    "RocketMQ dispatches", LIMIT, () -> read(atRocketmq, topic, light), line -> line.text("bodies")
                            .endsWith("m6"));
            assertThat(expected.text("bodies")).contains("level");
            Line ours = Await.until(
                    "ours are delivered", LIMIT, () -> read(client, topic, light), line -> line.text("bodies")
                            .endsWith("m6"));
            assertThat(ours.values()).isEqualTo(expected.values());
        }
        // RocketMQ stores messages of a batch in their topic alone.
        assertThat(read(client, topic, "%LMQ%batch").text("bodies")).isEqualTo("b-0;b-1");
        assertThat(read(atRocketmq, topic, "%LMQ%batch").text("bodies")).isEmpty();
    }

    @Test
    void lightQueuesOfARocketMqBrokerAreTakenOver() {
        Path place = WorkDirectory.create(directory.resolve("taken-over"));
        String[] features = {"enableLmq=true", "enableMultiDispatch=true"};
        Map<String, Line> before = new TreeMap<>();
        int port;
        Path store;
        try (RealNameServer names = RealNameServer.start(place);
                RealBroker broker = RealBroker.startMaster("light", names.address(), place, features);
                ClientPool old = new ClientPool(names.address(), place.resolve("old"))) {
            ClientProcess client = old.of(ClientRelease.V5);
            client.createTopic("t", 2);
            sendLight(client, 0, 40);
            for (String light : List.of("%LMQ%a", "%LMQ%b")) {
                before.put(
                        light,
                        Await.until("RocketMQ dispatches", LIMIT, () -> read(client, "t", light), line -> line.text(
                                        "bodies")
                                .endsWith("m39")));
            }
            broker.kill();
            port = broker.port();
            store = broker.store();
        }
        try (VledgerCluster node =
                        VledgerCluster.upgraded(place.resolve("new"), "light", port, List.of(store), features);
                ClientPool pool = new ClientPool(node.nameServer(), place.resolve("new"))) {
            node.startAll();
            node.awaitReady();
            ClientProcess client = pool.of(ClientRelease.V5);
            before.forEach((light, line) ->
                    assertThat(read(client, "t", light).values()).as(light).isEqualTo(line.values()));
            sendLight(client, 40, 44);
            Line all = read(client, "t", "%LMQ%b");
            assertThat(all.text("bodies")).endsWith("m38;m39;m40;m41;m42;m43");
            assertThat(all.text("offsets")).as("in every queue of a message").endsWith("38;13,39;40;41;14,42;43");
        }
    }

    private static void sendLight(ClientProcess client, int from, int to) {
        for (int i = from; i < to; i++) {
            client.send(
                    "topic",
                    "t",
                    "body",
                    "m" + i,
                    "queue",
                    i % 2,
                    "s.INNER_MULTI_DISPATCH",
                    i % 3 == 0 ? "%LMQ%a,%LMQ%b" : "%LMQ%b");
        }
    }

    private static Line read(ClientProcess client, String topic, String light) {
        // It may not know yet where a new leader is.
        Line line = Await.until(
                "a pull of " + light,
                LIMIT,
                () -> client.call("select", "group", "g_light", "topic", topic, "light", light),
                answer -> true);
        return Line.of(0, Line.OK, "bodies", line.text("bodies"), "offsets", line.text("offsets"));
    }

    @Test
    void aPriorityPicksTheQueueThatRocketMqPicks() {
        String topic = topics.next("priority");
        for (ClientProcess each : List.of(atRocketmq, clients.of(ClientRelease.V5))) {
            each.createTopic(topic, 4);
        }
        for (String priority : List.of("0", "2", "3", "9")) {
            assertThat(queueOf(clients.of(ClientRelease.V5), topic, priority))
                    .as("priority %s", priority)
                    .isEqualTo(queueOf(atRocketmq, topic, priority));
        }
    }

    private static int queueOf(ClientProcess client, String topic, String priority) {
        List<Sent> sent = client.send("topic", topic, "body", "m", "queue", 1, "s._SYS_MSG_PRIORITY_", priority);
        return sent.get(0).place().queueId();
    }
}
