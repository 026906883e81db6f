package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Document;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.PluginSource;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.TcpProxy;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import io.vledger.testkit.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Unmodified clients of the gRPC protocol, of Java (two releases), Node and Spring, served by the members themselves. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrpcIT {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int INVISIBLE_MS = 10_000;
    private static final int KILLS = 5;
    private static final int REPLACING = Integer.MAX_VALUE - 1;

    private final Path directory = WorkDirectory.of(GrpcIT.class);
    private final VledgerCluster cluster = VledgerCluster.ofThreeWithGrpc(directory);
    private ClientPool clients;
    private ClientProcess admin;
    private Topics5x topics;
    private ClientProcess client;
    /** The Node client takes one address; that of a member, over a link that a test can cut. */
    private TcpProxy link;

    private String linkAddress;
    private ClientProcess node;
    private List<KindsOfMessages> kinds;
    private String dead;
    private String deadInOrder;
    private String unacknowledged;
    /** Topics by the consumer that listens to them over the link. */
    private final Map<String, String> linked = new HashMap<>();

    private ClientProcess spring;
    private String springTopic;
    private JavaProcess javaExample;
    private JavaProcess nodeExample;

    @BeforeAll
    void start() throws IOException {
        JsonObject checks = new JsonObject().put("transactionTimeOut", 1_000).put("transactionCheckInterval", 1_000);
        Certificates authority = new Certificates(directory, "authority");
        cluster.nodes().forEach(each -> {
            each.broker(checks);
            // The listener of the Spring starter uses TLS, all others do not.
            each.tls(authority, new JsonObject().put("mode", "permissive"));
        });
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        admin = clients.of(ClientRelease.V5);
        client = ClientProcess.startAtEndpoints(cluster.grpcEndpoints(), directory);
        topics = new Topics5x(admin, client, cluster.grpcEndpoints());
        String first = firstEndpoint();
        int port = Ports.next();
        link = new TcpProxy(port, Integer.parseInt(first.substring(first.indexOf(':') + 1)));
        linkAddress = "127.0.0.1:" + port;
        node = ClientProcess.startNodeAtEndpoint(linkAddress, directory);
        // What the tests wait for takes seconds of its own: all of it is begun before the first, and what waits for
        // itself beside the rest.
        springTopic = topics.create("spring", "NORMAL");
        spring =
                ClientProcess.startSpring(cluster.grpcEndpoints(), springTopic, topics.groupOf(springTopic), directory);
        beginExamples();
        CompletableFuture<KindsOfMessages> javaKinds = CompletableFuture.supplyAsync(() -> begin("java", client));
        CompletableFuture<KindsOfMessages> nodeKinds = CompletableFuture.supplyAsync(() -> begin("node", node));
        beginDeadLetters();
        beginOrder();
        kinds = List.of(javaKinds.join(), nodeKinds.join());
    }

    private String firstEndpoint() {
        return cluster.grpcEndpoints().split(";")[0];
    }

    private KindsOfMessages begin(String language, ClientProcess by) {
        KindsOfMessages each = new KindsOfMessages(language, by, topics);
        each.begin();
        return each;
    }

    private void beginExamples() throws IOException {
        Document page = new Document("plugins/grpc/README.md");
        List<String> commands = page.commands("mqadmin");
        assertThat(commands).hasSize(1);
        topics.mqadmin(commands.get(0).replace("mqadmin ", "").replace(" -n 127.0.0.1:9876", ""));
        topics.assertKnown("hello");
        javaExample = ClientProcess.runExample(Files.writeString(
                directory.resolve("Hello.java"),
                page.block("java").replace("127.0.0.1:8081;127.0.0.1:8082;127.0.0.1:8083", cluster.grpcEndpoints())));
        nodeExample = ClientProcess.runExample(Files.writeString(
                directory.resolve("hello.js"), page.block("js").replace("127.0.0.1:8081", firstEndpoint())));
    }

    @AfterAll
    void stop() throws Exception {
        for (AutoCloseable each : List.of(javaExample, nodeExample, spring, node)) {
            each.close();
        }
        link.close();
        client.close();
        clients.close();
        cluster.close();
    }

    private List<String> receive(ClientProcess by, String topic, int count) {
        return receive(by, topic, count, INVISIBLE_MS);
    }

    private List<String> receive(ClientProcess by, String topic, int count, int invisibleMs) {
        List<String> all = new ArrayList<>();
        Await.until(count + " messages are received", LIMIT, () -> {
            String bodies = by.call(
                            "receive",
                            "group",
                            topics.groupOf(topic),
                            "topic",
                            topic,
                            "max",
                            16,
                            "invisibleMs",
                            invisibleMs)
                    .text("bodies");
            all.addAll(bodies.isEmpty() ? List.of() : List.of(bodies.split(";")));
            return all.size() >= count;
        });
        return all;
    }

    private void push(String name, String topic, int fail) {
        client.call("push", "name", name, "group", topics.groupOf(topic), "topic", topic, "fail", fail);
    }

    private void beginDeadLetters() {
        dead = topics.create("dead", "NORMAL");
        deadInOrder = topics.create("dead-fifo", "FIFO");
        topics.mqadmin("updateSubGroup -c VledgerCluster -r 1 -g " + topics.groupOf(dead));
        topics.mqadmin("updateSubGroup -c VledgerCluster -r 1 -o true -g " + topics.groupOf(deadInOrder));
        push("dead", dead, 99);
        push("dead-fifo", deadInOrder, 99);
        client.call("send", "topic", dead, "prefix", "poison", "count", 1);
        client.call("send", "topic", deadInOrder, "prefix", "poison", "count", 2, "messageGroup", "one");
    }

    /** Five messages of a group are received, and two of them acknowledged. */
    private void beginOrder() {
        unacknowledged = topics.createOrdered("unacknowledged");
        client.call("send", "topic", unacknowledged, "prefix", "f", "count", 5, "messageGroup", "one");
        assertThat(receive(client, unacknowledged, 5)).containsExactly("f0:1", "f1:1", "f2:1", "f3:1", "f4:1");
        client.call("ack", "group", topics.groupOf(unacknowledged), "body", "f0");
        client.call("ack", "group", topics.groupOf(unacknowledged), "body", "f1");
        client.call("send", "topic", unacknowledged, "prefix", "g", "count", 1, "messageGroup", "one");
    }

    @Test
    void consumersSelectByTagAndBySql() {
        kinds.forEach(KindsOfMessages::assertFilters);
    }

    @Test
    void transactionsEndAsTheirProducersSayAlsoWhenAsked() {
        kinds.forEach(KindsOfMessages::assertTransactions);
    }

    @Test
    void delayedMessagesComeInTimeUnlessTheyAreRecalled() {
        kinds.forEach(KindsOfMessages::assertDelays);
    }

    @Test
    void messagesOfAGroupStayInOrderWhereAListenerFails() {
        kinds.forEach(KindsOfMessages::assertOrder);
    }

    @Test
    void whatIsNotAcknowledgedInOrderComesBackInOrderBeforeAnythingElse() {
        assertThat(receive(client, unacknowledged, 4)).containsExactly("f2:2", "f3:2", "f4:2", "g0:1");
    }

    @Test
    void whatFailsTooOftenBecomesADeadLetter() {
        for (String topic : List.of(dead, deadInOrder)) {
            int count = topic.equals(dead) ? 1 : 2;
            List<String> bodies = Await.until(
                    "dead letters of " + topic,
                    LIMIT,
                    () -> Evidence.readBack(admin, "%DLQ%" + topics.groupOf(topic), directory.resolve(topic + ".txt"))
                            .bodies(),
                    all -> all.size() >= count);
            assertThat(bodies).isEqualTo(List.of("poison0", "poison1").subList(0, count));
        }
        assertThat(client.deliveries("dead")).hasSize(2);
        assertThat(client.deliveries("dead-fifo"))
                .extracting(Delivery::body)
                .containsExactly("poison0", "poison0", "poison1", "poison1");
    }

    @Test
    void theInvisibleTimeOfAMessageIsChanged() {
        for (ClientProcess each : List.of(client, node)) {
            String topic = topics.create("changed", "NORMAL");
            String group = topics.groupOf(topic);
            each.call("send", "topic", topic, "prefix", "c", "count", 2);
            assertThat(receive(each, topic, 2, 10 * INVISIBLE_MS)).containsExactlyInAnyOrder("c0:1", "c1:1");
            long beganMs = System.currentTimeMillis();
            each.call("change", "group", group, "body", "c0", "invisibleMs", 300_000);
            each.call("change", "group", group, "body", "c1", "invisibleMs", 1_000);
            assertThat(receive(each, topic, 1)).containsExactly("c1:2");
            assertThat(System.currentTimeMillis() - beganMs).as("ms").isBetween(900L, 9L * INVISIBLE_MS);
            // By the receipts that the changes gave.
            each.call("ack", "group", group, "body", "c0");
            each.call("ack", "group", group, "body", "c1");
        }
    }

    @Test
    void clientsThatLoseTheirConnectionsConnectAgainAlsoThoseOfTheOldestRelease() {
        try (ClientProcess old = ClientProcess.startOldAtEndpoints(linkAddress, directory)) {
            for (ClientProcess each : List.of(old, node)) {
                String name = each == old ? "linked-old" : "linked-node";
                String topic = topics.create(name, "NORMAL");
                linked.put(name, topic);
                each.call("push", "name", name, "group", topics.groupOf(topic), "topic", topic);
                sendAndAwait(each, name, 3);
                link.cut();
                link.restore();
                sendAndAwait(each, name, 6);
            }
        }
    }

    /** Sends three messages to the topic of a consumer, which then has been given so many. */
    private void sendAndAwait(ClientProcess by, String name, int total) {
        by.call("send", "topic", requireNonNull(linked.get(name)), "prefix", "at" + total + "-", "count", 3);
        by.awaitBodies(name, total);
        assertThat(by.deliveries(name).stream().map(Delivery::body).distinct()).hasSize(total);
    }

    @Test
    void springApplicationsSendByTheirTemplateAndListen() {
        String fifo = topics.createOrdered("spring-fifo");
        String delays = topics.create("spring-delays", "DELAY");
        spring.call("normal", "topic", springTopic, "body", "hello");
        spring.call("fifo", "topic", fifo, "body", "in order", "messageGroup", "one");
        spring.call("delay", "topic", delays, "body", "later", "afterMs", 1_000);
        Await.until(
                "the listener is given it again",
                LIMIT,
                () -> spring.deliveries("listener").size() >= 2);
        assertThat(spring.deliveries("listener"))
                .extracting(each -> each.body() + ":" + each.line().text("attempt"))
                .containsExactly("hello:1", "hello:2");
        assertThat(receive(client, fifo, 1)).containsExactly("in order:1");
        assertThat(receive(client, delays, 1)).containsExactly("later:1");
        spring.close();
    }

    @Test
    void theExamplesOfTheReadmeRun() {
        for (JavaProcess each : List.of(javaExample, nodeExample)) {
            assertThat(each.awaitExit(LIMIT)).as("it says %s", each.output()).isZero();
            assertThat(each.output().lines()).contains(each == javaExample ? "from Java" : "from Node");
        }
    }

    @Order(REPLACING)
    @Test
    void noSendFailsAndNothingIsLostWhenThePluginIsReplacedUnderLoad() throws IOException {
        String topic = topics.create("replaced", "NORMAL");
        drain("replaced", topic);
        long first = client.call("load", "topic", topic, "prefix", "first-", "forMs", 1)
                .number("sent");
        CompletableFuture<Line> load =
                CompletableFuture.supplyAsync(() -> client.call("load", "topic", topic, "prefix", "r", "pauseMs", 4));
        for (VledgerNode each : cluster.nodes()) {
            Path partial = Files.write(each.plugins().resolve("grpc.partial"), PluginSource.bundled("grpc", "again"));
            Files.move(partial, each.plugins().resolve("grpc.jar"), StandardCopyOption.ATOMIC_MOVE);
        }
        for (VledgerNode each : cluster.nodes()) {
            Await.until("the plugin is replaced", LIMIT, () -> each.log().contains("plugin grpc again replaced"));
            Files.delete(each.plugins().resolve("grpc.jar"));
        }
        for (VledgerNode each : cluster.nodes()) {
            Await.until("the bundled plugin is back", LIMIT, () -> each.log().contains(" replaced again"));
        }
        client.call("stopLoad");
        Line done = load.join();
        assertThat(done.number("failed")).as("sends that failed").isZero();
        long sent = first + done.number("sent");
        Await.until("all " + sent + " are received", LIMIT, () -> distinctBodies("replaced") >= sent);
        assertThat(client.deliveries("replaced-back")).isEmpty();
    }

    private void drain(String name, String topic) {
        client.call(
                "drain",
                "name",
                name,
                "group",
                topics.groupOf(topic),
                "topic",
                topic,
                "max",
                16,
                "invisibleMs",
                INVISIBLE_MS);
    }

    /** Each kill takes the leader, or the member that the clients are connected to, in turn. */
    @Order(Integer.MAX_VALUE)
    @Test
    void nothingIsLostAndNothingComesBackWhenMembersAreKilled() {
        String topic = topics.create("kills", "NORMAL");
        String kept = topics.create("kept", "NORMAL");
        client.call("send", "topic", kept, "prefix", "k", "count", 2);
        assertThat(receive(client, kept, 2)).containsExactlyInAnyOrder("k0:1", "k1:1");
        client.call("ack", "group", "g_" + kept, "body", "k0");
        client.call("change", "group", "g_" + kept, "body", "k1", "invisibleMs", 300_000);
        drain("kills", topic);
        // A producer of client-java does not start while the member that it asks first ends: it starts before.
        int total = (int) client.call("load", "topic", topic, "prefix", "first-", "forMs", 1, "attempts", 1)
                .number("sent");
        List<Long> pauses = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            String prefix = "k" + kill + "-";
            CompletableFuture<Line> load = CompletableFuture.supplyAsync(
                    () -> client.call("load", "topic", topic, "prefix", prefix, "forMs", 1_500, "attempts", 1));
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
        List<Long> gaps = IntStream.range(0, KILLS)
                .mapToObj(kill -> longestGapMs("k" + kill + "-"))
                .toList();
        assertThat(gaps.stream().sorted().toList().get(KILLS / 2))
                .as("the longest time without a message around each kill, %s ms, median", gaps)
                .isLessThan(2_000L);
        assertThat(client.call("receive", "group", "g_" + kept, "topic", kept, "max", 16, "invisibleMs", INVISIBLE_MS)
                        .text("bodies"))
                .as("what was acknowledged, or is invisible for five minutes")
                .isEmpty();
        sendAndAwait(node, "linked-node", 9);
    }

    /** Of messages that came at their first attempt: one whose answer was lost with a member comes back when its time is over. */
    private long longestGapMs(String prefix) {
        List<Long> times = client.deliveries("kills").stream()
                .filter(each -> each.body().startsWith(prefix)
                        && each.line().text("attempt").equals("1"))
                .map(Delivery::receivedMs)
                .sorted()
                .toList();
        return IntStream.range(1, times.size())
                .mapToLong(i -> times.get(i) - times.get(i - 1))
                .max()
                .orElse(0);
    }

    private List<String> bodies(String name) {
        return client.deliveries(name).stream().map(Delivery::body).toList();
    }

    private long distinctBodies(String name) {
        return bodies(name).stream()
                .map(body -> body.replaceFirst("#.*", ""))
                .distinct()
                .count();
    }
}
