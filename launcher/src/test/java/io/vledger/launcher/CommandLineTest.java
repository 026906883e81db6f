package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CommandLineTest {
    @TempDir
    Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            --bogus                         | Unknown option: '--bogus'; --help lists what there is
            start                           | Unmatched argument at index 0: 'start'
            ''                              | name a configuration, either -conf FILE (JSON) or -c FILE (broker.conf)
            -conf a.json -c b.conf          | name a configuration, either
            -conf a.json -n h:1             | -n goes with -c; in JSON the key is nameServers
            -conf                           | Missing required parameter for option '--conf' (FILE)
            -conf /nowhere/a.json           | /nowhere/a.json: there is no such file; check the path
            -c /nowhere/b.conf              | /nowhere/b.conf: there is no such file; check the path
            """)
    void whatIsWrongIsOneLineAndExitCodeOne(String arguments, String line) {
        assertThat(run(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("vledger: ").contains(line);
        assertThat(err.toString().lines()).hasSize(1);
    }

    @Test
    void versionAndHelpAreAnswered() {
        assertThat(run("--version")).isZero();
        assertThat(out.toString()).startsWith("vledger ");
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("quickstart").contains("-conf").contains("-c, --configFile");
    }

    @Test
    void theKeysInForceArePrinted() throws Exception {
        Path file = Files.writeString(
                directory.resolve("b.conf"), "brokerName=b\nlistenPort=7\nstorePathRootDir=" + directory + "\n");
        assertThat(run("-c", file.toString(), "-n", "127.0.0.1:9876", "-p")).isZero();
        assertThat(out.toString())
                .contains("listenPort=7\n")
                .contains("namesrvAddr=127.0.0.1:9876\n")
                .contains("flushDiskType=sync\n")
                .contains("fileReservedTime=72\n");
        out.getBuffer().setLength(0);
        assertThat(run("-c", file.toString(), "-m")).isZero();
        assertThat(out.toString()).contains("listenPort=7\n").doesNotContain("fileReservedTime");
    }

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }
}
