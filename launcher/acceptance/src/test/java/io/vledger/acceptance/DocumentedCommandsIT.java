package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Document;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The commands of the pages for operators, as they stand there but for ports and files, on the nodes that the first of them start. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DocumentedCommandsIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String JAR = "launcher/target/launcher.jar";
    private static final Document README = new Document("README.md");

    private final Path directory = WorkDirectory.of(DocumentedCommandsIT.class);
    private VledgerCluster cluster;
    /** One node with a file as RocketMQ's brokers have it. */
    private VledgerCluster single;

    private int scripts;

    private record Ended(int exitCode, String text) {}

    @BeforeAll
    void start() throws IOException {
        cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory);
        Path home = directory.resolve("single");
        single = VledgerCluster.upgraded(home, "single", Ports.next(), List.of(home.resolve("store")));
        List<String> starts = README.commands("java").stream()
                .filter(line -> line.startsWith("java -jar " + JAR + " -conf conf/n"))
                .toList();
        assertThat(starts).hasSize(3);
        for (int i = 0; i < 3; i++) {
            VledgerNode node = cluster.nodes().get(i);
            assertThat(starts.get(i)).contains("conf/n" + i + ".json");
            // The commands run in the root of the source tree, which is not where they may leave a plugin.
            Path plugins = WorkDirectory.create(directory.resolve("plugins-" + node.id()));
            node.nodeSection("plugins", new JsonObject().put("directory", plugins.toString()));
            node.startBy(List.of("bash", "-eu", script(starts.get(i), node).toString()));
        }
        cluster.awaitReady();
    }

    @AfterAll
    void stop() {
        cluster.close();
        single.close();
    }

    @Test
    @Order(1)
    void fiveMinutes() throws IOException {
        List<String> tools = README.commands("mqadmin");
        assertThat(tools).hasSizeGreaterThanOrEqualTo(3);
        try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
            for (String line : tools) {
                String arguments = line.replace("mqadmin ", "").replace(" -n 127.0.0.1:9876", "");
                assertThat(arguments).isNotEqualTo(line);
                // Tools wait for two seconds, which a busy machine may take to answer the first of them.
                String printed = Await.until(
                        line,
                        SOON,
                        () -> client.mqadmin(arguments),
                        text -> !text.contains("RemotingTimeoutException"));
                assertThat(printed)
                        .as(line)
                        .doesNotContain("Exception", "Usage:", "usage:")
                        .containsPattern("broker-a|SEND_OK|MSGID|Consume ok");
            }
        }
        runAll(README.commands("curl"));
    }

    @Test
    @Order(2)
    void statusAndAdministration() throws IOException {
        Document operating = new Document("launcher/OPERATING.md");
        List<String> commands = new ArrayList<>();
        for (Document page : List.of(README, operating)) {
            commands.addAll(page.commands("java").stream()
                    .filter(line -> line.contains(" status "))
                    .toList());
        }
        assertThat(commands).hasSizeGreaterThanOrEqualTo(2);
        commands.addAll(operating.commands("curl"));
        List<String> ofHttp = new Document("plugins/http/README.md").commands("curl");
        assertThat(ofHttp).isNotEmpty();
        commands.addAll(ofHttp);
        runAll(commands);
    }

    @Test
    @Order(3)
    void whatTheLauncherSaysThatItCanDo() throws IOException {
        Document page = new Document("launcher/README.md");
        List<String> commands = page.commands("java");
        assertThat(commands).hasSizeGreaterThanOrEqualTo(5);
        for (String command : commands) {
            if (command.contains(" status ") || command.endsWith(" -p") || command.endsWith(" quickstart")) {
                run(command);
            } else {
                // The first two start nodes: that of JSON runs already, and of this the values are printed and checked.
                run(command + " -p");
            }
        }
        assertThat(README.commands("mvn")).anyMatch(line -> line.endsWith(" && java -jar " + JAR + " quickstart"));
    }

    @Test
    @Order(4)
    void theScriptsStartAndStop() throws IOException {
        List<String> commands = README.commands("sh");
        assertThat(commands).hasSize(2);
        assertThat(new Document("launcher/README.md").commands("sh"))
                .containsExactly("sh launcher/bin/mqbroker -c FILE", commands.get(1));
        VledgerNode node = single.nodes().get(0);
        node.startBy(List.of("bash", "-eu", script(commands.get(0), node).toString()));
        node.awaitReady();
        // It stops every node of this jar that has noted itself in the directory of this test.
        assertThat(commands.get(1)).isEqualTo("sh launcher/bin/mqshutdown broker");
        run(commands.get(1));
        assertThat(node.isRunning()).isFalse();
        assertThat(cluster.nodes()).noneMatch(VledgerNode::isRunning);
    }

    @Test
    @Order(5)
    void theStoreIsCopiedIntoThePluginDirectory() throws IOException {
        List<String> commands = new Document("store-rocksdb/README.md").commands("mkdir");
        assertThat(commands).hasSize(1);
        run(commands.get(0).replace("data/n0/plugins", directory + "/plugins"));
        assertThat(directory.resolve("plugins/store-rocksdb.jar")).isNotEmptyFile();
    }

    /** openssl itself is not of this project: where it is missing, there is nothing to show. */
    @Test
    @Order(6)
    void theSecretOfTheMembersIsMade() throws IOException {
        List<String> commands = new Document("conf/README.md").commands("umask");
        assertThat(commands).hasSize(1);
        assumeThat(Path.of("/usr/bin/openssl")).exists();
        Path secret = directory.resolve("peers.secret");
        run(commands.get(0).replace("> peers.secret", "> '" + secret + "'"));
        assertThat(Files.readString(secret).strip()).hasSizeGreaterThanOrEqualTo(64);
        assertThat(Files.getPosixFilePermissions(secret))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    private void runAll(List<String> commands) throws IOException {
        assertThat(commands).isNotEmpty();
        for (String command : commands) {
            run(command);
        }
    }

    private void run(String command) throws IOException {
        VledgerNode asked = command.contains("/transfer")
                ? leaderOtherThanN1()
                : cluster.nodes().get(0);
        Path script = script(command, asked);
        // The answer of status is that all is well: it gives a node three seconds, which a busy machine may take.
        Ended ended = command.contains(" status ")
                ? Await.until(command, SOON, () -> run(script), answer -> answer.exitCode() == 0)
                : run(script);
        assertThat(ended.exitCode()).as("%s says: %s", command, ended.text()).isZero();
    }

    private Ended run(Path script) {
        try (JavaProcess shell = JavaProcess.startCommand(
                directory, Path.of(script + ".log"), List.of("bash", "-eu", script.toString()))) {
            return new Ended(shell.awaitExit(SOON), shell.output());
        }
    }

    /** The command with the files and ports of a node, in the root of the source tree. */
    private Path script(String command, VledgerNode node) throws IOException {
        Path file = (command.contains(" -c ") ? single.nodes().get(0) : node).configuration();
        String token = node.dataDirectory().resolve("http.token").toString();
        String line = command.replace("127.0.0.1:10912", node.httpAddress())
                .replace("data/n0/http.token", token)
                .replaceFirst("^curl( -s)?", "curl -sSf")
                .replace("tap.jar", "plugins/audit/target/audit.jar")
                .replaceFirst("-jar launcher\\.jar", "-jar " + JAR)
                .replaceFirst("conf/(n\\d\\.json|dledger/broker-n0\\.conf)|FILE", file.toString());
        Path script = directory.resolve("command-" + scripts++ + ".sh");
        Files.writeString(
                script,
                "cd '%s'\nexport VLEDGER_RUN_DIR='%s' JAVA_OPT='-XX:TieredStopAtLevel=1'\n[ ! -f '%s' ] || export TOKEN=$(cat '%s')\n%s%s\n"
                        .formatted(
                                Document.root(),
                                directory.resolve("run"),
                                token,
                                token,
                                command.contains("&&") || command.contains(";") ? "" : "exec ",
                                line));
        return script;
    }

    private VledgerNode leaderOtherThanN1() throws IOException {
        VledgerNode leader = cluster.leader();
        if (!leader.id().equals("n1")) {
            return leader;
        }
        assertThat(leader.post("/v1/groups/broker-a/transfer").statusCode()).isEqualTo(200);
        return cluster.leaderOtherThan(leader);
    }
}
