package io.vledger.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that a node runs: {@code vledger.pid} in its data directory, and one file a process in the user's run directory, by
 * which {@code mqshutdown} finds the nodes that were started from one jar.
 */
final class RunFile {
    private static final Logger LOG = LoggerFactory.getLogger(RunFile.class);

    private final List<Path> files;

    private RunFile(List<Path> files) {
        this.files = files;
    }

    /** Writes the files; a directory that cannot be written costs a warning. */
    static RunFile write(Path jar, String node, Path dataDirectory) {
        long pid = ProcessHandle.current().pid();
        List<Path> files = List.of(runDirectory().resolve(pid + ".run"), dataDirectory.resolve("vledger.pid"));
        String runText = "pid=" + pid + "\nnode=" + node + "\njar=" + jar + "\ndata=" + dataDirectory + "\n";
        write(files.get(0), runText);
        write(files.get(1), pid + "\n");
        return new RunFile(files);
    }

    /** Removes the files. */
    void remove() {
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.warn("{} cannot be removed: {}", file, e.toString());
            }
        }
    }

    /** The user's run directory: {@code $VLEDGER_RUN_DIR}, or {@code ~/.vledger/run}. */
    static Path runDirectory() {
        String named = System.getenv("VLEDGER_RUN_DIR");
        if (named != null && !named.isBlank()) {
            return Path.of(named);
        }
        String home = System.getenv("HOME");
        return Path.of(home == null || home.isBlank() ? System.getProperty("user.home") : home, ".vledger", "run");
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Path part = file.resolveSibling(file.getFileName() + ".part");
            Files.writeString(part, text);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("{} cannot be written, so mqshutdown will not find this node: {}", file, e.toString());
        }
    }
}
