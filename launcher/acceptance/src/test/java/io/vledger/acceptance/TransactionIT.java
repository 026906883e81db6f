package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Transactions of both client releases end as their producers say, once, whichever leader is there. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TransactionIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String HALF = "RMQ_SYS_TRANS_HALF_TOPIC";

    private final Path directory = WorkDirectory.of(TransactionIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private ClientPool clients;

    @BeforeAll
    void start() {
        JsonObject settings = new JsonObject().put("transactionTimeOut", 1_000).put("transactionCheckInterval", 1_000);
        cluster.nodes().forEach(node -> node.broker(settings));
        cluster.startAll();
        cluster.awaitReady();
        clients = new ClientPool(cluster.nameServer(), directory);
        Stream.of(ClientRelease.values()).parallel().forEach(clients::of);
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
    }

    private static void transact(ClientProcess client, String name, String topic, String body, String... outcomes) {
        client.call(
                "transact", "name", name, "topic", topic, "body", body, "outcome", outcomes[0], "check", outcomes[1]);
    }

    @Test
    void transactionsEndAsTheirProducersSayAlsoThroughKillsOfTheLeader() {
        String topic = topics.next("tx");
        clients.of(ClientRelease.V5).createTopic(topic, 4);
        List<String> names = new ArrayList<>();
        for (ClientRelease release : ClientRelease.values()) {
            ClientProcess client = clients.of(release);
            String name = "tx" + release;
            names.add(name);
            client.call("transactor", "name", name, "group", "p_" + name);
            client.call("transactLoad", "name", name, "topic", topic);
        }
        awaitMore(names);
        for (int kill = 0; kill < 3; kill++) {
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            awaitMore(names);
            leader.start();
            leader.awaitReady();
        }
        List<String> seen = new ArrayList<>();
        List<String> unseen = new ArrayList<>();
        for (ClientRelease release : ClientRelease.values()) {
            String name = "tx" + release;
            Line end = clients.of(release).call("transactEnd", "name", name);
            Stream.of(end.text("seen").split(" "))
                    .map(each -> name + "-" + each)
                    .forEach(seen::add);
            Stream.of(end.text("unseen").split(" "))
                    .map(each -> name + "-" + each)
                    .forEach(unseen::add);
        }
        Path read = directory.resolve(topic + ".log");
        List<String> stored = Await.until(
                "everything is committed",
                LIMIT,
                () -> Evidence.readBack(clients.of(ClientRelease.V5), topic, read)
                        .bodies(),
                bodies -> bodies.containsAll(seen));
        assertThat(seen).hasSizeGreaterThan(80);
        assertThat(stored).doesNotHaveDuplicates().doesNotContainAnyElementsOf(unseen);
        awaitSettled();
        for (ClientRelease release : ClientRelease.values()) {
            clients.of(release).stop("tx" + release);
        }
    }

    private void awaitMore(List<String> names) {
        ClientRelease[] releases = ClientRelease.values();
        for (int i = 0; i < releases.length; i++) {
            ClientProcess client = clients.of(releases[i]);
            String name = names.get(i);
            long before = client.call("transacted", "name", name).number("count");
            Await.until(
                    "more transactions of " + name,
                    LIMIT,
                    () -> client.call("transacted", "name", name).number("count"),
                    count -> count > before + 25);
        }
    }

    /** Tools see that no half message waits: the group that RocketMQ keeps its progress under has consumed the half topic. */
    private void awaitSettled() {
        ClientProcess client = clients.of(ClientRelease.V5);
        Await.until(
                "no half message waits",
                LIMIT,
                () -> requireNonNull(client.committed("CID_RMQ_SYS_TRANS", HALF).get(0))
                        >= requireNonNull(client.offsets(HALF).get(0))[1]);
    }

    @Test
    void aCheckReachesAnotherProducerOfTheGroup() {
        String topic = topics.next("check");
        ClientProcess first = clients.of(ClientRelease.V4);
        ClientProcess second = clients.of(ClientRelease.V5);
        first.createTopic(topic, 1);
        first.call("transactor", "name", "gone", "group", "p_check");
        transact(first, "gone", topic, "left", "UNKNOW", "UNKNOW");
        first.stop("gone");
        second.call("transactor", "name", "other", "group", "p_check");
        // So that it learns where the broker is.
        transact(second, "other", topic, "own", "ROLLBACK_MESSAGE", "ROLLBACK_MESSAGE");
        // Beside it about its own, if that was settled late.
        Delivery asked = Await.until(
                        "the other producer is asked",
                        LIMIT,
                        () -> second.deliveries("other").stream()
                                .filter(each -> each.body().equals("left"))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
        assertThat(asked.topic()).isEqualTo(topic);
        assertThat(Integer.parseInt(asked.property("TRANSACTION_CHECK_TIMES"))).isPositive();
        second.stop("other");
    }
}
