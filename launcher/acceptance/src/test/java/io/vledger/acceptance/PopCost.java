package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a popped and acknowledged message costs beside a pulled one, in CPU time of all nodes' threads, with and without their compilers. Run by
 * hand: {@code -Dit.test=PopCost}, with {@code -Dpop.consumers=64 -Dpop.messages=200000 -Dpop.warmup=30 -Dpop.rounds=9 -Dpop.modes=pull,batch} for
 * others than these ({@code single} acknowledges one by one), and {@code -Dpop.launchers=OLD.jar,NEW.jar} to compare two builds.
 */
class PopCost {
    private static final int QUEUES = 16;
    private static final int BYTES = 1024;
    private static final int FEW = 5;
    private static final int PIECE = 20_000;
    /** Threads that use less are not printed, seconds for a million messages. */
    private static final double SMALL = 0.005;

    /** Threads that compile, by their first 15 characters. */
    private static final Pattern COMPILER = Pattern.compile("C[12] CompilerThre|Sweeper thread");

    private static final Pattern COMMIT_INDEX = Pattern.compile("\"commitIndex\"\\s*:\\s*(\\d+)");

    private final Path directory = WorkDirectory.of(PopCost.class);

    /** CPU time that the threads of all nodes have used so far, those of one name together, nanoseconds. */
    private static Map<String, Long> threads(VledgerCluster cluster, VledgerNode leader) {
        Map<String, Long> byName = new TreeMap<>();
        for (VledgerNode node : cluster.nodes()) {
            Path tasks = Path.of("/proc", Long.toString(node.process().pid()), "task");
            try (Stream<Path> all = Files.list(tasks)) {
                for (Path task : all.toList()) {
                    read(node == leader ? "leader: " : "", task, byName);
                }
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        }
        return byName;
    }

    private static void read(String prefix, Path task, Map<String, Long> byName) throws IOException {
        try {
            String used = Files.readString(task.resolve("schedstat")).split(" ")[0];
            String name = Files.readString(task.resolve("comm")).strip();
            byName.merge(prefix + name, Long.parseLong(used), Long::sum);
        } catch (NoSuchFileException ended) {
            // The thread is gone.
        }
    }

    /** Launchers to compare, one after the other. */
    static List<String> launchers() {
        String built = VledgerNode.launcherJar().toString();
        return List.of(System.getProperty("pop.launchers", built).split(","));
    }

    @ParameterizedTest
    @MethodSource("launchers")
    void poppingBesidePulling(String launcher) {
        System.setProperty("acceptance.launcher", launcher);
        System.out.println(launcher);
        int consumers = Integer.getInteger("pop.consumers", 64);
        int messages = Integer.getInteger("pop.messages", 200_000);
        List<String> modes =
                List.of(System.getProperty("pop.modes", "pull,batch").split(","));
        int rounds = Integer.getInteger("pop.rounds", 9);
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            cluster.nodes()
                    .forEach(node ->
                            node.jvm(System.getProperty("pop.jvm", "-Xmx512m").split(" ")));
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("cost", QUEUES);
                // In pieces, since an answer is awaited for a minute.
                for (int sent = 0; sent < messages; sent += PIECE) {
                    client.call(
                            "flood", "topic", "cost", "mode", "batch", "batch", 32, "threads", 8, "count", PIECE,
                            "bytes", BYTES);
                }
                // The compiler of the nodes is done after some seconds of their CPU time.
                for (int round = 0; round < Integer.getInteger("pop.warmup", 30); round++) {
                    // Few consumers are many entries, so that followers are done with it, too.
                    drain(cluster, client, "batch", "warm" + round, round % 2 == 0 ? consumers : FEW);
                }
                Map<String, Spent> figures = new LinkedHashMap<>();
                for (int round = 0; round < rounds; round++) {
                    for (String mode : modes) {
                        int asking = mode.equals("pull") ? QUEUES : consumers;
                        Map<String, Double> spent = drain(cluster, client, mode, mode + round, asking);
                        if (round > 0) {
                            figures.computeIfAbsent(mode, absent -> new Spent()).add(spent);
                        }
                    }
                }
                Spent pulled = figures.get("pull");
                figures.forEach((mode, spent) -> {
                    spent.print(mode);
                    if (pulled != null) {
                        System.out.printf(
                                "%s costs %.2f times a pull, without compilers %.2f times%n",
                                mode,
                                spent.median(true) / pulled.median(true),
                                spent.median(false) / pulled.median(false));
                    }
                });
            }
        }
    }

    /** How many entries the log has. */
    private static long entries(VledgerNode leader) {
        try {
            Matcher index = COMMIT_INDEX.matcher(leader.health("ready").body());
            return index.find() ? Long.parseLong(index.group(1)) : 0;
        } catch (IOException noAnswer) {
            throw new UncheckedIOException(noAnswer);
        }
    }

    /** What the rounds of one mode cost, CPU seconds for a million messages by thread. */
    private static final class Spent {
        private final List<Map<String, Double>> rounds = new ArrayList<>();

        void add(Map<String, Double> round) {
            rounds.add(round);
        }

        double median(boolean compilers) {
            return rounds.stream()
                    .map(round -> sum(round, compilers))
                    .sorted()
                    .skip(rounds.size() / 2)
                    .findFirst()
                    .orElseThrow();
        }

        void print(String mode) {
            System.out.printf(
                    "%s: medians of %.3f CPU seconds for a million, without compilers %.3f; means by thread:%n",
                    mode, median(true), median(false));
            Map<String, Double> all = new TreeMap<>();
            rounds.forEach(round -> round.forEach((thread, seconds) -> all.merge(thread, seconds, Double::sum)));
            all.forEach((thread, seconds) -> {
                if (seconds / rounds.size() > SMALL) {
                    System.out.printf("    %s %.3f%n", thread, seconds / rounds.size());
                }
            });
        }
    }

    private static double sum(Map<String, Double> spent, boolean compilers) {
        return spent.entrySet().stream()
                .filter(each -> compilers || !COMPILER.matcher(each.getKey()).find())
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    private static Map<String, Double> drain(
            VledgerCluster cluster, ClientProcess client, String mode, String group, int consumers) {
        client.mqadmin("updateSubGroup -c VledgerCluster -g " + group);
        VledgerNode leader = cluster.leader();
        long entries = entries(leader);
        Map<String, Long> before = threads(cluster, leader);
        Line answer = client.call(
                "consumeRounds", "topic", "cost", "group", group, "mode", mode, "consumers", consumers, "repeat", 1);
        Map<String, Long> after = threads(cluster, leader);
        long count = answer.number("messages");
        assertThat(count).as("messages by " + mode).isPositive();
        Map<String, Double> spent = new TreeMap<>();
        after.forEach((thread, nanos) ->
                spent.put(thread, Math.max(0, nanos - before.getOrDefault(thread, 0L)) / 1e3 / count));
        System.out.printf(
                "%s: %d messages in %d ms, %d entries, %.2f CPU seconds for a million, without compilers %.2f%n",
                group, count, answer.number("ms"), entries(leader) - entries, sum(spent, true), sum(spent, false));
        return spent;
    }
}
