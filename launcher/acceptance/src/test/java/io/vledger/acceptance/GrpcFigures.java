package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.RealProxy;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/**
 * What messages of 5.x clients cost, and how long they take: beside the stock proxy 5.5.0 before three of RocketMQ's brokers on DLedger. Run
 * by hand: {@code -Dit.test=GrpcFigures#stockProxy+members} in one run, {@code GrpcFigures#memory} for what the plugin adds; with
 * {@code -Dfigures.messages=20000 -Dfigures.warmup=3 -Dfigures.rounds=3 -Dfigures.seconds=15} for others than these, and {@code -Dfigures.jvm} for
 * options of the nodes' JVMs. The figures are in the test's output.
 */
class GrpcFigures {
    private static final String CLUSTER = "DefaultCluster";
    private static final String TOPIC = "figures";
    private static final String GROUP = "readers";
    private static final int QUEUES = 8;
    private static final int BYTES = 1024;
    private static final int PIECE = 20_000;
    private static final int RATE = 1_000;
    private static final int LATENCY_WARMUP_SECONDS = 5;
    private static final String HEAP = "-Xmx1g";
    private static final double MIB = 1 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(GrpcFigures.class);
    private final int messages = Integer.getInteger("figures.messages", 20_000);
    private final int warmup = Integer.getInteger("figures.warmup", 3);
    private final int rounds = Integer.getInteger("figures.rounds", 3);
    private final int seconds = Integer.getInteger("figures.seconds", 15);

