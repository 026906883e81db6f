package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What access control costs, in CPU time of all nodes for a million asynchronous sends of 1 KiB: off, and on with a user who signs each
 * and has the right by a policy; in many short turns, so that a busy machine touches both, and without waiting for the disk. Run by hand:
 * {@code -Dit.test=AccessCost}, with {@code -Daccess.messages=40000} and {@code -Daccess.rounds=20} for other numbers than these.
 */
class AccessCost {
    private static final int BYTES = 1024;
    private static final int IN_FLIGHT = 1000;
    private static final String ROOT = "root-password-1";
    private static final String APP = "app-password-22";

    private final Path directory = WorkDirectory.of(AccessCost.class);

    @Test
    void accessControlCostsThatMuch() throws IOException {
        Path key = directory.resolve("access.key");
        Files.createFile(key);
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(key, "a key that the members share, of many characters\n");
        JsonObject users = new JsonObject()
                .put("keyFile", key.toString())
                .put("initAuthenticationUser", "{\"username\":\"root\",\"password\":\"" + ROOT + "\"}")
                .put("authenticationEnabled", true)
                .put("authorizationEnabled", true);
        List<Double> off = new ArrayList<>();
        List<Double> on = new ArrayList<>();
        try (VledgerCluster open = started("off", new JsonObject());
                VledgerCluster guarded = started("on", users);
                ClientProcess root = client(guarded, "root", ROOT);
                ClientProcess app = client(guarded, "app", APP);
                ClientProcess anybody = client(open, "anybody", APP)) {
            root.createTopic("cost", 8);
            anybody.createTopic("cost", 8);
            root.mqadmin("createUser -u app -p " + APP + " -c VledgerCluster");
            root.mqadmin("createAcl -s User:app -r Topic:cost -a Pub -d Allow -c VledgerCluster");
            for (int warm = 0; warm < 3; warm++) {
                cost(open, anybody);
                cost(guarded, app);
            }
            for (int round = Integer.getInteger("access.rounds", 20); round > 0; round--) {
                off.add(cost(open, anybody));
                on.add(cost(guarded, app));
            }
        }
        double less = quartile(off, 2);
        double more = quartile(on, 2);
        print("off", off);
        print("on", on);
        System.out.printf("access control costs %.1f %% by medians%n", 100 * (more / less - 1));
        assertThat(less).isPositive();
    }

    private static void print(String what, List<Double> rounds) {
        System.out.printf(
                "CPU seconds of all nodes for a million, %s: median %.2f, quartiles %.2f and %.2f, of %d rounds%n",
                what, quartile(rounds, 2), quartile(rounds, 1), quartile(rounds, 3), rounds.size());
    }

    private static double quartile(List<Double> rounds, int quarter) {
        return rounds.stream()
                .sorted()
                .skip((rounds.size() - 1L) * quarter / 4)
                .findFirst()
                .orElseThrow();
    }

    private VledgerCluster started(String name, JsonObject access) throws IOException {
        VledgerCluster cluster = VledgerCluster.ofThree(WorkDirectory.create(directory.resolve(name)));
        cluster.nodes().forEach(node -> {
            node.jvm("-Xmx512m");
            node.nodeSection("access", access);
            node.durability("async");
        });
        cluster.startAll();
        cluster.awaitReady();
        return cluster;
    }

    private ClientProcess client(VledgerCluster cluster, String user, String password) {
        return ClientProcess.start(
                ClientRelease.V5,
                cluster.nameServer(),
                WorkDirectory.create(directory.resolve(user)),
                "-Dacceptance.accessKey=" + user,
                "-Dacceptance.secretKey=" + password);
    }

    private static double cost(VledgerCluster cluster, ClientProcess client) {
        long before = cluster.cpuMs();
        Line answer = client.call(
                "flood",
                "topic",
                "cost",
                "mode",
                "async",
                "inflight",
                IN_FLIGHT,
                "count",
                Integer.getInteger("access.messages", 40_000),
                "bytes",
                BYTES);
        return (cluster.cpuMs() - before) * 1000.0 / answer.number("acked");
    }
}
