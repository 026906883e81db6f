package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * What messages that are delivered later cost, and how late they come; what transactions cost. Run by hand, one at a time:
 * {@code -Dit.test=FeatureFigures#timers}, and so on; the figures are in the test's output.
 */
class FeatureFigures {
    private static final Duration LONG = Duration.ofMinutes(30);
    private static final String[] JVM = {"-Xmx512m"};
    private static final int QUEUES = 8;
    private static final String TOPIC = "later";
    private static final int MINUTE_LEVEL = 5;
    private static final long MINUTE_MS = 60_000;
    private static final long HOUR_MS = 60 * MINUTE_MS;

    private final Path directory = WorkDirectory.of(FeatureFigures.class);

    private static VledgerCluster started(VledgerCluster cluster) {
        cluster.nodes().forEach(node -> node.jvm(JVM));
        cluster.startAll();
        cluster.awaitReady();
        return cluster;
    }

    private ClientProcess client(VledgerCluster cluster) {
        ClientProcess client =
                ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory, "-XX:TieredStopAtLevel=4");
        client.createTopic(TOPIC, QUEUES);
        return client;
    }

    /** Waits for the end of what a command began; what it said. */
    private static Line ended(ClientProcess client) {
        Line line = Await.until(
                "the client is done", LONG, () -> client.call("progress"), now -> now.number("endedMs") > 0);
        assertThat(line.number("failed")).isZero();
        assertThat(line.text("result")).doesNotStartWith("failed");
        return line;
    }

    private static void send(ClientProcess client, Object... how) {
        long began = System.currentTimeMillis();
        client.call("later", how);
        Line end = ended(client);
        long acked = end.number("acked");
        System.out.printf("sent %d, %d a second%n", acked, acked * 1_000 / Math.max(1, end.number("endedMs") - began));
    }

    private static String arrivals(ClientProcess client, int count, long delayMs) {
        client.call("arrivals", "topic", TOPIC, "count", count, "delayMs", delayMs);
        return ended(client).text("result");
    }

    /** {@code -Dlater.rate=10000 -Dlater.seconds=60}: so many are due in each second, once all are sent. */
    @Test
    void timers() {
        int rate = Integer.getInteger("later.rate", 10_000);
        int seconds = Integer.getInteger("later.seconds", 60);
        int count = rate * seconds;
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = client(cluster)) {
            // Sending ends before the first is due, where so many are sent in a millisecond.
            long from = System.currentTimeMillis() + 10_000 + count / Integer.getInteger("later.sent", 6);
            send(client, "topic", TOPIC, "count", count, "fromMs", from, "spanMs", seconds * 1_000L);
            long before = System.currentTimeMillis();
            System.out.printf("the first is due in %d ms%n", from - before);
            long cpu = cluster.cpuMs();
            Await.until("all are due", LONG, System::currentTimeMillis, now -> now > from + seconds * 1_000L + 2_000);
            System.out.printf("broker CPU: %.1f s for a million%n", (cluster.cpuMs() - cpu) * 1_000.0 / count);
            System.out.println("timers: " + arrivals(client, count, 0));
        }
    }

    /** {@code -Dlater.count=1200000}: so many of one delay level are sent as fast as it goes, and come a minute later. */
    @Test
    void delayLevel() {
        int count = Integer.getInteger("later.count", 1_200_000);
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = client(cluster)) {
            send(client, "topic", TOPIC, "count", count, "level", MINUTE_LEVEL);
            awaitDue();
            System.out.println("delay level: " + arrivals(client, count, MINUTE_MS));
        }
    }

    /** The same, but no node runs until all are due. */
    @Test
    void overdueDelayLevel() {
        int count = Integer.getInteger("later.count", 1_200_000);
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = client(cluster)) {
            send(client, "topic", TOPIC, "count", count, "level", MINUTE_LEVEL);
            cluster.nodes().forEach(VledgerNode::stop);
            awaitDue();
            cluster.startAll();
            cluster.awaitReady();
            System.out.println("delay level that is overdue: " + arrivals(client, count, MINUTE_MS));
        }
    }

    private static void awaitDue() {
        long dueMs = System.currentTimeMillis() + MINUTE_MS;
        Await.until("all are due", LONG, System::currentTimeMillis, now -> now > dueMs);
    }

    /** {@code -Dlater.pending=10000000}: what a node needs with so many timers, beside one with as many ordinary messages. */
    @Test
    void pendingTimers() throws IOException {
        int count = Integer.getInteger("later.pending", 10_000_000);
        try (VledgerCluster cluster = started(VledgerCluster.ofOne(directory.resolve("without")));
                ClientProcess client = client(cluster)) {
            int batch = 500_000;
            for (int sent = 0; sent < count; sent += batch) {
                client.call(
                        "flood", "topic", TOPIC, "mode", "batch", "batch", 32, "threads", 8, "count", batch, "bytes",
                        150);
            }
            needs("without timers", cluster);
        }
        try (VledgerCluster cluster = started(VledgerCluster.ofOne(directory.resolve("with")));
                ClientProcess client = client(cluster)) {
            long from = System.currentTimeMillis() + HOUR_MS;
            send(client, "topic", TOPIC, "count", count, "fromMs", from, "spanMs", 70 * HOUR_MS);
            needs("with timers", cluster);
        }
    }

    private static void needs(String which, VledgerCluster cluster) throws IOException {
        VledgerNode node = cluster.nodes().get(0);
        print(which + ", after the sends", node);
        for (int i = 0; i < 3; i++) {
            node.stop();
            long began = System.nanoTime();
            node.start();
            node.awaitReady();
            System.out.printf(
                    "%s: ready %.2f s after its start%n", which, (System.nanoTime() - began) / 1_000_000_000.0);
        }
        print(which + ", after the start", node);
    }

    private static void print(String which, VledgerNode node) throws IOException {
        double mib = 1 << 20;
        System.out.printf(
                "%s: %.0f MiB of live heap, %.0f MiB of anonymous resident memory%n",
                which, node.process().liveHeapBytes() / mib, node.process().anonymousBytes() / mib);
    }

    /** {@code -Dlater.transactions=300000}: half messages that are committed at once, over 64 threads. */
    @Test
    void transactions() {
        int count = Integer.getInteger("later.transactions", 300_000);
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = client(cluster)) {
            transact(client, cluster, count / 3);
            transact(client, cluster, count);
        }
    }

    private static void transact(ClientProcess client, VledgerCluster cluster, int count) {
        long began = System.currentTimeMillis();
        long cpu = cluster.cpuMs();
        client.call("commits", "topic", TOPIC, "count", count, "threads", 64);
        Line end = ended(client);
        System.out.printf(
                "%d transactions, %d a second, broker CPU: %.1f s for a million%n",
                count,
                count * 1_000L / Math.max(1, end.number("endedMs") - began),
                (cluster.cpuMs() - cpu) * 1_000.0 / count);
    }
}
