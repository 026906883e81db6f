package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Document;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldStore;
import io.vledger.acceptance.fixture.OldStores;
import io.vledger.acceptance.fixture.ServerRelease;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The upgrade check on what a real broker wrote and a kill left behind. */
class UpgradeCheckIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(UpgradeCheckIT.class);

    private record Answer(int code, String text) {}

    private Answer check(Path... configurations) {
        List<String> arguments = new ArrayList<>(List.of("upgrade-check", "-c"));
        for (Path configuration : configurations) {
            arguments.add(configuration.toString());
        }
        try (JavaProcess java = VledgerNode.runLauncher(directory, directory.resolve("check.log"), arguments)) {
            return new Answer(java.awaitExit(LIMIT), java.output());
        }
    }

    @Test
    void whatARealBrokerHeldWhenItWasKilledIsFoundAndNothingIsTouched() throws IOException {
        OldStore old = OldStores.masterAndSlave();
        Path store = old.copy(0, directory.resolve("store"));
        Path configuration = directory.resolve("broker.conf");
        Files.writeString(
                configuration,
                "brokerName=%s\nbrokerIP1=127.0.0.1\nstorePathRootDir=%s\nstorePathCommitLog=%s\n"
                        .formatted(OldStores.MASTER, store, store.resolve("commitlog")));
        Map<String, FileTime> before = times(store);

        Answer answer = check(configuration);
        assertThat(answer.code()).as(answer.text()).isZero();
        assertThat(answer.text())
                .contains("a classic broker")
                .contains("stopped without notice")
                .containsPattern("pending: [23] delayed messages")
                .contains("GO: what would happen");
        old.history(directory).ends().forEach((queue, end) -> assertThat(answer.text())
                .contains("queue " + queue + " 0.." + end));
        assertThat(times(store)).isEqualTo(before);

        List<Path> written = OldFiles.written(store);
        assertThat(written).hasSizeGreaterThan(2);
        OldFiles.flip(written.get(written.size() - 2), 500_000, 1);
        Answer damaged = check(configuration);
        assertThat(damaged.code()).as(damaged.text()).isEqualTo(2);
        assertThat(damaged.text()).contains("NO-GO").contains("in the middle of the log");
    }

    /** As the documents say it, for a killed DLedger group. */
    @Test
    void theCommandOfTheDocumentsChecksAGroup() throws IOException {
        List<String> commands = new ArrayList<>(new Document("plugins/importer/README.md").commands("java"));
        commands.addAll(new Document("plugins/importer/UPGRADING.md").commands("java"));
        assertThat(commands).hasSize(2);
        Path here = WorkDirectory.create(directory.resolve("group"));
        Files.createSymbolicLink(here.resolve("launcher.jar"), VledgerNode.launcherJar());
        OldStore old = OldStores.groupOf(ServerRelease.V5);
        for (int i = 0; i < 3; i++) {
            Path store = old.copy(i, here.resolve("n" + i));
            Files.write(
                    here.resolve("broker-n" + i + ".conf"),
                    List.of(
                            "brokerName=" + OldStores.GROUP,
                            "enableDLegerCommitLog=true",
                            "dLegerGroup=" + OldStores.GROUP,
                            "dLegerPeers=n0-127.0.0.1:40911;n1-127.0.0.1:40912;n2-127.0.0.1:40913",
                            "dLegerSelfId=n" + i,
                            "storePathRootDir=" + store,
                            "storePathCommitLog=" + store.resolve("commitlog")));
        }
        for (String command : List.of(commands.get(0), commands.get(1) + " --json")) {
            try (JavaProcess shell =
                    JavaProcess.startCommand(here, here.resolve("command.log"), List.of("bash", "-euc", command))) {
                assertThat(shell.awaitExit(LIMIT))
                        .as("%s: %s", command, shell.output())
                        .isZero();
            }
        }
        assertThat(here.resolve("command.log"))
                .content()
                .contains("GO: what would happen")
                .contains("\"members\"");
    }

    private static Map<String, FileTime> times(Path root) throws IOException {
        Map<String, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                times.put(file.toString(), Files.getLastModifiedTime(file));
            }
        }
        return times;
    }
}
