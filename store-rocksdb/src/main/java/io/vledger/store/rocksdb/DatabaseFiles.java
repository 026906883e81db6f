package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The files of a database that is not open. */
final class DatabaseFiles {
    private static final int MANIFEST_NAME_MAX = 64;

    private DatabaseFiles() {}

    /** Refuses a directory whose first files are not there: RocksDB would call it no database, or make one. */
    static void checkWhole(Path database) throws IOException {
        for (String needed : new String[] {"CURRENT", "IDENTITY"}) {
            if (!Files.exists(database.resolve(needed))) {
                throw new StoreException.Damaged(database + ": " + needed + " is missing");
            }
        }
        Path current = database.resolve("CURRENT");
        String manifest = Files.size(current) > MANIFEST_NAME_MAX
                ? ""
                : new String(Files.readAllBytes(current), java.nio.charset.StandardCharsets.ISO_8859_1).strip();
        if (!manifest.startsWith("MANIFEST-") || !Files.exists(database.resolve(manifest))) {
            throw new StoreException.Damaged(
                    database + ": CURRENT names \"" + manifest + "\", and there is no such MANIFEST file");
        }
    }

    /** Removes a database and its directory, if they are there. */
    static void remove(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }

    /** Bytes of the write-ahead logs, which opening it replays. */
    static long walBytes(Path database) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(database)) {
            for (Path file : files.toList()) {
                if (file.toString().endsWith(".log")) {
                    bytes += Files.size(file);
                }
            }
        }
        return bytes;
    }
}
