package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Nodes with little memory: 256 MiB of heap, and as much of direct memory at most. */
class SmallMemoryIT {
    private static final String HEAP = "-Xmx256m";
    /** Heap, direct memory in use, and what a JVM takes beside them. */
    private static final long ANONYMOUS_BOUND = 512L << 20;

    /** Nobody is to be elected because a small machine is busy. */
    private static final int ELECTION_MS = 5_000;

    private final Path directory = WorkDirectory.of(SmallMemoryIT.class);
    private final VledgerCluster cluster = VledgerCluster.ofThreeElecting(ELECTION_MS, directory);
    private ClientProcess client;
    private long sent;

    @BeforeEach
    void start() {
        cluster.nodes().forEach(node -> node.jvm(HEAP));
        cluster.startAll();
        cluster.awaitReady();
        client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory);
        client.createTopic("loads", 4);
    }

    @AfterEach
    void stop() {
        client.close();
        cluster.close();
    }

    private void flood(Object... how) {
        Line answer = client.call("flood", how);
        assertThat(answer.number("failed")).isZero();
        sent += answer.number("acked");
    }

    @Test
    void theyTakeEveryLoadOfTheHarnessAndTheLeaderStays() throws Exception {
        VledgerNode leader = cluster.leader();
        VledgerNode away = cluster.nodes().stream()
                .filter(node -> node != leader)
                .findFirst()
                .orElseThrow();
        away.kill();
        // One after the other: each is a batch of its own, and the cache is full of them several times over.
        flood("topic", "loads", "mode", "sync", "threads", 2, "count", 6_000, "bytes", 100);
        flood("topic", "loads", "mode", "async", "inflight", 1_000, "count", 15_000, "bytes", 1_024);
        flood("topic", "loads", "mode", "sync", "threads", 64, "count", 6_000, "bytes", 1_024);
        flood("topic", "loads", "mode", "batch", "batch", 32, "threads", 16, "count", 16_000, "bytes", 1_024);
        away.start();
        away.awaitReady();
        assertThat(client.call("count", "topic", "loads", "group", "catchup", "count", sent)
                        .number("received"))
                .isGreaterThanOrEqualTo(sent);
        assertThat(cluster.leader()).isSameAs(leader);
        for (VledgerNode node : cluster.nodes()) {
            Await.until(
                    node.id() + " is ready",
                    Duration.ofSeconds(60),
                    () -> node.get("/health/ready").statusCode() == 200);
            assertThat(node.log()).doesNotContain("OutOfMemory").doesNotContain("out of memory");
            assertThat(node.process().anonymousBytes()).as(node.id()).isLessThan(ANONYMOUS_BOUND);
        }
    }
}
