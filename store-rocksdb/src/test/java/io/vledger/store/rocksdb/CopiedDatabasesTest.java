package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.origin.OldDatabases.OldRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;

/** Databases of RocketMQ's own are read by {@code UsersAndPoliciesIT}. */
class CopiedDatabasesTest {
    @TempDir
    Path home;

    @BeforeEach
    void load() throws Exception {
        NativeLibrary.load(home);
    }

    private Map<String, String> read(Path directory) throws IOException {
        return read(home, directory);
    }

    private static Map<String, String> read(Path copies, Path directory) throws IOException {
        Map<String, String> read = new TreeMap<>();
        for (OldRecord each : new CopiedDatabases(copies).read(directory)) {
            read.put(new String(each.key(), StandardCharsets.UTF_8), new String(each.value(), StandardCharsets.UTF_8));
        }
        return read;
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(file ->
                            directory.relativize(file) + " " + file.toFile().length())
                    .sorted()
                    .toList();
        }
    }

    /** As a broker leaves it that was killed: all of it is in a log. */
    @Test
    void aLogIsReadAndLeftAsItIs() throws Exception {
        Path database = home.resolve("database");
        Path left = home.resolve("left");
        try (RocksDB open = RocksDB.open(database.toString())) {
            open.put("alice".getBytes(StandardCharsets.UTF_8), "{\"a\":1}".getBytes(StandardCharsets.UTF_8));
            open.put("bob".getBytes(StandardCharsets.UTF_8), "{}".getBytes(StandardCharsets.UTF_8));
            open.put("alice".getBytes(StandardCharsets.UTF_8), "{\"a\":2}".getBytes(StandardCharsets.UTF_8));
            copy(database, left);
        }
        List<String> before = files(left);
        Path copies = Files.createDirectory(home.resolve("copies"));
        assertThat(read(copies, left)).isEqualTo(Map.of("alice", "{\"a\":2}", "bob", "{}"));
        assertThat(files(left)).isEqualTo(before).noneMatch(file -> file.contains(".sst"));
        assertThat(copies).as("copies with passwords in them").isEmptyDirectory();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** As a broker leaves it that was stopped in order: what was in memory is in a table. */
    @Test
    void aTableIsReadAsWellAsALog() throws Exception {
        Path database = home.resolve("database");
        try (RocksDB open = RocksDB.open(database.toString());
                FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            open.put("carol".getBytes(StandardCharsets.UTF_8), "{}".getBytes(StandardCharsets.UTF_8));
            open.flush(wait);
            open.put("dave".getBytes(StandardCharsets.UTF_8), "{}".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(read(database)).containsOnlyKeys("carol", "dave");
    }

    @Test
    void whatIsNoDatabaseOrADamagedOneIsNamed() throws Exception {
        Path empty = Files.createDirectory(home.resolve("empty"));
        assertThatThrownBy(() -> read(empty)).isInstanceOf(IOException.class).hasMessageContaining("no file CURRENT");
        Path damaged = Files.createDirectory(home.resolve("damaged"));
        Files.writeString(damaged.resolve("CURRENT"), "MANIFEST-000099\n");
        assertThatThrownBy(() -> read(damaged))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(damaged + " cannot be read");
    }
}
