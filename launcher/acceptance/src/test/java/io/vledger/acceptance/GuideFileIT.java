package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The files of the DLedger guide start a group as they are, through the launcher and through {@code mqbroker}.
 *
 * <p>They name fixed ports and {@code /tmp/rmqstore}. Where that directory exists already it belongs to somebody, so
 * copies of the files with another directory are used; where a port is taken, the tests do not run.
 */
class GuideFileIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Path GUIDE_STORE = Path.of("/tmp/rmqstore");
    private static final List<Integer> GUIDE_PORTS =
            List.of(9876, 30911, 30921, 30931, 40911, 40912, 40913, 30912, 30922, 30932);

    /** Further options of the JVM for {@code mqbroker}: what runs for seconds is compiled quickly. */
    private static final String QUICK = "JAVA_OPT=-XX:TieredStopAtLevel=1";

    private final Path directory = WorkDirectory.of(GuideFileIT.class);
    private final List<JavaProcess> processes = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();
    private Path store = GUIDE_STORE;

    @BeforeEach
    void filesAsTheyAreUnlessTheirDirectoryIsTaken() throws IOException {
        assumeThat(GUIDE_PORTS).as("the ports of the guide are free").allMatch(Ports::isFree);
        Path folder = Path.of(System.getProperty("acceptance.conf"), "dledger").normalize();
        if (Files.exists(GUIDE_STORE)) {
            store = directory.resolve("rmqstore");
        }
        for (int i = 0; i < 3; i++) {
            Path file = folder.resolve("broker-n" + i + ".conf");
            if (!store.equals(GUIDE_STORE)) {
                Path copy = directory.resolve("broker-n" + i + ".conf");
                Files.writeString(copy, Files.readString(file).replace(GUIDE_STORE.toString(), store.toString()));
                file = copy;
            }
            files.add(file);
        }
    }

    @AfterEach
    void stop() {
        processes.forEach(JavaProcess::close);
        if (!files.isEmpty()) {
            WorkDirectory.remove(store);
        }
    }

    @Test
    void theSampleFileHoldsTheValuesOfTheGuide() throws IOException {
        Properties sample = new Properties();
        try (var in =
                Files.newBufferedReader(Path.of(System.getProperty("acceptance.conf"), "dledger", "broker-n0.conf"))) {
            sample.load(in);
        }
        assertThat(sample)
                .containsEntry("brokerClusterName", "RaftCluster")
                .containsEntry("brokerName", "RaftNode00")
                .containsEntry("listenPort", "30911")
                .containsEntry("namesrvAddr", "127.0.0.1:9876")
                .containsEntry("storePathRootDir", "/tmp/rmqstore/node00")
                .containsEntry("storePathCommitLog", "/tmp/rmqstore/node00/commitlog")
                .containsEntry("enableDLegerCommitLog", "true")
                .containsEntry("dLegerGroup", "RaftNode00")
                .containsEntry("dLegerPeers", "n0-127.0.0.1:40911;n1-127.0.0.1:40912;n2-127.0.0.1:40913")
                .containsEntry("dLegerSelfId", "n0")
                .containsEntry("sendMessageThreadPoolNums", "16");
    }

    @Test
    void theLauncherRunsThem() {
        for (Path file : files) {
            Path log = directory.resolve("launcher-" + file.getFileName() + ".log");
            processes.add(VledgerNode.runLauncher(directory, log, List.of("-c", file.toString())));
        }
        aClientUsesTheGroup();
        assertThat(processes.get(0).output()).contains("sendMessageThreadPoolNums");
    }

    @Test
    void mqbrokerRunsThemAndMqshutdownStopsThem() throws IOException {
        Path bin = installation();
        for (Path file : files) {
            Path log = directory.resolve("mqbroker-" + file.getFileName() + ".log");
            processes.add(JavaProcess.startCommand(
                    directory,
                    log,
                    List.of("env", QUICK, "sh", bin.resolve("mqbroker").toString(), "-c", file.toString())));
        }
        aClientUsesTheGroup();
        assertThat(shutdown(bin)).isZero();
        processes.forEach(process -> assertThat(process.awaitExit(LIMIT)).isIn(0, 143));
        assertThat(shutdown(bin))
                .as("exit code of mqshutdown where nothing runs")
                .isEqualTo(1);
    }

    /** A copy of its own: {@code mqshutdown} stops every node that runs from the same jar, also those of other tests. */
    private Path installation() throws IOException {
        Path bin = Files.createDirectories(directory.resolve("installed/bin"));
        Path scripts =
                Path.of(System.getProperty("acceptance.drivers"), "..", "bin").normalize();
        for (String name : List.of("mqbroker", "mqshutdown")) {
            Files.copy(scripts.resolve(name), bin.resolve(name));
        }
        Path lib = Files.createDirectories(directory.resolve("installed/lib"));
        Files.copy(VledgerNode.launcherJar(), lib.resolve("launcher.jar"));
        return bin;
    }

    private int shutdown(Path bin) {
        Path log = directory.resolve("mqshutdown.log");
        try (JavaProcess process = JavaProcess.startCommand(
                directory, log, List.of("sh", bin.resolve("mqshutdown").toString(), "broker"))) {
            return process.awaitExit(LIMIT);
        }
    }

    private void aClientUsesTheGroup() {
        try (ClientProcess client = ClientProcess.start(ClientRelease.V5, "127.0.0.1:9876", directory)) {
            client.createTopic("guide", 4);
            Line route = Await.until(
                    "three brokers in the route",
                    LIMIT,
                    () -> client.call("route", "topic", "guide"),
                    line -> line.values().keySet().stream()
                                    .filter(key -> key.startsWith("broker."))
                                    .count()
                            == 3);
            assertThat(route.text("name")).isEqualTo("RaftNode00");
            assertThat(route.text("cluster")).isEqualTo("RaftCluster");
            assertThat(route.values()).containsValues("127.0.0.1:30911", "127.0.0.1:30921", "127.0.0.1:30931");
            client.send("topic", "guide", "body", "m", "count", 20);
            client.call("push", "name", "guide", "group", "g_guide", "topic", "guide");
            assertThat(client.awaitDifferentBodies("guide", 20))
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 20).mapToObj(i -> "m-" + i).toList());
        }
    }
}
