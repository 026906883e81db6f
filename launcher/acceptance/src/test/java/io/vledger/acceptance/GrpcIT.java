package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Unmodified clients of the gRPC protocol, served by the members themselves. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrpcIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int INVISIBLE_MS = 10_000;
    private static final int KILLS = 5;

    private final Path directory = WorkDirectory.of(GrpcIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThreeWithGrpc(directory);
    private ClientPool clients;
    private ClientProcess admin;
    private ClientProcess client;
    private String tags;
    private String sql;
    private String transactions;
    private String delays;
    private String fifo;
    private Line recalled;
    private String recalledId;
    private long lateMs;

    @BeforeAll
    void start() {
        JsonObject checks = new JsonObject().put("transactionTimeOut", 1_000).put("transactionCheckInterval", 1_000);
        cluster.nodes().forEach(node -> node.broker(checks));
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        admin = clients.of(ClientRelease.V5);
        client = ClientProcess.startAtEndpoints(cluster.grpcEndpoints(), directory);
        begin();
    }

    @AfterAll
    void stop() {
        client.close();
        clients.close();
        cluster.close();
    }

    private String topic(String name, String type) {
        String topic = topics.next(name);
        admin.mqadmin("updateTopic -c VledgerCluster -t " + topic + " -r 2 -w 2 -a +message.type=" + type);
        return topic;
    }

    private List<String> receive(String topic, int count, Object... more) {
        List<Object> pairs =
                new ArrayList<>(List.of("group", "g_" + topic, "topic", topic, "max", 16, "invisibleMs", INVISIBLE_MS));
        pairs.addAll(List.of(more));
        List<String> all = new ArrayList<>();
        Await.until(count + " messages are received", LIMIT, () -> {
            String bodies = client.call("receive", pairs.toArray()).text("bodies");
            all.addAll(bodies.isEmpty() ? List.of() : List.of(bodies.split(";")));
            return all.size() >= count;
        });
        return all;
    }

    private void push(String name, String topic, Object... more) {
        List<Object> pairs = new ArrayList<>(List.of("name", name, "group", "g_" + topic, "topic", topic));
        pairs.addAll(List.of(more));
        client.call("push", pairs.toArray());
    }

    /** What the tests wait for takes seconds of its own: all of it is begun before the first. */
    private void begin() {
        tags = topic("tags", "NORMAL");
        sql = topic("sql", "NORMAL");
        transactions = topic("transactions", "TRANSACTION");
        delays = topic("delays", "DELAY");
        fifo = topic("fifo", "FIFO");
        admin.mqadmin("updateSubGroup -c VledgerCluster -g g_" + fifo + " -o true");
        push("tags", tags, "tags", "a || c");
        push("sql", sql, "sql", "color = 'red'");
        push("transactions", transactions);
        push("delays", delays);
        push("fifo", fifo, "fail", 1);
        client.call("transact", "topic", transactions, "body", "committed", "outcome", "commit");
        client.call("transact", "topic", transactions, "body", "rolled-back", "outcome", "rollback");
        client.call("transact", "topic", transactions, "body", "asked-commit", "outcome", "none");
        client.call("transact", "topic", transactions, "body", "asked-rollback", "outcome", "none");
        recalled = client.call("delay", "topic", delays, "body", "recalled", "afterMs", 6_000);
        lateMs = System.currentTimeMillis();
        client.call("delay", "topic", delays, "body", "late", "afterMs", 3_000);
        recalledId = client.call("recall", "topic", delays, "handle", recalled.text("handle"))
                .text("id");
        client.call("send", "topic", fifo, "prefix", "f", "count", 5, "messageGroup", "one");
    }

    @Test
    void consumersSelectByTagAndBySql() {
        for (String topic : List.of(tags, sql)) {
            client.call("send", "topic", topic, "prefix", "a", "count", 2, "tag", "a", "color", "red");
            client.call("send", "topic", topic, "prefix", "b", "count", 2, "tag", "b", "color", "blue");
            client.call("send", "topic", topic, "prefix", "c", "count", 2, "tag", "c", "color", "green");
        }
        client.awaitBodies("tags", 4);
        client.awaitBodies("sql", 2);
        assertThat(bodies("tags")).containsExactlyInAnyOrder("a0", "a1", "c0", "c1");
        assertThat(bodies("sql")).containsExactlyInAnyOrder("a0", "a1");
    }

    @Test
    void transactionsEndAsTheirProducersSayAlsoWhenAsked() {
        client.awaitBodies("transactions", 2);
        assertThat(bodies("transactions")).containsExactlyInAnyOrder("committed", "asked-commit");
    }

    @Test
    void delayedMessagesComeInTimeUnlessTheyAreRecalled() {
        assertThat(recalledId).isEqualTo(recalled.text("id"));
        client.awaitBodies("delays", 1);
        assertThat(client.deliveries("delays").get(0).receivedMs() - lateMs).isGreaterThanOrEqualTo(2_900);
        assertThat(bodies("delays")).containsExactly("late");
    }

    @Test
    void messagesOfAGroupStayInOrderThroughRedelivery() {
        Await.until(
                "each is delivered twice",
                LIMIT,
                () -> client.deliveries("fifo").size() >= 10);
        assertThat(bodies("fifo").stream().distinct())
                .containsExactlyElementsOf(
                        IntStream.range(0, 5).mapToObj(i -> "f" + i).toList());
    }

    private List<String> bodies(String name) {
        return client.deliveries(name).stream().map(Delivery::body).toList();
    }

    /** Each kill takes the leader, or the member that the clients are connected to, in turn. */
    @Order(Integer.MAX_VALUE)
    @Test
    void nothingIsLostAndNothingComesBackWhenMembersAreKilled() {
        String topic = topic("kills", "NORMAL");
        String kept = topic("kept", "NORMAL");
        client.call("send", "topic", kept, "prefix", "k", "count", 2);
        assertThat(receive(kept, 2)).containsExactlyInAnyOrder("k0:1", "k1:1");
        client.call("ack", "group", "g_" + kept, "body", "k0");
        client.call("change", "group", "g_" + kept, "body", "k1", "invisibleMs", 300_000);
        client.call(
                "drain",
                "name",
                "kills",
                "group",
                "g_" + topic,
                "topic",
                topic,
                "max",
                16,
                "invisibleMs",
                INVISIBLE_MS);
        // A producer of client-java does not start while the member that it asks first ends: it starts before.
        int total = (int) client.call("load", "topic", topic, "prefix", "first-", "forMs", 1)
                .number("sent");
        List<Long> pauses = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            String prefix = "k" + kill + "-";
            CompletableFuture<Line> load = CompletableFuture.supplyAsync(
                    () -> client.call("load", "topic", topic, "prefix", prefix, "forMs", 1_500));
            VledgerNode victim =
                    kill % 2 == 0 ? cluster.leader() : cluster.nodes().get(kill % 3);
            victim.kill();
            Line done = load.join();
            pauses.add(done.number("longestMs"));
            total += (int) done.number("sent");
            victim.start();
            victim.awaitReady();
        }
        int sent = total;
        Await.until("all " + sent + " are received", LIMIT, () -> distinctBodies("kills") >= sent);
        assertThat(distinctBodies("kills")).isEqualTo(sent);
        assertThat(client.deliveries("kills-back"))
                .as("acknowledged, and delivered again")
                .isEmpty();
        assertThat(pauses.stream().sorted().toList().get(KILLS / 2))
                .as("the longest send around each kill, %s ms, median", pauses)
                .isLessThan(2_000L);
        assertThat(client.call("receive", "group", "g_" + kept, "topic", kept, "max", 16, "invisibleMs", INVISIBLE_MS)
                        .text("bodies"))
                .as("what was acknowledged, or is invisible for five minutes")
                .isEmpty();
    }

    @Test
    void clientsOfTheOldestReleaseWorkToo() {
        String topic = topic("old", "NORMAL");
        try (ClientProcess old = ClientProcess.startOldAtEndpoints(cluster.grpcEndpoints(), directory)) {
            old.call("push", "name", "old", "group", "g_" + topic, "topic", topic);
            old.call("send", "topic", topic, "prefix", "o", "count", 3);
            client.call("send", "topic", topic, "prefix", "n", "count", 3);
            old.awaitBodies("old", 6);
            assertThat(old.deliveries("old").stream().map(Delivery::body))
                    .containsExactlyInAnyOrder("o0", "o1", "o2", "n0", "n1", "n2");
        }
    }

    private long distinctBodies(String name) {
        return bodies(name).stream().distinct().count();
    }
}
