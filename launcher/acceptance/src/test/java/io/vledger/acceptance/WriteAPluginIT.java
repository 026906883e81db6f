package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Follows the page "Write a plugin in ten minutes" word by word, with a node that runs. */
class WriteAPluginIT {
    private static final Pattern STEP = Pattern.compile(
            "(?:^File `([^`]+)`:\\s*)?^```(json|java|sh)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private final Path directory = WorkDirectory.of(WriteAPluginIT.class);

    @Test
    void whatThePageSaysWorks() throws IOException {
        Path page = Path.of(System.getProperty("acceptance.conf")).resolve("../plugins/audit/WRITE-A-PLUGIN.md");
        Matcher step = STEP.matcher(Files.readString(page));
        try (VledgerCluster cluster = VledgerCluster.ofOne(directory)) {
            cluster.startAll();
            cluster.awaitReady();
            VledgerNode node = cluster.nodes().get(0);
            Path plugins = node.plugins();
            int files = 0;
            int commands = 0;
            while (step.find()) {
                String file = step.group(1);
                if (file != null) {
                    Path target = directory.resolve(file);
                    Files.createDirectories(target.getParent());
                    Files.writeString(target, step.group(3));
                    files++;
                } else {
                    assertThat(step.group(2))
                            .as("a block that belongs to no file")
                            .isEqualTo("sh");
                    run(++commands, node, plugins, step.group(3));
                }
            }
            assertThat(files).isEqualTo(2);
            assertThat(commands).isEqualTo(4);
            assertThat(node.log()).contains("deployed counter").doesNotContain("\tat ");
        }
    }

    private void run(int number, VledgerNode node, Path plugins, String commands) throws IOException {
        Path script = directory.resolve("step-" + number + ".sh");
        Files.writeString(
                script,
                "export VLEDGER='%s' PLUGINS='%s' HTTP='http://%s' PATH=\"%s/bin:$PATH\"\n%s"
                        .formatted(
                                VledgerNode.launcherJar(),
                                plugins,
                                node.httpAddress(),
                                System.getProperty("java.home"),
                                commands));
        try (JavaProcess shell = JavaProcess.startCommand(
                directory, directory.resolve("step-" + number + ".log"), List.of("bash", "-eu", script.toString()))) {
            assertThat(shell.awaitExit(Duration.ofSeconds(90)))
                    .as("step %d says: %s", number, shell.output())
                    .isZero();
        }
    }
}
