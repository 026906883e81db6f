package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The command lines of the page {@code raft-verticle/sim/README.md}, each for one seed. */
class MainTest {
    private static final String PROGRAM = "java -jar raft-verticle/sim/target/simulator.jar ";

    @Test
    void theCommandsOfThePageRun() throws IOException {
        List<String> commands = commands("java");
        assertThat(commands).hasSizeGreaterThanOrEqualTo(2);
        for (String command : commands) {
            assertThat(command).startsWith(PROGRAM);
            String arguments = command.substring(PROGRAM.length()).replaceFirst("--seeds \\d+", "--seeds 1");
            assertThat(arguments).contains("--seeds 1");
            Main.main(arguments.split(" "));
        }
    }

    private static List<String> commands(String program) throws IOException {
        Pattern line = Pattern.compile("(?m)^" + program + " .*?(?=\\s+#|$)");
        return line.matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(found -> found.group().strip())
                .toList();
    }
}
