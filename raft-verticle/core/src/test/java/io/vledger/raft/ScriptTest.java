package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the scripts under {@code src/test/resources/scripts}. A line that starts with {@code >} is a command; the lines after
 * it are what must come of it. {@code -Dvledger.scripts.write} writes down what really comes of it: read the difference.
 */
class ScriptTest {
    private static final Path SCRIPTS = Path.of("src/test/resources/scripts");
    private static final boolean WRITE = System.getProperty("vledger.scripts.write") != null;

    static Stream<Path> scripts() throws IOException {
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aScriptGoesAsWritten(Path script) throws IOException {
        List<String> lines = Files.readAllLines(script);
        ScriptWorld world = new ScriptWorld();
        StringBuilder really = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith(">")) {
                really.append(line).append('\n').append(world.run(line.substring(1)));
            } else if (line.isBlank() || line.startsWith("#")) {
                really.append(line).append('\n');
            }
        }
        if (WRITE) {
            Files.writeString(script, really);
        }
        assertThat(really.toString()).isEqualTo(String.join("\n", lines) + "\n");
    }
}
