package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A node that cannot start says why in one line and ends with exit code 1. */
class ConfigurationErrorIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(ConfigurationErrorIT.class);

    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("an unknown key", "\"cluster\"", "\"clustre\"", List.of("clustre", "cluster")),
                Arguments.of("broken JSON", "\"groups\"", "groups\" oops", List.of("node.json")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void aMistakeInTheFileIsNamed(String what, String right, String wrong, List<String> expected) throws IOException {
        VledgerNode node = VledgerCluster.ofThree(directory).nodes().get(0);
        String file = Files.readString(node.configuration());
        assertThat(file).as(what).contains(right);
        Files.writeString(node.configuration(), file.replace(right, wrong));
        String said = refuse("-conf", node.configuration().toString());
        assertThat(said.lines()).as(said).hasSize(1);
        assertThat(said).contains(expected).contains("node.json");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        assertThat(refuse("-conf", "nowhere.json").lines())
                .singleElement()
                .asString()
                .contains("nowhere.json");
        assertThat(refuse("-c", "nowhere.conf").lines())
                .singleElement()
                .asString()
                .contains("nowhere.conf");
    }

    @Test
    void aFileThatCannotBeReadIsNamed() {
        Path folder = WorkDirectory.create(directory.resolve("folder.json"));
        assertThat(refuse("-conf", folder.toString()).lines())
                .singleElement()
                .asString()
                .contains("folder.json");
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
        VledgerNode node = VledgerCluster.ofOne(directory).nodes().get(0);
        String port = node.clientAddress().substring(node.clientAddress().indexOf(':') + 1);
        try (ServerSocket taken = new ServerSocket(Integer.parseInt(port), 1, InetAddress.getLoopbackAddress())) {
            String said = refuse("-conf", node.configuration().toString());
            assertThat(taken.isBound()).isTrue();
            assertThat(lastLine(said)).contains(port);
        }
        WorkDirectory.remove(node.dataDirectory());
    }

    /** 192.0.2.1 is set aside for documentation, so no machine has it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "groups":     | "nameService": {"bindHost": "192.0.2.1"}, "groups": | nameService.bindHost
            "http": {"host": "127.0.0.1" | "http": {"host": "192.0.2.1" | http.host
            "peers":      | "bindHost": "192.0.2.1", "peers":         | bindHost
            "peers":      | "raft": {"bindHost": "192.0.2.1"}, "peers": | raft.bindHost
            """)
    void anAddressThatIsNotThisMachinesIsNamed(String before, String after, String key) throws IOException {
        VledgerNode node = VledgerCluster.ofThree(directory).nodes().get(0);
        Files.writeString(
                node.configuration(), Files.readString(node.configuration()).replace(before, after));
        String said = refuse("-conf", node.configuration().toString());
        assertThat(lastLine(said)).startsWith("vledger: ").contains("192.0.2.1", key);
        WorkDirectory.remove(node.dataDirectory());
    }

    @Test
    void aDirectoryOfARunningNodeIsNamed() throws IOException {
        try (VledgerCluster running = VledgerCluster.ofOne(directory.resolve("running"));
                VledgerCluster other = VledgerCluster.ofOne(directory.resolve("other"))) {
            running.startAll();
            running.awaitReady();
            VledgerNode node = other.nodes().get(0);
            String data = running.nodes().get(0).dataDirectory().toString();
            configureData(node, data);
            String said = refuse("-conf", node.configuration().toString());
            assertThat(lastLine(said)).contains(data);
            assertThat(running.nodes().get(0).health("ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aDirectoryOfAnotherNodeIsNamed() throws IOException {
        try (VledgerCluster owner = VledgerCluster.ofOne(directory.resolve("owner"));
                VledgerCluster other = VledgerCluster.ofThree(directory.resolve("stranger"))) {
            owner.startAll();
            owner.awaitReady();
            owner.nodes().get(0).stop();
            VledgerNode node = other.nodes().get(1);
            String data = owner.nodes().get(0).dataDirectory().toString();
            configureData(node, data);
            String said = refuse("-conf", node.configuration().toString());
            assertThat(lastLine(said)).contains(data, "n0");
        }
    }

    private static void configureData(VledgerNode node, String data) throws IOException {
        String file = Files.readString(node.configuration());
        Files.writeString(
                node.configuration(), file.replace(node.dataDirectory().toString(), data));
    }

    private static String lastLine(String said) {
        return said.lines().reduce("", (before, line) -> line);
    }

    /** Starts a node that must not come up; what it said. */
    private String refuse(String... arguments) {
        Path log = directory.resolve("refused.log");
        WorkDirectory.remove(log);
        try (JavaProcess process = VledgerNode.runLauncher(directory, log, List.of(arguments))) {
            assertThat(process.awaitExit(LIMIT)).isEqualTo(1);
            assertThat(process.output()).doesNotContain("\tat ").doesNotContain("Exception");
            return process.output();
        }
    }
}
