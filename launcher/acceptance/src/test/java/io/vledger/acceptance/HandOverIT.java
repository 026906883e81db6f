package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Clients that ask for routes every 30 s, as is their default, while leaders change. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandOverIT {
    private static final String DEFAULT_POLL = "-Dacceptance.pollMs=30000";
    /** Nobody is to be elected because a machine is busy: leadership is handed over here, or its holder killed. */
    private static final int ELECTION_MS = 2_000;

    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Generous, for a machine that does other things too; well below the 30 s of a poll. */
    private static final long OUTAGE_LIMIT_MS = 15_000;

    private final Path directory = WorkDirectory.of(HandOverIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThreeElecting(ELECTION_MS, directory);

    @BeforeAll
    void start() {
        cluster.startAll();
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    @BeforeEach
    void allNodesRun() {
        cluster.nodes().stream().filter(node -> !node.isRunning()).forEach(VledgerNode::start);
        cluster.awaitReady();
    }

    /** Clients of both releases: what happens to the group happens to both at once. */
    private ClientPool clients(String topic) {
        return new ClientPool(cluster.nameServer(), WorkDirectory.create(directory.resolve(topic)), DEFAULT_POLL);
    }

    private static void create(ClientProcess client, String topic) {
        client.createTopic(topic, 4);
        Await.until(
                "the second name is shown",
                LIMIT,
                () -> client.call("route", "topic", topic).text("standby", ""),
                standby -> !standby.isEmpty());
    }

    private Production produce(ClientPool clients, String topic) {
        create(clients.of(ClientRelease.V5), topic);
        Production production = Production.startPatient(clients, topic, directory);
        production.awaitMore(75);
        return production;
    }

    @Test
    void aRollingRestartFailsNoSend() {
        String topic = topics.next("rolling");
        try (ClientPool clients = clients(topic)) {
            Production production = produce(clients, topic);
            for (VledgerNode node : List.copyOf(cluster.nodes())) {
                node.stop();
                production.awaitMore(25);
                node.start();
                node.awaitReady();
                production.awaitMore(25);
            }
            assertThat(production.failures()).containsOnly("{}");
            production.prove();
        }
    }

    @Test
    void handingOverOnDemandFailsNoSendAndKeepsTheOrder() throws Exception {
        String topic = topics.next("transfer");
        try (ClientPool clients = clients(topic)) {
            Map<String, LoadRun> ordered = new TreeMap<>();
            for (ClientRelease release : ClientRelease.values()) {
                String own = topics.next("transferOrdered" + release);
                create(clients.of(release), own);
                ordered.put(own, LoadRun.startOrdered(clients.of(release), own, own, directory));
            }
            Production production = produce(clients, topic);
            for (int round = 0; round < 5; round++) {
                VledgerNode from = cluster.leader();
                HttpResponse<String> moved = from.post("/v1/groups/broker-a/transfer");
                assertThat(moved.statusCode()).as(moved.body()).isEqualTo(200);
                cluster.leaderOtherThan(from);
                production.awaitMore(25);
                ordered.values().forEach(load -> load.awaitMore(20));
            }
            assertThat(production.failures()).containsOnly("{}");
            assertThat(ordered.values()).extracting(LoadRun::failures).containsOnly("{}");
            production.prove();
            ordered.forEach((own, load) -> {
                Path acks = load.end();
                Evidence evidence =
                        Evidence.readBack(clients.of(ClientRelease.V5), own, directory.resolve(own + ".log"));
                evidence.queueOffsetsAreDense();
                assertThat(evidence.holdsAll(acks)).isPositive();
                evidence.queuesAreInOrderOfSending();
            });
        }
    }

    @Test
    void theDeathOfALeaderIsBridgedWithinSeconds() {
        String topic = topics.next("death");
        try (ClientPool clients = clients(topic)) {
            Production production = produce(clients, topic);
            production.takeLongestGapsMs();
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            production.awaitMore(75);
            List<Long> gapsMs = production.takeLongestGapsMs();
            System.out.println(
                    "5.5.0, 4.9.8: " + gapsMs + " ms without an acknowledgement, failures " + production.failures());
            assertThat(gapsMs).hasSize(2).allMatch(gapMs -> gapMs < OUTAGE_LIMIT_MS);
            leader.start();
            leader.awaitReady();
            production.prove();
        }
    }

    @Test
    void theSecondNameIsSeenByProducersOnly() {
        String topic = topics.next("second");
        try (ClientPool clients = clients(topic)) {
            ClientProcess client = clients.of(ClientRelease.V5);
            create(client, topic);
            assertThat(client.call("route", "topic", topic).values())
                    .containsEntry("standbyWriteQueues", "4")
                    .containsEntry("standbyReadQueues", "0")
                    .containsEntry("standbyPermission", "2");
            assertThat(client.mqadmin("topicRoute -t " + topic)).contains("broker-a-standby");
            assertThat(client.mqadmin("clusterList")).contains("broker-a").doesNotContain("standby");
            assertThat(client.mqadmin("topicStatus -t " + topic)).doesNotContain("standby");
            client.send("topic", topic, "body", "m", "count", 16, "keys", "k_" + topic);
            List<String> found = Await.until(
                    "all are found",
                    LIMIT,
                    () -> List.of(client.call("query", "topic", topic, "key", "k_" + topic)
                            .text("bodies")
                            .split(";")),
                    bodies -> Set.copyOf(bodies).size() == 16);
            assertThat(found)
                    .as("found once each, though two brokers are asked")
                    .doesNotHaveDuplicates();
            client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
            client.awaitBodies(topic, 16);
            assertThat(client.mqadmin("consumerProgress -g g_" + topic)
                            .lines()
                            .filter(line -> line.contains("standby")))
                    .as("a row for each queue that producers are shown, with nothing in it")
                    .hasSize(4)
                    .allMatch(line -> line.matches("\\S+ +broker-a-standby +\\d+ +0 +0 +0 +0 +N/A *"));
            client.stop(topic);
        }
    }
}