    /** The name server is not counted. */
    @Test
    void stockProxy() throws IOException {
        List<RealBroker> brokers = new ArrayList<>();
        try (RealNameServer nameServer = RealNameServer.start(directory)) {
            List<String> peers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                peers.add("n" + i + "-127.0.0.1:" + Ports.next());
            }
            for (int i = 0; i < 3; i++) {
                brokers.add(RealBroker.startTunedMember(
                        "peer", "n" + i, String.join(";", peers), nameServer.address(), directory.resolve("peer" + i)));
            }
            brokers.forEach(RealBroker::awaitRunning);
            try (ClientProcess admin = ClientProcess.start(ClientRelease.V5, nameServer.address(), directory)) {
                createTopics(admin, CLUSTER);
            }
            try (RealProxy proxy = RealProxy.startInProduction(CLUSTER, nameServer.address(), directory, HEAP);
                    ClientProcess client = client(proxy.endpoints())) {
                measure(
                        "stock proxy",
                        client,
                        () -> brokers.stream().mapToLong(RealBroker::cpuMs).sum()
                                + proxy.process().cpu().toMillis());
                System.out.printf(
                        "the proxy's CPU is %d ms of that%n",
                        proxy.process().cpu().toMillis());
                System.out.printf(
                        "the proxy holds %.0f MiB of live heap, %.0f MiB of anonymous resident memory%n",
                        proxy.process().liveHeapBytes() / MIB, proxy.process().anonymousBytes() / MIB);
            }
        } finally {
            brokers.forEach(RealBroker::close);
        }
    }

    @Test
    void members() throws IOException {
        try (VledgerCluster cluster = started(VledgerCluster.ofThreeWithGrpc(directory));
                ClientProcess client = client(cluster.grpcEndpoints())) {
            try (ClientProcess admin = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                createTopics(admin, "VledgerCluster");
            }
            measure("members", client, cluster::cpuMs);
            print("with 5.x clients", cluster);
        }
    }

    /** Nodes with the plugin and without, just started, and after as many messages by the remoting protocol. */
    @Test
    void memory() throws IOException {
        try (VledgerCluster cluster = started(VledgerCluster.ofThreeWithGrpc(directory.resolve("with")))) {
            print("just started, with the plugin", cluster);
        }
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory.resolve("without")))) {
            print("just started, without the plugin", cluster);
            try (ClientProcess client =
                    ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory, "-XX:TieredStopAtLevel=4")) {
                client.createTopic(TOPIC, QUEUES);
                int all = (warmup + rounds) * messages;
                for (int sent = 0; sent < all; sent += PIECE) {
                    client.call("flood", "topic", TOPIC, "mode", "sync", "threads", 32, "count", PIECE, "bytes", BYTES);
                }
                client.mqadmin("updateSubGroup -c VledgerCluster -g " + GROUP);
                client.call(
                        "consumeRounds", "topic", TOPIC, "group", GROUP, "mode", "single", "consumers", 8, "repeat", 1);
            }
            print("without the plugin, with clients of the remoting protocol", cluster);
        }
    }

    private static VledgerCluster started(VledgerCluster cluster) {
        cluster.nodes()
                .forEach(
                        node -> node.jvm(System.getProperty("figures.jvm", HEAP).split(" ")));
        cluster.startAll();
        cluster.awaitReady();
        return cluster;
    }

    private ClientProcess client(String endpoints) {
        return ClientProcess.startAtEndpoints(endpoints, directory, "-XX:TieredStopAtLevel=4");
    }

    private static void createTopics(ClientProcess admin, String cluster) {
        for (String topic : List.of(TOPIC, TOPIC + "-paced")) {
            Await.until("topic " + topic + " is there", LIMIT, () -> {
                admin.mqadmin("updateTopic -c " + cluster + " -t " + topic + " -r " + QUEUES + " -w " + QUEUES
                        + " -a +message.type=NORMAL");
                return admin.call("route", "topic", topic).number("writeQueues") == QUEUES;
            });
        }
    }

    private void measure(String what, ClientProcess client, LongSupplier cpuMs) {
        Await.until("the consumer group is there", LIMIT, () -> {
            client.call("join", "topic", TOPIC, "group", GROUP);
            return true;
        });
        for (int round = 0; round < warmup; round++) {
            round(what + ", warm-up", client, cpuMs);
        }
        for (int round = 0; round < rounds; round++) {
            round(what, client, cpuMs);
        }
        if (seconds > 0) {
            long before = cpuMs.getAsLong();
            Line line = client.call(
                    "latency",
                    "topic",
                    TOPIC + "-paced",
                    "group",
                    GROUP + "-paced",
                    "rate",
                    RATE,
                    "seconds",
                    seconds + LATENCY_WARMUP_SECONDS,
                    "warmup",
                    LATENCY_WARMUP_SECONDS,
                    "bytes",
                    BYTES);
            System.out.printf(
                    "%s: %d of %d at %d a second, end to end p50 %.2f ms, p99 %.2f ms, at most %.1f ms; %.0f CPU s a million%n",
                    what,
                    line.number("given"),
                    line.number("count"),
                    RATE,
                    line.number("p50Us") / 1_000.0,
                    line.number("p99Us") / 1_000.0,
                    line.number("maxUs") / 1_000.0,
                    (cpuMs.getAsLong() - before) * 1_000.0 / (RATE * (seconds + LATENCY_WARMUP_SECONDS)));
        }
    }

    private void round(String what, ClientProcess client, LongSupplier cpuMs) {
        long began = System.currentTimeMillis();
        long before = cpuMs.getAsLong();
        for (int sent = 0; sent < messages; sent += PIECE) {
            Line line = client.call("flood", "topic", TOPIC, "count", PIECE, "bytes", BYTES);
            assertThat(line.number("failed")).as("sends that failed").isZero();
        }
        long between = cpuMs.getAsLong();
        long sentMs = System.currentTimeMillis();
        long acked = 0;
        while (acked < messages) {
            Line line = client.call("consume", "topic", TOPIC, "group", GROUP, "count", PIECE);
            assertThat(line.number("failed")).as("acknowledgements that failed").isZero();
            assertThat(line.number("acked")).isPositive();
            acked += line.number("acked");
        }
        long end = System.currentTimeMillis();
        System.out.printf(
                "%s: %.1f CPU s for a million sent (%d a second), %.1f for a million received and acknowledged (%d a second)%n",
                what,
                (between - before) * 1_000.0 / messages,
                messages * 1_000L / Math.max(1, sentMs - began),
                (cpuMs.getAsLong() - between) * 1_000.0 / acked,
                acked * 1_000 / Math.max(1, end - sentMs));
    }

    private static void print(String which, VledgerCluster cluster) throws IOException {
        for (VledgerNode node : cluster.nodes()) {
            System.out.printf(
                    "%s, %s: %.0f MiB of live heap, %.0f MiB of anonymous resident memory%n",
                    node.id(),
                    which,
                    node.process().liveHeapBytes() / MIB,
                    node.process().anonymousBytes() / MIB);
        }
    }
}
