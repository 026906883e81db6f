package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.PluginSource;
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
class ColdReplaceIT {
    private static final Duration SOON = Duration.ofSeconds(40);

    private final Path directory = WorkDirectory.of(ColdReplaceIT.class);

    @Test
    void storeRaftAndBrokerAreReplacedWhileTheOthersServe() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("cold", 4);
                LoadRun load = LoadRun.start(client, "load", "cold", 300, directory);
                load.awaitMore(200);
                for (String artifact : new String[] {"broker", "raft-driver", "store-mmap", "nameservice"}) {
                    VledgerNode node = cluster.leader();
                    String id = artifact.equals("raft-driver") ? "raft" : artifact;
                    Path plugins = Files.createDirectories(node.configuration().resolveSibling("plugins"));
                    Path partial = plugins.resolve(id + ".partial");
                    Files.write(partial, PluginSource.bundled(artifact, "replaced-" + id));
                    Files.move(partial, plugins.resolve(id + ".jar"), StandardCopyOption.ATOMIC_MOVE);
                    Await.until(
                            id + " is replaced", SOON, () -> node.log().contains("(plugin " + id + " replaced-" + id));
                    node.awaitReady();
                    cluster.awaitReady();
                    load.awaitMore(200);
                    assertThat(load.failures())
                            .as("failed sends after %s was replaced", id)
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
}
