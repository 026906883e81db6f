package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that ask for routes every 30 s, as is their default, while leaders change. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandOverIT {
    private static final String DEFAULT_POLL = "-Dacceptance.pollMs=30000";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    /** Generous, for a machine that does other things too; well below the 30 s of a poll. */
    private static final long OUTAGE_LIMIT_MS = 5_000;

    private final Path directory = WorkDirectory.of(HandOverIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);

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

    private ClientProcess client(ClientRelease release, String topic) {
        ClientProcess client = ClientProcess.start(
                release, cluster.nameServer(), WorkDirectory.create(directory.resolve(topic)), DEFAULT_POLL);
        client.createTopic(topic, 4);
        Await.until(
                "the second name is shown",
                LIMIT,
                () -> client.call("route", "topic", topic).text("standby", ""),
                standby -> !standby.isEmpty());
        return client;
    }

    private void prove(ClientProcess client, String topic, Path acks) {
        Evidence evidence = Evidence.readBack(client, topic, directory.resolve(topic + ".log"));
        evidence.queueOffsetsAreDense();
        assertThat(evidence.holdsAll(acks)).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void aRollingRestartFailsNoSend(ClientRelease release) {
        String topic = topics.next("rolling");
        try (ClientProcess client = client(release, topic)) {
            LoadRun load = LoadRun.start(client, topic, topic, 300, directory);
            load.awaitMore(300);
            for (VledgerNode node : List.copyOf(cluster.nodes())) {
                node.stop();
                load.awaitMore(100);
                node.start();
                node.awaitReady();
                load.awaitMore(100);
            }
            assertThat(load.failures()).isEqualTo("{}");
            prove(client, topic, load.end());
        }
    }

    @ParameterizedTest
    @EnumSource
    void handingOverOnDemandFailsNoSendAndKeepsTheOrder(ClientRelease release) throws Exception {
        String topic = topics.next("transfer");
        String ordered = topics.next("transferOrdered");
        try (ClientProcess client = client(release, topic)) {
            client.createTopic(ordered, 4);
            LoadRun load = LoadRun.start(client, topic, topic, 300, directory);
            LoadRun single = LoadRun.startOrdered(client, ordered, ordered, 200, directory);
            load.awaitMore(300);
            for (int round = 0; round < 5; round++) {
                VledgerNode from = cluster.leader();
                HttpResponse<String> moved = from.post("/v1/groups/broker-a/transfer");
                assertThat(moved.statusCode()).as(moved.body()).isEqualTo(200);
                cluster.leaderOtherThan(from);
                load.awaitMore(100);
                single.awaitMore(50);
            }
            assertThat(load.failures()).isEqualTo("{}");
            assertThat(single.failures()).isEqualTo("{}");
            prove(client, topic, load.end());
            Path acks = single.end();
            prove(client, ordered, acks);
            Evidence.readBack(client, ordered, directory.resolve(ordered + ".log"))
                    .queuesAreInOrderOfSending();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theDeathOfALeaderIsBridgedWithinSeconds(ClientRelease release) {
        String topic = topics.next("death");
        try (ClientProcess client = client(release, topic)) {
            LoadRun load = LoadRun.start(client, topic, topic, 300, directory);
            load.awaitMore(300);
            load.takeLongestGapMs();
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            load.awaitMore(300);
            long gapMs = load.takeLongestGapMs();
            System.out.println(release + ": " + gapMs + " ms without an acknowledgement, failures " + load.failures());
            assertThat(gapMs).isLessThan(OUTAGE_LIMIT_MS);
            leader.start();
            leader.awaitReady();
            prove(client, topic, load.end());
        }
    }

    @Test
    void theSecondNameIsSeenByProducersOnly() {
        String topic = topics.next("second");
        try (ClientProcess client = client(ClientRelease.V5, topic)) {
            assertThat(client.call("route", "topic", topic).values())
                    .containsEntry("standbyWriteQueues", "4")
                    .containsEntry("standbyReadQueues", "0")
                    .containsEntry("standbyPermission", "2");
            assertThat(client.mqadmin("topicRoute -t " + topic)).contains("broker-a-standby");
            assertThat(client.mqadmin("clusterList")).contains("broker-a").doesNotContain("standby");
            assertThat(client.mqadmin("topicStatus -t " + topic)).doesNotContain("standby");
            client.send("topic", topic, "body", "m", "count", 16, "keys", "k_" + topic);
            assertThat(client.call("query", "topic", topic, "key", "k_" + topic)
                            .text("bodies")
                            .split(";"))
                    .as("found once each, though two brokers are asked")
                    .hasSize(16);
            client.call("push", "name", topic, "group", "g_" + topic, "topic", topic);
            client.awaitBodies(topic, 16);
            assertThat(client.deliveries(topic)).as("each once").hasSize(16);
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
