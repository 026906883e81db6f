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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a popped and acknowledged message costs beside a pulled one, in CPU time of all nodes. Run by hand: {@code -Dit.test=PopCost},
 * with {@code -Dpop.consumers=64 -Dpop.messages=300000 -Dpop.warmup=10 -Dpop.rounds=4 -Dpop.modes=pull,batch,single} for others than these, and
 * {@code -Dpop.launchers=OLD.jar,NEW.jar} to compare two builds.
 */
class PopCost {
    private static final int QUEUES = 16;
    private static final int BYTES = 1024;
    private static final int PIECE = 20_000;
    private static final Pattern COMMIT_INDEX = Pattern.compile("\"commitIndex\"\\s*:\\s*(\\d+)");

    private final Path directory = WorkDirectory.of(PopCost.class);

    /** CPU time that all nodes have used so far, and their own parts of it, milliseconds. */
    private static List<Long> cpuMs(VledgerCluster cluster) {
        return cluster.nodes().stream()
                .map(node -> node.process().cpu().toMillis())
                .toList();
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
        int messages = Integer.getInteger("pop.messages", 300_000);
        List<String> modes =
                List.of(System.getProperty("pop.modes", "pull,batch,single").split(","));
        int rounds = Integer.getInteger("pop.rounds", 4);
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
                for (int round = 0; round < Integer.getInteger("pop.warmup", 10); round++) {
                    drain(cluster, client, "batch", "warm" + round, consumers);
                }
                Map<String, List<Double>> figures = new LinkedHashMap<>();
                for (int round = 0; round < rounds; round++) {
                    for (String mode : modes) {
                        double cost =
                                drain(cluster, client, mode, mode + round, mode.equals("pull") ? QUEUES : consumers);
                        if (round > 0) {
                            figures.computeIfAbsent(mode, absent -> new ArrayList<>())
                                    .add(cost);
                        }
                    }
                }
                figures.forEach((mode, all) ->
                        System.out.printf("median of %s: %.2f CPU seconds for a million%n", mode, median(all)));
                List<Double> pulled = figures.get("pull");
                figures.forEach((mode, all) -> {
                    if (pulled != null) {
                        System.out.printf("%s costs %.2f times a pull%n", mode, median(all) / median(pulled));
                    }
                });
            }
        }
    }

    /** How many entries the log has. */
    private static long entries(VledgerCluster cluster) {
        try {
            Matcher index =
                    COMMIT_INDEX.matcher(cluster.leader().health("ready").body());
            return index.find() ? Long.parseLong(index.group(1)) : 0;
        } catch (IOException noAnswer) {
            throw new UncheckedIOException(noAnswer);
        }
    }

    private static double median(List<Double> all) {
        return all.stream().sorted().skip(all.size() / 2).findFirst().orElseThrow();
    }

    private static double drain(
            VledgerCluster cluster, ClientProcess client, String mode, String group, int consumers) {
        client.mqadmin("updateSubGroup -c VledgerCluster -g " + group);
        long entries = entries(cluster);
        List<Long> before = cpuMs(cluster);
        Line answer = client.call(
                "consumeRounds", "topic", "cost", "group", group, "mode", mode, "consumers", consumers, "repeat", 4);
        List<Long> after = cpuMs(cluster);
        List<Long> each = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            each.add(after.get(i) - before.get(i));
        }
        long count = answer.number("messages");
        double cost = each.stream().mapToLong(Long::longValue).sum() * 1000.0 / count;
        System.out.printf(
                "%s: %d messages in %d ms, %d entries, node CPU ms %s, %.2f CPU seconds for a million%n",
                group, count, answer.number("ms"), entries(cluster) - entries, each, cost);
        assertThat(count).as("messages by " + mode).isPositive();
        return cost;
    }
}
