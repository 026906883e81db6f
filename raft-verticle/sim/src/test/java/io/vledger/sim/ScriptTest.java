package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Named cases on the whole product. A line with {@code >} is a command, the lines after it are what must come of it;
 * {@code -Dvledger.scripts.write} writes down what really comes of it.
 */
class ScriptTest {
    private static final Path SCRIPTS = Path.of("src/test/resources/scripts");
    private static final boolean WRITE = System.getProperty("vledger.scripts.write") != null;

    @Test
    void aDeposedLeaderTellsItsClientsNothingFalse() throws IOException {
        goesAsWritten("deposed-leader.txt", 0);
    }

    @Test
    void aLeaderThatHearsNobodyGivesUp() throws IOException {
        goesAsWritten("asymmetric-partition.txt", 0);
    }

    @Test
    void aPausedLeaderIsNotBelieved() throws IOException {
        goesAsWritten("paused-leader.txt", 0);
    }

    @Test
    void aTransferUnderLoadLeavesNoOutcomeUnknown() throws IOException {
        goesAsWritten("transfer-under-load.txt", 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 8, 10})
    void aCrashInTheMiddleOfATruncationLosesNothing(int operations) throws IOException {
        goesAsWritten("crash-in-truncation.txt", operations);
    }

    private static void goesAsWritten(String name, int number) throws IOException {
        Path script = SCRIPTS.resolve(name);
        ScriptedCluster cluster = new ScriptedCluster();
        StringBuilder really = new StringBuilder();
        String written = Files.readString(script);
        for (String line : written.split("\n", -1)) {
            if (line.startsWith(">")) {
                really.append(line).append('\n');
                really.append(cluster.run(line.substring(1).replace("OPERATIONS", Integer.toString(number))));
            } else if (line.isBlank() || line.startsWith("#")) {
                really.append(line).append('\n');
            }
        }
        String actual = really.substring(0, really.length() - 1);
        if (WRITE) {
            Files.writeString(script, actual);
        }
        assertThat(actual).isEqualTo(written);
    }
}
