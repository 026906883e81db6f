package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
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
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The audit plugin, dropped into running nodes, replaced under load, through a change of leader and a restart. */
class AuditPluginIT {
    private static final int REPLACEMENTS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(AuditPluginIT.class);

    @Test
    void everyNodeHasALineForEveryCommittedMessageOnce() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory)) {
            for (VledgerNode node : cluster.nodes()) {
                String configuration = Files.readString(node.configuration());
                Files.writeString(
                        node.configuration(),
                        configuration.substring(0, configuration.lastIndexOf('}'))
                                + ", \"plugins\": {\"pollMs\": 200, \"later\": [\"audit\"],"
                                + " \"audit\": {\"topics\": [\"audited\"], \"from\": \"beginning\"}}}");
            }
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("audited", 4);
                client.createTopic("other", 1);
                client.send("topic", "other", "body", "not to be seen");
                LoadRun load = LoadRun.startPatient(client, "load", "audited", directory);
                load.awaitMore(25);
                for (int version = 1; version <= REPLACEMENTS; version++) {
                    deploy(cluster, version);
                    load.awaitMore(25);
                }
                assertThat(load.failures()).isEqualTo("{}");
                VledgerNode killed = cluster.leader();
                killed.kill();
                cluster.leaderOtherThan(killed);
                load.awaitMore(50);
                killed.start();
                killed.awaitReady();
                load.awaitMore(50);
                deploy(cluster, REPLACEMENTS + 1);
                load.awaitMore(25);
                Path acks = load.end();
                Evidence evidence = Evidence.readBack(client, "audited", directory.resolve("audited.txt"));
                evidence.holdsAll(acks);
                everyLineIsThereOnce(cluster, evidence.bodies());
            }
        }
    }

    /** What the client reads back is what was committed: also that whose acknowledgement was lost. */
    private static void everyLineIsThereOnce(VledgerCluster cluster, List<String> committed) {
        Set<String> all = Set.copyOf(committed);
        for (VledgerNode node : cluster.nodes()) {
            Await.until(
                    "a line in " + node.id() + " for each of " + committed.size(),
                    LIMIT,
                    () -> committed.size() - lines(node).size(),
                    missing -> missing <= 0);
            List<JsonObject> lines = lines(node);
            assertThat(lines).as("lines of %s", node.id()).hasSameSizeAs(committed);
            assertThat(lines).extracting(line -> line.getString("topic")).containsOnly("audited");
            assertThat(lines).extracting(AuditPluginIT::body).hasSameElementsAs(all);
            assertThat(lines)
                    .as("order of the log in %s", node.id())
                    .isSortedAccordingTo(Comparator.comparing((JsonObject line) -> line.getLong("index"))
                            .thenComparing(line -> line.getInteger("number")));
            assertThat(lines)
                    .extracting(AuditPluginIT::place)
                    .doesNotHaveDuplicates()
                    .isEqualTo(lines(cluster.nodes().get(0)).stream()
                            .map(AuditPluginIT::place)
                            .toList());
        }
    }

    private static String body(JsonObject line) {
        return new String(Base64.getDecoder().decode(line.getString("body")), StandardCharsets.UTF_8);
    }

    private static String place(JsonObject line) {
        return line.getLong("index") + "/" + line.getInteger("number") + " " + line.getInteger("queue") + ":"
                + line.getLong("queueOffset") + " at " + line.getLong("position");
    }

    private static void deploy(VledgerCluster cluster, int version) throws IOException {
        byte[] jar = PluginSource.versioned(
                Files.readAllBytes(Path.of(System.getProperty("acceptance.audit"))), "v" + version);
        for (VledgerNode node : cluster.nodes()) {
            Path partial = Files.write(node.plugins().resolve("audit.partial"), jar);
            Files.move(
                    partial,
                    node.plugins().resolve("audit.jar"),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
        String words = version == 1 ? "(plugin audit v1," : "plugin audit v" + version + " replaced v" + (version - 1);
        for (VledgerNode node : cluster.nodes()) {
            Await.until("version " + version + " in " + node.id(), LIMIT, () -> node.log()
                    .contains(words));
        }
    }

    private static List<JsonObject> lines(VledgerNode node) {
        Path file = node.dataDirectory().resolve("audit/broker-a.jsonl");
        try {
            // Up to the last newline: the line behind it is being written.
            String text = Files.exists(file) ? Files.readString(file) : "";
            return text.substring(0, text.lastIndexOf('\n') + 1)
                    .lines()
                    .map(JsonObject::new)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
