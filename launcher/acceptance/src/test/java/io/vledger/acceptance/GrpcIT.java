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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int INVISIBLE_MS = 10_000;
    private static final int KILLS = 5;
    /** Generous, for a machine that does other things too; below the 30 s of a client's next look at its routes. */
    private static final long NOTICEABLE_MS = 10_000;

    private static final String LINKED = "linked";
    private static final String KILLED = "kills";
    private static final int LINKED_MESSAGES = 3;
    private static final int CUTTING = Integer.MAX_VALUE - 2;
    private static final int REPLACING = Integer.MAX_VALUE - 1;

    private final Path directory = WorkDirectory.of(GrpcIT.class);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final VledgerCluster cluster = VledgerCluster.ofThreeWithGrpc(directory);
    private ClientPool clients;
    private ClientProcess admin;
    private Topics5x topics;
    private ClientProcess client;
    /** The Node client takes one address; it and the old one have that of a member, over a link that a test can cut. */
    private TcpProxy link;

    private ClientProcess node;
    private ClientProcess old;
    private List<KindsOfMessages> kinds;
    /** Topics by the clients that listen to them over the link. */
    private final Map<ClientProcess, String> linked = new ConcurrentHashMap<>();

    private ClientProcess spring;
    private String springTopic;

    @SuppressWarnings("NullAway.Init") // start() waits for who sets it
    private String springFifo;

    @SuppressWarnings("NullAway.Init") // start() waits for who sets it
    private String springDelays;

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
        String linkAddress = "127.0.0.1:" + port;
        node = ClientProcess.startNodeAtEndpoint(linkAddress, directory);
        old = ClientProcess.startOldAtEndpoints(linkAddress, directory);
        // What the tests wait for takes seconds of its own: all of it is begun before the first, and what waits for
        // itself beside the rest.
        springTopic = topics.create("spring", "NORMAL");
        spring =
                ClientProcess.startSpring(cluster.grpcEndpoints(), springTopic, topics.groupOf(springTopic), directory);
        beginExamples();
        CompletableFuture<?> springSends = CompletableFuture.runAsync(this::beginSpring, threads);
        List<CompletableFuture<KindsOfMessages>> begun =
                List.of(begin("java", client, ""), begin("node", node, Topics5x.EXPONENTIAL), begin("old", old, ""));
        kinds = begun.stream().map(CompletableFuture::join).toList();
        springSends.join();
    }

    private String firstEndpoint() {
        return cluster.grpcEndpoints().split(";")[0];
    }

    private CompletableFuture<KindsOfMessages> begin(String clients, ClientProcess by, String retry) {
        return CompletableFuture.supplyAsync(
                () -> {
                    KindsOfMessages each = new KindsOfMessages(clients, by, topics, retry);
                    each.begin();
                    if (by != client) {
                        beginToListenOverTheLink(by);
                    }
                    return each;
                },
                threads);
    }

    private void beginToListenOverTheLink(ClientProcess by) {
        String topic = topics.create("linked", "NORMAL");
        linked.put(by, topic);
        by.call("push", "name", LINKED, "group", topics.groupOf(topic), "topic", topic);
        sendOverTheLink(by, LINKED_MESSAGES);
    }

    private void beginSpring() {
        springFifo = topics.createOrdered("spring-fifo", "");
        springDelays = topics.create("spring-delays", "DELAY");
        spring.call("normal", "topic", springTopic, "body", "hello");
        spring.call("fifo", "topic", springFifo, "body", "in order", "messageGroup", "one");
        spring.call("delay", "topic", springDelays, "body", "later", "afterMs", 1_000);
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
        for (AutoCloseable each : List.of(javaExample, nodeExample, spring, node, old)) {
            each.close();
        }
        link.close();
        client.close();
        clients.close();
        cluster.close();
        threads.shutdown();
    }

    private List<String> receive(ClientProcess by, String topic, int count) {
        return topics.receive(by, topic, count, INVISIBLE_MS);
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
        kinds.forEach(KindsOfMessages::assertOrderOfWhatIsNotAcknowledged);
    }

    @Test
    void whatFailsTooOftenBecomesADeadLetter() {
        kinds.forEach(each -> each.assertDeadLetters(admin, directory));
    }

    @Test
    void theInvisibleTimeOfAMessageIsChanged() {
        kinds.forEach(KindsOfMessages::assertChangesOfTheInvisibleTime);
    }

    /** After all kinds of messages: what was acknowledged over a connection that is cut may come again. */
    @Order(CUTTING)
    @Test
    void clientsThatLoseTheirConnectionsConnectAgain() {
        linked.keySet().forEach(each -> awaitOverTheLink(each, LINKED_MESSAGES));
        link.cut();
        link.restore();
        sendAndAwaitOverTheLink(2 * LINKED_MESSAGES);
    }

    private void sendOverTheLink(ClientProcess by, int total) {
        by.call(
                "send",
                "topic",
                requireNonNull(linked.get(by)),
                "prefix",
                "at" + total + "-",
                "count",
                LINKED_MESSAGES);
    }

    private void awaitOverTheLink(ClientProcess by, int total) {
        by.awaitBodies(LINKED, total);
        assertThat(by.deliveries(LINKED).stream().map(Delivery::body).distinct())
                .hasSize(total);
    }

    /** Sends some more to each consumer behind the link, which then has been given so many. */
    private void sendAndAwaitOverTheLink(int total) {
        linked.keySet().forEach(each -> sendOverTheLink(each, total));
        linked.keySet().forEach(each -> awaitOverTheLink(each, total));
    }

    @Test
    void springApplicationsSendByTheirTemplateAndListen() {
        Await.until(
                "the listener is given it again",
                LIMIT,
                () -> spring.deliveries("listener").stream()
                        .map(each -> each.body() + ":" + each.line().text("attempt"))
                        .distinct()
                        .toList(),
                all -> all.containsAll(List.of("hello:1", "hello:2")));
        assertThat(receive(client, springFifo, 1)).containsExactly("in order:1");
        assertThat(receive(client, springDelays, 1)).containsExactly("later:1");
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
        drain(client, "replaced", topic);
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
        Await.until("all " + sent + " are received", LIMIT, () -> distinctBodies(client, "replaced") >= sent);
        assertThat(client.deliveries("replaced-back")).isEmpty();
    }

    private void drain(ClientProcess by, String name, String topic) {
        by.call(
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

    /** Each kill takes the leader, or another member, in turn; all clients send and receive meanwhile. */
    @Order(Integer.MAX_VALUE)
    @Test
    void nothingIsLostAndNothingComesBackWhenMembersAreKilled() {
        String kept = topics.create("kept", "NORMAL");
        client.call("send", "topic", kept, "prefix", "k", "count", 2);
        assertThat(receive(client, kept, 2)).containsExactlyInAnyOrder("k0:1", "k1:1");
        client.call("ack", "group", "g_" + kept, "body", "k0");
        client.call("change", "group", "g_" + kept, "body", "k1", "invisibleMs", 300_000);
        // These know one member only, and wait for it when that is killed.
        List<LoadThroughKills> others = List.of(new LoadThroughKills(old, 10), new LoadThroughKills(node, 10));
        LoadThroughKills load = new LoadThroughKills(client, 0);
        // A producer of client-java does not start while the member that it asks first ends: it starts before.
        load.begin("first-");
        others.forEach(each -> each.begin("first-"));
        load.end();
        others.forEach(LoadThroughKills::end);
        List<Long> pauses = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            String prefix = "k" + kill + "-";
            load.begin(prefix);
            others.forEach(each -> each.begin(prefix));
            VledgerNode victim =
                    kill % 2 == 0 ? cluster.leader() : cluster.nodes().get(kill % 3);
            victim.kill();
            pauses.add(load.end());
            victim.start();
            victim.awaitReady();
        }
        others.forEach(LoadThroughKills::end);
        CompletableFuture<Line> back = CompletableFuture.supplyAsync(
                () -> client.call(
                        "receive",
                        "group",
                        topics.groupOf(kept),
                        "topic",
                        kept,
                        "max",
                        16,
                        "invisibleMs",
                        INVISIBLE_MS),
                threads);
        load.assertAllReceivedOnce();
        others.forEach(LoadThroughKills::assertAllReceivedOnce);
        assertThat(pauses.stream().sorted().toList().get(KILLS / 2))
                .as("the longest send around each kill, %s ms, median", pauses)
                .isLessThan(NOTICEABLE_MS);
        List<Long> gaps = IntStream.range(0, KILLS)
                .mapToObj(kill -> longestGapMs("k" + kill + "-"))
                .toList();
        assertThat(gaps.stream().sorted().toList().get(KILLS / 2))
                .as("the longest time without a message around each kill, %s ms, median", gaps)
                .isLessThan(NOTICEABLE_MS);
        assertThat(back.join().text("bodies"))
                .as("what was acknowledged, or is invisible for five minutes")
                .isEmpty();
        // By a receipt that was given before all members that knew of it were killed.
        client.call("ack", "group", "g_" + kept, "body", "k1");
    }

    /** What the clients of one process send, one by one, while members are killed, and receive and acknowledge. */
    private final class LoadThroughKills {
        private final ClientProcess by;
        private final int pauseMs;
        private final String topic = topics.create("kills", "NORMAL");
        private CompletableFuture<Long> running = CompletableFuture.completedFuture(0L);
        private long sent;

        LoadThroughKills(ClientProcess by, int pauseMs) {
            this.by = by;
            this.pauseMs = pauseMs;
            drain(by, KILLED, topic);
        }

        /** Sends for a while, once what was begun before has ended. */
        void begin(String prefix) {
            running = running.thenApplyAsync(before -> send(prefix), threads);
        }

        private long send(String prefix) {
            Line done = by.call(
                    "load", "topic", topic, "prefix", prefix, "forMs", 1_500, "attempts", 1, "pauseMs", pauseMs);
            sent += done.number("sent");
            return done.number("longestMs");
        }

        /** How long the longest send of what was begun last took, in ms. */
        long end() {
            return running.join();
        }

        void assertAllReceivedOnce() {
            Await.until("all " + sent + " are received", LIMIT, () -> distinctBodies(by, KILLED) >= sent);
            assertThat(distinctBodies(by, KILLED)).isEqualTo(sent);
            assertThat(by.deliveries(KILLED + "-back"))
                    .as("acknowledged, and delivered again")
                    .isEmpty();
            Map<String, Long> lastMs = new HashMap<>();
            for (Delivery each : by.deliveries(KILLED)) {
                Long beforeMs = lastMs.put(each.body(), each.receivedMs());
                assertThat(beforeMs == null ? INVISIBLE_MS : each.receivedMs() - beforeMs)
                        .as(
                                "ms until %s came again; clients see the first a little after it became invisible",
                                each.body())
                        .isGreaterThan(INVISIBLE_MS / 2);
            }
        }
    }

    /** Of messages that came at their first attempt: one whose answer was lost with a member comes back when its time is over. */
    private long longestGapMs(String prefix) {
        List<Long> times = client.deliveries(KILLED).stream()
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

    private static long distinctBodies(ClientProcess by, String name) {
        return by.deliveries(name).stream()
                .map(each -> each.body().replaceFirst("#.*", ""))
                .distinct()
                .count();
    }
}
