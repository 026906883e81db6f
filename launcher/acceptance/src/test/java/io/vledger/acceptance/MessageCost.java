package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LongPolls;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a message costs all nodes at a low rate, with a consumer that follows: CPU time, context switches, bytes to the disk, memory.
 * Run by hand: {@code -Dit.test=MessageCost}, with {@code -Dcost.rate=1000 -Dcost.warmup=180 -Dcost.seconds=60} for others than these,
 * {@code -Dcost.launchers=OLD.jar,NEW.jar} to compare two builds, and {@code -Dcost.jvm=-Xmx512m} for options of the nodes.
 */
class MessageCost {
    private static final int QUEUES = 8;
    private static final int BYTES = 1024;
    private static final double MIB = 1 << 20;

    private final Path directory = WorkDirectory.of(MessageCost.class);

    /** Launchers to compare, one after the other. */
    static List<String> launchers() {
        String built = VledgerNode.launcherJar().toString();
        return List.of(System.getProperty("cost.launchers", built).split(","));
    }

    /** What the threads of one name, or all, have used. */
    private record Used(double cpuMs, long switches) {
        Used plus(Used other) {
            return new Used(cpuMs + other.cpuMs, switches + other.switches);
        }
    }

    @ParameterizedTest
    @MethodSource("launchers")
    void atALowRate(String launcher) throws IOException {
        System.setProperty("acceptance.launcher", launcher);
        System.out.println(launcher);
        // As users start nodes: without options.
        String options = System.getProperty("cost.jvm", "");
        String[] jvm = options.isEmpty() ? new String[0] : options.split(" ");
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            cluster.nodes().forEach(node -> node.jvm(jvm));
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("cost", QUEUES);
                try (LongPolls consumer = new LongPolls()) {
                    for (int queue = 0; queue < QUEUES; queue++) {
                        consumer.add(cluster.leader().clientAddress(), "follower", "cost", queue);
                    }
                    consumer.start();
                    client.call(
                            "load",
                            "name",
                            "steady",
                            "topic",
                            "cost",
                            "threads",
                            16,
                            "padding",
                            BYTES,
                            "rate",
                            Integer.getInteger("cost.rate", 1_000));
                    pause(Integer.getInteger("cost.warmup", 180));
                    measure(cluster, client);
                    assertThat(client.call("loadStatus", "name", "steady").text("failures"))
                            .isEqualTo("{}");
                    assertThat(consumer.messages()).isPositive();
                }
            }
        }
    }

    private static void measure(VledgerCluster cluster, ClientProcess client) throws IOException {
        Map<String, Used> threads = threads(cluster);
        long written = written(cluster);
        long acked = acked(client);
        pause(Integer.getInteger("cost.seconds", 60));
        long messages = acked(client) - acked;
        long bytes = written(cluster) - written;
        Used all = new Used(0, 0);
        Map<String, Used> after = threads(cluster);
        for (String name : after.keySet()) {
            Used before = threads.getOrDefault(name, new Used(0, 0));
            Used used = after.get(name).plus(new Used(-before.cpuMs(), -before.switches()));
            all = all.plus(used);
            print(name, used, messages);
        }
        print("all threads", all, messages);
        System.out.printf(
                "%.2f bytes to disk for a byte of %d messages%n", bytes / (double) (messages * BYTES), messages);
        for (VledgerNode node : cluster.nodes()) {
            System.out.printf(
                    "%s: %.0f MiB resident, %.0f of it anonymous%s%n",
                    node.id(),
                    1_024 * number(node, "status", "VmRSS:") / MIB,
                    node.process().anonymousBytes() / MIB,
                    node == cluster.leader() ? "; it leads" : "");
        }
    }

    private static long acked(ClientProcess client) {
        return client.call("loadStatus", "name", "steady").number("acked");
    }

    private static void print(String name, Used used, long messages) {
        if (used.cpuMs() * 1_000 > messages) {
            System.out.printf(
                    "%-24s %6.1f CPU s for a million, %.2f context switches a message%n",
                    name, used.cpuMs() * 1_000 / messages, used.switches() / (double) messages);
        }
    }

    private static void pause(int seconds) {
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        Await.until("time has passed", Duration.ofMinutes(30), System::nanoTime, now -> now >= end);
    }

    private static long written(VledgerCluster cluster) {
        return cluster.nodes().stream()
                .mapToLong(node -> number(node, "io", "write_bytes:"))
                .sum();
    }

    /** By node and name, what its threads have used so far. */
    private static Map<String, Used> threads(VledgerCluster cluster) throws IOException {
        Map<String, Used> found = new TreeMap<>();
        for (VledgerNode node : cluster.nodes()) {
            Path tasks = Path.of("/proc", Long.toString(node.process().pid()), "task");
            try (Stream<Path> all = Files.list(tasks)) {
                for (Path task : all.toList()) {
                    String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
                    String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
                    String[] rest = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    double cpuMs = 10.0 * (Long.parseLong(rest[11]) + Long.parseLong(rest[12]));
                    long switches = number(task.resolve("status"), "voluntary_ctxt_switches:");
                    found.merge(node.id() + " " + name, new Used(cpuMs, switches), Used::plus);
                }
            }
        }
        return found;
    }

    private static long number(VledgerNode node, String file, String key) {
        return number(Path.of("/proc", Long.toString(node.process().pid()), file), key);
    }

    private static long number(Path file, String key) {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findAny()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
