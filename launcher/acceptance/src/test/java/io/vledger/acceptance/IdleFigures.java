package io.vledger.acceptance;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LongPolls;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What nodes cost that have nothing to do, or little: CPU time, and how often their threads are woken. Run by hand, one at a time:
 * {@code -Dit.test=IdleFigures#nothing}, and so on; the figures are in the test's output. {@code -Didle.settle=60 -Didle.seconds=60
 * -Didle.jvm="-Xmx512m"}: how long nothing is measured after the start, how long it is then, and the options of the nodes. Only Linux counts
 * wake-ups.
 */
class IdleFigures {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final long SETTLE_S = Long.getLong("idle.settle", 60);
    private static final long MEASURED_S = Long.getLong("idle.seconds", 60);
    /** As users start nodes. */
    private static final String[] JVM =
            System.getProperty("idle.jvm", "-Xmx512m").split(" ");

    private final Path directory = WorkDirectory.of(IdleFigures.class);

    /** What the threads of one name have used so far. */
    private record Used(long nanos, long wakeUps) {
        Used plus(Used other) {
            return new Used(nanos + other.nanos, wakeUps + other.wakeUps);
        }

        Used since(Used before) {
            return new Used(nanos - before.nanos, wakeUps - before.wakeUps);
        }
    }

    /** Three nodes without clients. */
    @Test
    void nothing() throws IOException {
        try (VledgerCluster cluster = started()) {
            measure(cluster);
        }
    }

    /** {@code -Didle.queues=1000 -Didle.consumers=500}: as above, with so many queues, and consumers of which each waits at one. */
    @Test
    void consumersThatWait() throws IOException {
        int queues = Integer.getInteger("idle.queues", 1_000);
        int consumers = Integer.getInteger("idle.consumers", 500);
        int each = Math.min(queues, 500);
        try (VledgerCluster cluster = started();
                LongPolls polls = new LongPolls()) {
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                for (int topic = 0; topic < queues / each; topic++) {
                    client.createTopic("idle" + topic, each);
                }
            }
            for (int consumer = 0; consumer < consumers; consumer++) {
                polls.add(cluster.leader().clientAddress(), "group", "idle" + consumer / each, consumer % each);
            }
            polls.start();
            long before = polls.answers();
            measure(cluster);
            System.out.printf("%d answers to pulls since the start%n", polls.answers() - before);
        }
    }

    /** {@code -Didle.rate=100}: few messages of 1 KiB to eight queues, at each of which a consumer waits. */
    @Test
    void fewMessages() throws IOException {
        int queues = 8;
        long rate = Long.getLong("idle.rate", 100);
        try (VledgerCluster cluster = started();
                LongPolls polls = new LongPolls();
                ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
            client.createTopic("few", queues);
            for (int queue = 0; queue < queues; queue++) {
                polls.add(cluster.leader().clientAddress(), "group", "few", queue);
            }
            polls.start();
            client.call("load", "name", "few", "topic", "few", "threads", 4, "rate", rate, "padding", 1_000);
            await(SETTLE_S);
            long received = polls.messages();
            long cpuMs = cluster.cpuMs();
            List<Map<String, Used>> before = used(cluster);
            await(MEASURED_S);
            received = polls.messages() - received;
            System.out.printf(
                    "%d messages, CPU s of all nodes for a million: %.0f%n",
                    received, (cluster.cpuMs() - cpuMs) * 1_000.0 / received);
            print(cluster, before);
        }
    }

    private VledgerCluster started() {
        VledgerCluster cluster = VledgerCluster.ofThree(directory);
        cluster.nodes().forEach(node -> node.jvm(JVM));
        cluster.startAll();
        cluster.awaitReady();
        return cluster;
    }

    private static void measure(VledgerCluster cluster) throws IOException {
        await(SETTLE_S);
        List<Map<String, Used>> before = used(cluster);
        await(MEASURED_S);
        print(cluster, before);
    }

    private static void await(long seconds) {
        long until = System.nanoTime() + seconds * 1_000_000_000L;
        Await.until("the span is over", LIMIT, System::nanoTime, now -> now > until);
    }

    private static void print(VledgerCluster cluster, List<Map<String, Used>> before) throws IOException {
        List<Map<String, Used>> after = used(cluster);
        VledgerNode leader = cluster.leader();
        for (int i = 0; i < after.size(); i++) {
            Map<String, Used> spent = new TreeMap<>();
            for (Map.Entry<String, Used> each : after.get(i).entrySet()) {
                spent.put(
                        each.getKey(),
                        each.getValue().since(before.get(i).getOrDefault(each.getKey(), new Used(0, 0))));
            }
            VledgerNode node = cluster.nodes().get(i);
            line(
                    node.id() + (node == leader ? ", the leader" : ""),
                    spent.values().stream().reduce(new Used(0, 0), Used::plus));
            spent.entrySet().stream()
                    .sorted(Comparator.comparingLong(each -> -each.getValue().nanos()))
                    .filter(each -> each.getValue().wakeUps() * 10 > MEASURED_S)
                    .forEach(each -> line("    " + each.getKey(), each.getValue()));
        }
    }

    private static void line(String what, Used used) {
        System.out.printf(
                "%s: %.3f %% of a core, woken %.1f times a second%n",
                what, used.nanos() / 1e7 / MEASURED_S, (double) used.wakeUps() / MEASURED_S);
    }

    /** What each node has used so far, by the names of its threads. */
    private static List<Map<String, Used>> used(VledgerCluster cluster) throws IOException {
        List<Map<String, Used>> all = new ArrayList<>();
        for (VledgerNode node : cluster.nodes()) {
            Map<String, Used> byName = new TreeMap<>();
            try (Stream<Path> tasks =
                    Files.list(Path.of("/proc", Long.toString(node.process().pid()), "task"))) {
                for (Path task : tasks.toList()) {
                    read(task, byName);
                }
            }
            all.add(byName);
        }
        return all;
    }

    private static void read(Path task, Map<String, Used> byName) throws IOException {
        try {
            long nanos =
                    Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0]);
            long wakeUps = Files.readAllLines(task.resolve("status")).stream()
                    .filter(line -> line.startsWith("voluntary_ctxt_switches:"))
                    .mapToLong(line ->
                            Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
                    .findAny()
                    .orElse(0);
            byName.merge(Files.readString(task.resolve("comm")).strip(), new Used(nanos, wakeUps), Used::plus);
        } catch (NoSuchFileException ended) {
            // The thread is gone.
        }
    }
}
