package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LargeDirectory;
import io.vledger.acceptance.fixture.LongPolls;
import io.vledger.acceptance.fixture.Processes;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a node costs as it grows, and while it is young. Run by hand, one at a time: {@code -Dit.test=ScaleFigures#restart}, and so on; the
 * figures are in the test's output.
 */
class ScaleFigures {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    /** As users start nodes, but for {@code -Dscale.jvm}. */
    private static final String[] JVM =
            System.getProperty("scale.jvm", "-Xmx512m").split(" ");

    private final Path directory = WorkDirectory.of(ScaleFigures.class);

    /** {@code -Dscale.gib=50 -Dscale.queues=10000 -Dscale.bytes=1024}: how long a node with so large a log, of such messages, takes to be ready. */
    @Test
    void restart() throws IOException {
        int queues = Integer.getInteger("scale.queues", 10_000);
        try (VledgerCluster cluster = VledgerCluster.ofOne(directory)) {
            VledgerNode node = cluster.nodes().get(0);
            node.jvm(JVM);
            node.start();
            node.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                int each = Math.min(queues, 500);
                for (int topic = 0; topic < queues / each; topic++) {
                    client.createTopic("large" + topic, each);
                    client.call("flood", "topic", "large" + topic, "mode", "async", "count", each * 2, "bytes", 10);
                }
            }
            restart("small", node);
            node.stop();
            long began = System.nanoTime();
            long messages = LargeDirectory.extend(
                    node.dataDirectory().resolve("vledger-broker-a"),
                    "n0",
                    "broker-a",
                    Long.getLong("scale.gib", 50) << 30,
                    Integer.getInteger("scale.bytes", 1024));
            System.out.printf("%d messages added in %d ms%n", messages, (System.nanoTime() - began) / 1_000_000);
            node.start();
            node.awaitReady();
            for (int i = 0; i < 3; i++) {
                restart("large", node);
            }
        }
    }

    /**
     * What the first minute of three young nodes costs at 1,000 messages a second that one consumer pulls, beside a later one:
     * {@code -Dscale.rate=1000 -Dscale.seconds=50 -Dscale.minutes=2 -Dscale.jvm="..."}.
     */
    @Test
    void firstMinute() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory);
                VledgerCluster other = VledgerCluster.ofOne(directory.resolve("other"))) {
            // The client's own code is warm before the nodes begin.
            started(other);
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, other.nameServer(), directory)) {
                client.createTopic("warm", 8);
                client.call("flood", "topic", "warm", "mode", "sync", "threads", 4, "count", 5_000, "bytes", 1_024);
            }
            other.nodes().forEach(VledgerNode::stop);
            long seconds = Long.getLong("scale.seconds", 50);
            started(cluster);
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("young", 8);
                try (LongPolls consumers = polls(cluster, 1, "young", 8)) {
                    load(client, "young", Long.getLong("scale.rate", 1_000));
                    await(seconds);
                    double first = print("from the start on, " + seconds + " s of load", cluster, 0);
                    double last = first;
                    for (int i = 0; i < Integer.getInteger("scale.minutes", 2); i++) {
                        long before = cluster.cpuMs();
                        long received = consumers.messages();
                        await(seconds);
                        last = print("a later span", cluster, before);
                        System.out.printf("%d messages received%n", consumers.messages() - received);
                    }
                    threads(cluster);
                    System.out.printf("the first %d s cost %.2f times the last ones%n", seconds, first / last);
                }
            }
        }
    }

    /**
     * {@code -Dscale.durability=sync,async -Dscale.count=150000 -Dscale.rounds=5}: asynchronous sends, 1,000 in flight, and 64 synchronous threads.
     * {@code -Dscale.jvms="-Xmx512m|-Xmx512m -XX:+UseSerialGC"} compares options of the nodes.
     */
    @Test
    void sends() {
        int count = Integer.getInteger("scale.count", 150_000);
        for (String options :
                System.getProperty("scale.jvms", String.join(" ", JVM)).split("[|]")) {
            for (String durability :
                    System.getProperty("scale.durability", "sync,async").split(",")) {
                VledgerCluster nodes = VledgerCluster.ofThree(directory);
                nodes.nodes().forEach(node -> node.durability(durability));
                try (VledgerCluster cluster = started(nodes, options.split(" "));
                        ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                    client.createTopic("sends", 8);
                    for (int round = 0; round < Integer.getInteger("scale.rounds", 5); round++) {
                        String what = options + ", " + durability + ": ";
                        flood(what + "1,000 in flight", cluster, client, count, "async");
                        flood(what + "64 threads", cluster, client, count / 2, "sync");
                    }
                }
            }
        }
    }

    private static void flood(String what, VledgerCluster cluster, ClientProcess client, int count, String mode) {
        long before = cluster.cpuMs();
        long began = System.nanoTime();
        client.call(
                "flood",
                "topic",
                "sends",
                "mode",
                mode,
                "threads",
                64,
                "inflight",
                1_000,
                "count",
                count,
                "bytes",
                1_024);
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                "%s: %.1f CPU s for a million, %.0f a second%n",
                what, (cluster.cpuMs() - before) * 1_000.0 / count, count / seconds);
    }

    /**
     * {@code -Dscale.count=30000 -Dscale.groups=10 -Dscale.rounds=8}: what groups of consumers at the tail cost beside none at all. Code is
     * compiled meanwhile, so the two are measured in turns, and the first rounds do not count.
     */
    @Test
    void consumers() throws IOException {
        int groups = Integer.getInteger("scale.groups", 10);
        int queues = 8;
        List<Double> costs = new ArrayList<>();
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
            int rounds = Integer.getInteger("scale.rounds", 8);
            for (int round = 0; round < rounds; round++) {
                boolean first = round % 2 == 0;
                double one = sent(cluster, client, "one" + round, queues, first ? groups : 0);
                double other = sent(cluster, client, "other" + round, queues, first ? 0 : groups);
                if (round >= rounds / 2) {
                    costs.add((first ? one - other : other - one) / groups);
                }
            }
        }
        System.out.printf(
                "a million pulled by %d groups: %.2f CPU s, the median of %s%n",
                groups,
                costs.stream().sorted().skip(costs.size() / 2).findFirst().orElseThrow(),
                costs);
    }

    /** {@code -Dscale.from=10 -Dscale.to=5000}: the same messages to so many queues, each with a consumer that waits. */
    @Test
    void manyConsumers() throws IOException {
        VledgerCluster nodes = VledgerCluster.ofThree(directory);
        JsonObject remoting = new JsonObject().put("maxConnectionsPerAddress", 20_000);
        nodes.nodes().forEach(node -> node.nodeSection("plugins", new JsonObject().put("remoting", remoting)));
        try (VledgerCluster cluster = started(nodes);
                ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
            for (int round = 0; round < Integer.getInteger("scale.rounds", 3); round++) {
                sent(cluster, client, "few" + round, Integer.getInteger("scale.from", 10), 1);
                sent(cluster, client, "many" + round, Integer.getInteger("scale.to", 5_000), 1);
            }
        }
    }

    /** {@code -Dscale.from=1 -Dscale.to=10000}: the same messages to so many queues. */
    @Test
    void manyQueues() throws IOException {
        try (VledgerCluster cluster = started(VledgerCluster.ofThree(directory));
                ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
            for (int round = 0; round < Integer.getInteger("scale.rounds", 3); round++) {
                sent(cluster, client, "few" + round, Integer.getInteger("scale.from", 1), 0);
                sent(cluster, client, "many" + round, Integer.getInteger("scale.to", 10_000), 0);
            }
        }
    }

    /**
     * {@code -Dscale.groups=200 -Dscale.count=5000 -Dscale.rounds=4}: the same messages to so many groups in one process. By one thread each message
     * is flushed by itself whatever the number of groups; by 32, those of one group share flushes and those of many do not.
     */
    @Test
    void manyGroups() {
        for (int groups : new int[] {1, Integer.getInteger("scale.groups", 200)}) {
            try (Processes processes = new Processes(directory.resolve("groups" + groups))) {
                List<String> names = new ArrayList<>();
                for (int i = 0; i < groups; i++) {
                    names.add("broker-" + i);
                    processes.group("broker-" + i, "n0");
                }
                String nameServer = processes.address();
                VledgerNode node = processes.node("n0", nameServer, names);
                node.jvm(JVM);
                processes.startAll();
                processes.awaitReady();
                try (ClientProcess client = ClientProcess.start(ClientRelease.V5, nameServer, directory)) {
                    client.createTopic("spread", 1);
                    for (int round = 0; round < Integer.getInteger("scale.rounds", 4); round++) {
                        for (int threads : new int[] {1, 32}) {
                            long before = node.process().cpu().toMillis();
                            int count = flood(client, "spread", Integer.getInteger("scale.count", 5_000), threads);
                            System.out.printf(
                                    "%d groups, %d threads: %.1f CPU s for a million%n",
                                    groups, threads, (node.process().cpu().toMillis() - before) * 1_000.0 / count);
                        }
                    }
                }
            }
        }
    }

    private static VledgerCluster started(VledgerCluster cluster) {
        return started(cluster, JVM);
    }

    private static VledgerCluster started(VledgerCluster cluster, String[] options) {
        cluster.nodes().forEach(node -> node.jvm(options));
        cluster.startAll();
        cluster.awaitReady();
        return cluster;
    }

    private static int flood(ClientProcess client, String topic) {
        int count = Integer.getInteger("scale.count", 30_000);
        return flood(client, topic, count, Integer.getInteger("scale.threads", 32));
    }

    private static int flood(ClientProcess client, String topic, int count, int threads) {
        client.call("flood", "topic", topic, "mode", "sync", "threads", threads, "count", count, "bytes", 1_024);
        return count;
    }

    /** Broker CPU seconds for a million messages that groups of consumers, one for each queue, pull at the tail. */
    private static double sent(VledgerCluster cluster, ClientProcess client, String topic, int queues, int groups)
            throws IOException {
        client.createTopic(topic, queues);
        try (LongPolls consumers = polls(cluster, groups, topic, queues)) {
            long before = cluster.cpuMs();
            long began = System.nanoTime();
            int count = flood(client, topic);
            long ms = (System.nanoTime() - began) / 1_000_000;
            Await.until(
                    "all have come",
                    LIMIT,
                    () -> consumers.messages() >= (long) count * groups
                            || !consumers.failure().isEmpty());
            assertThat(consumers.failure()).isEmpty();
            double cost = (cluster.cpuMs() - before) * 1_000.0 / count;
            System.out.printf(
                    "%d queues, %d groups: %.1f CPU s for a million sent, %d a second, %d answers to pulls, %d refused%n",
                    queues, groups, cost, count * 1_000L / ms, consumers.answers(), consumers.refused());
            return cost;
        }
    }

    private static LongPolls polls(VledgerCluster cluster, int groups, String topic, int queues) throws IOException {
        LongPolls consumers = new LongPolls();
        String leader = cluster.leader().clientAddress();
        for (int group = 0; group < groups; group++) {
            for (int queue = 0; queue < queues; queue++) {
                consumers.add(leader, "group" + group, topic, queue);
            }
        }
        return consumers.start();
    }

    private static void load(ClientProcess client, String topic, long rate) {
        client.call("load", "name", topic, "topic", topic, "threads", 4, "rate", rate, "padding", 1_000);
    }

    private static void await(long seconds) {
        long until = System.nanoTime() + seconds * 1_000_000_000L;
        Await.until("the span is over", LIMIT, System::nanoTime, now -> now > until);
    }

    private static double print(String which, VledgerCluster cluster, long beforeMs) {
        double used = (cluster.cpuMs() - beforeMs) / 1e3;
        System.out.printf("%s: %.1f CPU s of all nodes%n", which, used);
        return used;
    }

    /** CPU time of the threads of all nodes, those of one name together. */
    private static void threads(VledgerCluster cluster) throws IOException {
        Map<String, Long> byName = new TreeMap<>();
        for (VledgerNode node : cluster.nodes()) {
            Path tasks = Path.of("/proc", Long.toString(node.process().pid()), "task");
            try (Stream<Path> all = Files.list(tasks)) {
                for (Path task : all.toList()) {
                    String stat = Files.readString(task.resolve("stat"));
                    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    byName.merge(
                            Files.readString(task.resolve("comm")).strip(),
                            Long.parseLong(fields[11]) + Long.parseLong(fields[12]),
                            Long::sum);
                }
            }
        }
        byName.forEach((name, ticks) -> {
            if (ticks >= 10) {
                System.out.printf("%s: %.2f s%n", name, ticks / 100.0);
            }
        });
    }

    private static void restart(String which, VledgerNode node) throws IOException {
        node.stop();
        long began = System.nanoTime();
        node.start();
        node.awaitReady();
        System.out.printf(
                "%s: ready %.2f s after its start, with %.2f s of CPU and %d MiB of anonymous memory%n",
                which,
                (System.nanoTime() - began) / 1e9,
                node.process().cpu().toMillis() / 1e3,
                node.process().anonymousBytes() >> 20);
    }
}
