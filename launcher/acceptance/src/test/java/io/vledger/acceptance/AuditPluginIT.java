package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The audit plugin, dropped into running nodes, replaced under load, through a change of leader and a restart. */
class AuditPluginIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Path directory = WorkDirectory.of(AuditPluginIT.class);

    @Test
    void everyNodeHasALineForEveryCommittedMessageOnce() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            for (VledgerNode node : cluster.nodes()) {
                String configuration = Files.readString(node.configuration());
                int end = configuration.lastIndexOf('}');
                Files.writeString(
                        node.configuration(),
                        configuration.substring(0, end)
                                + ", \"plugins\": {\"audit\": {\"topics\": [\"audited\"], \"from\": \"beginning\"}}}");
            }
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("audited", 4);
                client.createTopic("other", 1);
                client.send("topic", "other", "body", "not to be seen");
                LoadRun load = LoadRun.start(client, "load", "audited", 300, directory);
                load.awaitMore(100);
                drop(cluster);
                load.awaitMore(300);
                drop(cluster);
                load.awaitMore(300);
                VledgerNode killed = cluster.leader();
                killed.kill();
                cluster.leaderOtherThan(killed);
                load.awaitMore(200);
                killed.start();
                killed.awaitReady();
                load.awaitMore(200);
                int acknowledged = Files.readAllLines(load.end()).size();
                assertThat(acknowledged).isGreaterThan(1000);
                for (VledgerNode node : cluster.nodes()) {
                    Await.until(
                            "a line for all in " + node.id(),
                            LIMIT,
                            () -> lines(node).size() >= acknowledged);
                }
                List<String> first = places(cluster.nodes().get(0));
                assertThat(first).doesNotHaveDuplicates().noneMatch(line -> line.contains("\"other\""));
                for (VledgerNode node : cluster.nodes()) {
                    Await.until("the same lines", LIMIT, () -> places(node).equals(first));
                }
            }
        }
    }

    /** Another time stamp makes it another file: it is replaced. */
    private static void drop(VledgerCluster cluster) throws IOException {
        Path jar = Path.of(System.getProperty("acceptance.audit"));
        for (VledgerNode node : cluster.nodes()) {
            Path plugins = Files.createDirectories(node.configuration().resolveSibling("plugins"));
            Path partial = Files.copy(jar, plugins.resolve("audit.jar.partial"), StandardCopyOption.REPLACE_EXISTING);
            Files.move(partial, plugins.resolve("audit.jar"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static List<String> lines(VledgerNode node) {
        Path file = node.dataDirectory().resolve("audit/broker-a.jsonl");
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> places(VledgerNode node) {
        return lines(node).stream()
                .map(line -> line.substring(0, line.indexOf("\"storedMs\"")))
                .toList();
    }
}
