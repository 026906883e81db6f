package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            -c            | {"node": "n0"}                      | FILE: is JSON, not a properties file; start with -conf FILE
            -conf         | listenPort=10911                    | FILE: is not a JSON object but looks like a broker.conf, which goes with -c
            -c            | authorizationEnabled=true           | FILE: line 1: authorizationEnabled = true: needs authenticationEnabled=true
            -c            | brokerRole=SLAVE                    | FILE: line 1: brokerRole = SLAVE: there are no slaves
            -c            | enableDLedgerCommitLog=true         | FILE: line 1: unknown key enableDLedgerCommitLog: did you mean
            -c            | PK\0003\0004                      | FILE: line 1: has the control character
            -conf         | {"node":"n0","node":"n1"}           | FILE: is not a JSON object: Duplicate field 'node'
            upgrade-check -c | {"node": "n0"}                   | FILE: is JSON, not a properties file
            upgrade-check -c | brokerName=b\\nstorePathRootDir=${DATA}/s | FILE: line 2: storePathRootDir = ${DATA}/s: the environment is not put in here
            upgrade-check -c | kvConfigPath=/x                  | FILE: line 1: has no key of a broker.conf
            """)
    void aFileThatCannotBeMeantEndsTheProcessWithOneLine(String command, String content, String line) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), content.translateEscapes());
        String[] arguments = (command + " " + file).split(" ");
        assertThat(run(arguments)).isEqualTo(1);
        assertThat(err.toString()).startsWith("vledger: ").contains(line.replace("FILE", file.toString()));
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whatIsNoFileAndWhatIsTooLargeIsNamed() throws Exception {
        Path large = directory.resolve("large.json");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(100L << 20);
        }
        Path secret = Files.writeString(directory.resolve("secret.json"), "{}");
        secret.toFile().setReadable(false);
        for (String option : List.of("-conf", "-c")) {
            refuse(option, large, "is larger than 1 MiB");
            refuse(option, directory, "is a directory; name a file");
            refuse(option, Path.of("/dev/zero"), "is a pipe or a device; name a file");
            if (!Files.isReadable(secret)) {
                refuse(option, secret, "may not be read by this user");
            }
        }
    }

    private void refuse(String option, Path file, String problem) {
        err.getBuffer().setLength(0);
        assertThat(run(option, file.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith("vledger: " + file + ": " + problem);
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
        assertThat(out.toString())
                .contains("listenPort=7\n", "grpcServerPort=-1\n")
                .doesNotContain("fileReservedTime");
        out.getBuffer().setLength(0);
        assertThat(run("-c", file.toString(), "--enable-proxy", "-m")).isZero();
        assertThat(out.toString()).contains("grpcServerPort=8081\n");
    }

    private int run(String... arguments) {
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(arguments);
    }
}
