package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Scrape;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What {@code /metrics} says is what clients did and what the group is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(MetricsIT.class);
    private VledgerCluster cluster;
    private ClientProcess client;

    @BeforeAll
    void start() {
        cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory);
        cluster.startAll();
        cluster.awaitReady();
        client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory);
    }

    @AfterAll
    void stop() {
        client.close();
        cluster.close();
    }

    @Test
    void whatAClientSendsAndConsumesIsCounted() {
        client.createTopic("metered", 4);
        client.send("topic", "metered", "body", "m", "count", 20);
        client.send("topic", "metered", "body", "batch", "count", 10, "how", "batch");
        client.send("topic", "metered", "body", "big", "count", 2, "pad", 3000);
        // A send that was repeated may have been stored twice.
        double stored = client.offsets("metered").values().stream()
                .mapToLong(range -> range[1])
                .sum();
        assertThat(stored).isGreaterThanOrEqualTo(32);
        awaitSum("rocketmq_messages_in_total", stored, "topic", "metered");
        VledgerNode leader = cluster.leader();
        Scrape sent = scrape(leader);
        assertThat(sent.matching("rocketmq_messages_in_total", "topic", "metered")
                        .keySet())
                .containsExactly(Map.of(
                        "cluster", "VledgerCluster",
                        "node_type", "broker",
                        "node_id", "broker-a",
                        "topic", "metered",
                        "message_type", "normal",
                        "is_system", "false"));
        assertThat(sent.sum("rocketmq_throughput_in_total", "topic", "metered")).isBetween(6_000.0, 32_000.0);
        assertThat(sent.sum("rocketmq_message_size_count", "topic", "metered")).isEqualTo(stored);
        assertThat(sent.sum("rocketmq_message_size_bucket", "topic", "metered", "le", "1024"))
                .isBetween(30.0, stored - 2);
        assertThat(sent.sum("rocketmq_message_size_bucket", "topic", "metered", "le", "4096"))
                .isEqualTo(stored);

        client.call("push", "name", "metered", "group", "g_metered", "topic", "metered");
        client.awaitBodies("metered", 32);
        awaitAtLeast("rocketmq_messages_out_total", stored, "topic", "metered", "consumer_group", "g_metered");
        assertConsumerAndProducerAreCounted(leader);
        client.stop("metered");
    }

    private static void assertConsumerAndProducerAreCounted(VledgerNode leader) {
        Scrape taken = awaitNoLag(leader);
        assertThat(taken.matching("rocketmq_consumer_lag_messages", "topic", "metered")
                        .keySet())
                .containsExactly(Map.of(
                        "cluster", "VledgerCluster",
                        "node_type", "broker",
                        "node_id", "broker-a",
                        "topic", "metered",
                        "consumer_group", "g_metered",
                        "is_retry", "false",
                        "is_system", "false"));
        assertThat(taken.sum("rocketmq_consumer_lag_latency_milliseconds", "topic", "metered"))
                .isZero();
        assertThat(taken.matching(
                        "rocketmq_consumer_connections",
                        "consumer_group",
                        "g_metered",
                        "language",
                        "java",
                        "version",
                        "v5_5_0",
                        "consume_mode",
                        "push"))
                .hasSize(1);
        Await.until(
                "the producer is counted",
                LIMIT,
                () -> scrape(leader).sum("rocketmq_producer_connections", "version", "v5_5_0"),
                count -> count > 0);
    }

    private static Scrape awaitNoLag(VledgerNode node) {
        return Await.until(
                "no lag is left",
                LIMIT,
                () -> scrape(node),
                scrape -> scrape.matching("rocketmq_consumer_lag_messages", "topic", "metered").values().stream()
                        .toList()
                        .equals(List.of(0.0)));
    }

    @Test
    void theRolesOfThreeNodesAddUpToOneLeader() {
        Await.until(
                "one leads, two follow, in one term, and each knows of a majority",
                LIMIT,
                () -> scrapeAll().stream()
                        .map(each -> each.sum("rocketmq_raft_role", "role", "leader") + " "
                                + each.sum("rocketmq_raft_role", "role", "follower") + " "
                                + each.sum("rocketmq_raft_term") + " " + each.sum("rocketmq_raft_quorum_ok"))
                        .sorted()
                        .toList(),
                all -> {
                    String term = all.get(0).split(" ")[2];
                    String follows = "0.0 1.0 " + term + " 1.0";
                    return all.equals(List.of(follows, follows, "1.0 0.0 " + term + " 1.0"));
                });
        client.createTopic("roles", 1);
        client.send("topic", "roles", "body", "m", "count", 5);
        VledgerNode leader = cluster.leader();
        Scrape caughtUp = Await.until(
                "followers without lag",
                LIMIT,
                () -> scrape(leader),
                each -> each.matching("rocketmq_raft_follower_lag_bytes").size() == 2
                        && each.sum("rocketmq_raft_follower_lag_bytes") == 0);
        assertThat(caughtUp.sum("rocketmq_raft_fsync_latency_seconds_count")).isPositive();
        assertThat(caughtUp.sum("rocketmq_raft_append_latency_seconds_count")).isPositive();
        assertThat(caughtUp.sum("rocketmq_raft_quorum_latency_seconds_count")).isPositive();
        assertThat(caughtUp.sum("rocketmq_raft_leader_changes_total")).isPositive();
        assertThat(caughtUp.sum("rocketmq_storage_flush_behind_bytes")).isGreaterThanOrEqualTo(0);
        assertThat(caughtUp.sum("rocketmq_storage_size_bytes")).isPositive();
        assertThat(caughtUp.sum("process_cpu_seconds_total")).isPositive();
        assertThat(caughtUp.sum("jvm_memory_used_bytes", "area", "heap")).isPositive();
        assertThat(caughtUp.sum("rocketmq_metrics_dropped")).isZero();
        assertThat(caughtUp.sum("rocketmq_metrics_failed_sources")).isZero();
        assertThat(caughtUp.type("rocketmq_message_size")).isEqualTo("histogram");
        assertThat(caughtUp.type("rocketmq_consumer_group_number")).isEqualTo("gauge");
        for (VledgerNode node : cluster.nodes()) {
            if (node != leader) {
                assertThat(scrape(node).matching("rocketmq_raft_follower_lag_bytes"))
                        .isEmpty();
            }
        }
    }

    @Test
    void lagIsReportedByTheLeaderAloneAlsoAfterASwitch() {
        client.createTopic("lagging", 1);
        client.send("topic", "lagging", "body", "seen", "count", 3);
        client.call("push", "name", "lagging", "group", "g_lagging", "topic", "lagging");
        client.awaitBodies("lagging", 3);
        VledgerNode old = cluster.leader();
        Await.until("the group is seen at the leader", LIMIT, () -> Set.copyOf(lag(old).values())
                .equals(Set.of(0.0)));
        assertThat(old.stop()).isIn(0, 143);
        VledgerNode leader = cluster.leaderOtherThan(old);
        Await.until("the new leader reports the lag", LIMIT, () -> lag(leader).size() == 1);
        old.start();
        old.awaitReady();
        assertThat(lag(old)).isEmpty();
        client.stop("lagging");
    }

    private static Map<Map<String, String>, Double> lag(VledgerNode node) {
        return scrape(node).matching("rocketmq_consumer_lag_messages", "consumer_group", "g_lagging");
    }

    private void awaitSum(String name, double sum, String... labels) {
        Await.until(name + " is " + sum, LIMIT, () -> sum(name, labels), seen -> seen == sum);
    }

    private void awaitAtLeast(String name, double least, String... labels) {
        Await.until(name + " is at least " + least, LIMIT, () -> sum(name, labels), seen -> seen >= least);
    }

    private double sum(String name, String... labels) {
        return scrapeAll().stream().mapToDouble(each -> each.sum(name, labels)).sum();
    }

    private List<Scrape> scrapeAll() {
        List<Scrape> all = new ArrayList<>();
        cluster.nodes().forEach(node -> all.add(scrape(node)));
        return all;
    }

    private static Scrape scrape(VledgerNode node) {
        try {
            return Scrape.of(node);
        } catch (IOException noAnswer) {
            throw new IllegalStateException(noAnswer);
        }
    }
}
