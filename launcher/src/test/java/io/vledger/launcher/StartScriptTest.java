package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartScriptTest {
    private static final Path SCRIPT = Path.of("bin", "mqbroker").toAbsolutePath();

    @TempDir
    private Path directory;

    /** What {@code mqbroker} has a JVM do, one argument a line. */
    private String started() throws IOException {
        Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
        if (!Files.exists(java)) {
            Files.createFile(java, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
        }
        ProcessBuilder script = new ProcessBuilder("sh", SCRIPT.toString(), "-c", "a file.conf");
        script.environment().put("JAVA_HOME", directory.toString());
        script.environment().put("JAVA_OPT", "-Xmx1g -Da=b");
        script.environment().put("VLEDGER_JAR", jar().toString());
        Process process = script.redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private Path jar() throws IOException {
        return Files.createDirectories(directory.resolve("with space")).resolve("launcher.jar");
    }

    @Test
    void aNodeIsStartedWithTheOptionsOfTheEnvironment() throws IOException {
        Files.createFile(jar());
        // They come behind what the script adds, so they win.
        assertThat(started()).endsWith("\n-Xmx1g\n-Da=b\n-jar\n" + jar() + "\n-c\na file.conf\n");
    }

    @Test
    void anArchiveBesideTheJarIsUsed() throws IOException {
        Files.createFile(jar());
        Path archive = Files.createFile(jar().resolveSibling("launcher.jsa"));
        assertThat(started())
                .contains("\n-XX:SharedArchiveFile=" + archive + "\n-Xlog:cds*=off\n-jar\n" + jar() + "\n");
    }
}
