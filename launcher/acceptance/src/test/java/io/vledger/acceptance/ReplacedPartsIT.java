package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.PluginSource;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Parts of the broker itself are replaced on the node that leads, under the load of a real client with default settings. */
class ReplacedPartsIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(ReplacedPartsIT.class);

    @Test
    void everyPartOfTheBrokerIsReplacedWhileTheOthersServe() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("cold", 4);
                LoadRun load = LoadRun.startPatient(client, "load", "cold", directory);
                load.awaitMore(50);
                for (String artifact :
                        new String[] {"broker", "raft-driver", "store-mmap", "nameservice", "remoting"}) {
                    VledgerNode node = cluster.leader();
                    String id = id(artifact);
                    replace(node, artifact, "replaced-" + id);
                    cluster.awaitReady();
                    load.awaitMore(50);
                    assertThat(load.failures())
                            .as("failed sends after %s was replaced", id)
                            .isEqualTo("{}");
                    Files.delete(node.plugins().resolve(id + ".jar"));
                    Await.until("the bundled " + id + " is back", SOON, () -> node.log()
                            .contains(" replaced replaced-" + id));
                    node.awaitReady();
                    cluster.awaitReady();
                    load.awaitMore(50);
                    assertThat(load.failures())
                            .as("failed sends after the bundled %s was back", id)
                            .isEqualTo("{}");
                }
                Path acks = load.end();
                Evidence evidence = Evidence.readBack(client, "cold", directory.resolve("cold.txt"));
                evidence.queueOffsetsAreDense();
                assertThat(evidence.holdsAll(acks)).isPositive();
                cluster.nodes().forEach(node -> assertThat(node.log()).doesNotContain("\tat "));
            }
        }
    }

    /**
     * In the first round a bundled part is replaced, in the second one that was deployed: each leaves nothing. HTTP is left out: where a port is shared, Vert.x keeps the context of the first who listened, and that one's loader.
     */
    @Test
    void nothingIsLeftOfWhatWasReplaced() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofOne(directory)) {
            cluster.startAll();
            cluster.awaitReady();
            VledgerNode node = cluster.nodes().get(0);
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("left", 4);
                int loaders = loaders(node);
                assertThat(loaders).as("one for each bundled plugin").isEqualTo(7);
                for (String artifact :
                        new String[] {"broker", "raft-driver", "store-mmap", "remoting", "nameservice"}) {
                    for (int round = 1; round <= 2; round++) {
                        replace(node, artifact, "round-" + round + "-" + id(artifact));
                        client.send("topic", "left", "body", artifact + round);
                    }
                }
                // Timers keep what they ran for ten seconds: one wait for all.
                Await.until(
                        "the loaders of what was replaced are collected",
                        SOON,
                        () -> loaders(node),
                        left -> left == loaders);
            }
        }
    }

    private static int loaders(VledgerNode node) throws IOException {
        return node.process().reachable("io.vledger.kernel.plugin.PluginClassLoader");
    }

    private static String id(String artifact) {
        return artifact.equals("raft-driver") ? "raft" : artifact;
    }

    private static void replace(VledgerNode node, String artifact, String version) throws IOException {
        String id = id(artifact);
        Path partial = node.plugins().resolve(id + ".partial");
        Files.write(partial, PluginSource.bundled(artifact, version));
        Files.move(
                partial,
                node.plugins().resolve(id + ".jar"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        Await.until(id + " is replaced", SOON, () -> node.log().contains("plugin " + id + " " + version + " replaced"));
        node.awaitReady();
    }
}
