package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Differences;
import io.vledger.acceptance.fixture.MisleadingNameServer;
import io.vledger.acceptance.fixture.Place;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.RawConnection;
import io.vledger.acceptance.fixture.RequestForms;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.SideBySide;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that take a follower for the leader are served all the same, since it relays what they ask. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardingIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Set<Integer> READS = Set.of(
            11, 14, 21, 29, 30, 31, 32, 33, 38, 201, 202, 203, 204, 208, 300, 303, 305, 308, 317, 321, 328, 343, 345,
            351, 352, 402, 200_052, 200_055);

    private final Path directory = WorkDirectory.of(ForwardingIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory);
    private MisleadingNameServer nameServer;
    private ClientPool clients;

    @BeforeAll
    void start() {
        cluster.startAll();
        cluster.awaitReady();
        nameServer = new MisleadingNameServer(cluster.nameServer());
        clients = new ClientPool(nameServer.address(), directory);
    }

    @AfterAll
    void stop() {
        clients.close();
        nameServer.close();
        cluster.close();
    }

    @BeforeEach
    void allNodesRun() {
        cluster.nodes().stream().filter(node -> !node.isRunning()).forEach(VledgerNode::start);
        cluster.awaitReady();
    }

    /** A new topic that the client believes to be led by a follower. */
    private String misledTopic(ClientProcess client, String purpose, int queues) {
        String topic = topics.next(purpose);
        client.createTopic(topic, queues);
        Await.until(
                "a follower in the leader's place",
                LIMIT,
                () -> client.call("route", "topic", topic).text("broker.0"),
                shown -> !shown.equals(cluster.leader().clientAddress()));
        return topic;
    }

    /** Requests that read what the group agrees on, in all their forms, and pulls; searches by key are answered by one of two, see the broker's README. */
    @Test
    void aFollowerAnswersWhatTheLeaderAnswers() {
        ClientProcess client = clients.of(ClientRelease.V5);
        client.createTopic("known", 4);
        client.send("topic", "known", "body", "m", "count", 12, "keys", "k1");
        VledgerNode leader = cluster.leader();
        VledgerNode follower = cluster.nodes().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
        Differences differences = Differences.none();
        int compared = 0;
        for (RequestForms.Form form : new RequestForms().read("beside/requests.txt")) {
            if (READS.contains(form.request().code())) {
                differences.compare(
                        form.name(),
                        form.request(),
                        new SideBySide.Pair(
                                SideBySide.ask(client, leader.clientAddress(), "leader", form.request()),
                                SideBySide.ask(client, follower.clientAddress(), "follower", form.request())));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(100);
        assertThat(differences.unexplained()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void whatIsSentToAFollowerInAnyWayIsStoredAndDelivered(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = misledTopic(client, "ways", 4);
        String group = "g_" + topic;
        Map<String, Place> acknowledged = new HashMap<>();
        List<Sent> sync = client.send("topic", topic, "body", "sync", "count", 20, "keys", "k_" + topic);
        List<Sent> async = client.send("topic", topic, "body", "async", "count", 200, "how", "async");
        List<Sent> batch = client.send("topic", topic, "body", "batch", "count", 10, "how", "batch");
        client.send("topic", topic, "body", "large", "pad", 900_000, "count", 2);
        client.send("topic", topic, "body", "oneway", "count", 5, "how", "oneway");
        IntStream.range(0, 20)
                .forEach(i -> acknowledged.put("sync-" + i, sync.get(i).place()));
        IntStream.range(0, 200)
                .forEach(i -> acknowledged.put("async-" + i, async.get(i).place()));
        Place first = batch.get(0).place();
        IntStream.range(0, 10)
                .forEach(i -> acknowledged.put("batch-" + i, new Place(first.queueId(), first.queueOffset() + i)));
        assertThat(sync).extracting(Sent::status).containsOnly("SEND_OK");

        client.call("push", "name", topic, "group", group, "topic", topic);
        List<Delivery> delivered = client.awaitBodies(topic, 237);
        Map<String, Place> places = new HashMap<>();
        delivered.forEach(each -> places.put(each.body(), each.place()));
        assertThat(places).containsAllEntriesOf(acknowledged).containsKeys("oneway-0", "oneway-4");
        client.awaitAllCommitted(group, topic);
        Await.until(
                "all are found by key",
                LIMIT,
                () -> Stream.of(client.call("query", "topic", topic, "key", "k_" + topic)
                                .text("bodies")
                                .split(";"))
                        .distinct()
                        .count(),
                found -> found == 20);
        client.stop(topic);
        assertThat(nameServer.misled()).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void queuesAreLockedAndConsumedInOrderThroughAFollower(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = misledTopic(client, "orderly", 2);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "orderly", true);
        client.send("topic", topic, "body", "a", "count", 50, "queue", 0);
        client.send("topic", topic, "body", "b", "count", 50, "queue", 1);
        List<String> delivered = client.awaitDifferentBodies(topic, 100);
        for (String queue : List.of("a", "b")) {
            assertThat(delivered)
                    .filteredOn(body -> body.startsWith(queue))
                    .containsExactlyElementsOf(IntStream.range(0, 50)
                            .mapToObj(i -> queue + "-" + i)
                            .toList());
        }
        client.stop(topic);
    }

    @ParameterizedTest
    @EnumSource
    void aRefusedMessageGoesBackThroughAFollower(ClientRelease release) {
        ClientProcess client = clients.of(release);
        String topic = misledTopic(client, "back", 1);
        client.call("push", "name", topic, "group", "g_" + topic, "topic", topic, "fail", 1);
        client.send("topic", topic, "body", "again");
        Await.until(
                "it comes again",
                LIMIT,
                () -> client.deliveries(topic).stream()
                        .map(Delivery::reconsumed)
                        .distinct()
                        .toList(),
                List.of(0L, 1L)::equals);
        client.stop(topic);
    }

    @Test
    void aRelayedMessageIsBornWhereItsClientIs() throws Exception {
        ClientProcess client = clients.of(ClientRelease.V5);
        String topic = misledTopic(client, "born", 1);
        String follower = client.call("route", "topic", topic).text("broker.0");
        try (RawConnection raw = new RawConnection(follower)) {
            raw.send(RawConnection.frame(
                    "{\"code\":10,\"flag\":0,\"language\":\"JAVA\",\"opaque\":7,\"version\":485,"
                            + "\"extFields\":{\"producerGroup\":\"p\",\"topic\":\"" + topic
                            + "\",\"defaultTopic\":\"TBW102\","
                            + "\"defaultTopicQueueNums\":\"4\",\"queueId\":\"0\",\"sysFlag\":\"0\",\"bornTimestamp\":\"1\","
                            + "\"flag\":\"0\",\"properties\":\"KEYS\\u0001born\\u0002\",\"reconsumeTimes\":\"0\","
                            + "\"unitMode\":\"false\",\"batch\":\"false\"}}",
                    "born here"));
            assertThat(raw.receiveHeader()).contains("\"code\":0,").contains("\"opaque\":7");
            client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
            Delivery delivery = client.awaitBodies(topic, 1).get(0);
            assertThat(delivery.line().text("bornHost")).isEqualTo("127.0.0.1:" + raw.localPort());
            client.stop(topic);
        }
    }

    @Test
    void nothingAcknowledgedThroughFollowersIsLostWhenLeadersDie() {
        Production production = Production.start(clients, topics.next("kills"), directory);
        production.awaitMore(50);
        for (int kill = 0; kill < 3; kill++) {
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            production.awaitMore(50);
            leader.start();
            leader.awaitReady();
        }
        production.prove();
    }
}
