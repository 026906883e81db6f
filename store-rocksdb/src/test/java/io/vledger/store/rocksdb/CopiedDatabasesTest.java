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

/**
 * {@code auth-5.5.0} was written by RocketMQ 5.5.0's own classes, LocalAuthenticationMetadataProvider and
 * LocalAuthorizationMetadataProvider, in a process that was killed: three users, one that was changed, one that was deleted, and policies.
 */
class CopiedDatabasesTest {
    private static final Path REAL = Path.of("src/test/resources/auth-5.5.0");

    @TempDir
    Path home;

    @BeforeEach
    void load() throws Exception {
        NativeLibrary.load(home);
    }

    private Map<String, String> read(Path directory) throws IOException {
        Map<String, String> read = new TreeMap<>();
        for (OldRecord each : new CopiedDatabases(home).read(directory)) {
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

    @Test
    void whatRocketmqHasWrittenIsReadAndLeftAsItIs() throws Exception {
        List<String> before = files(REAL);
        Map<String, String> users = read(REAL.resolve("users"));
        assertThat(users.keySet()).containsExactly("alice", "bob", "root");
        assertThat(users.get("alice"))
                .isEqualTo("{\"password\":\"alice-password-2\",\"subjectType\":1,\"userStatus\":1,\"userType\":2,"
                        + "\"username\":\"alice\"}");
        assertThat(read(REAL.resolve("acls"))).containsOnlyKeys("User:alice");
        assertThat(files(REAL)).isEqualTo(before);
        assertThat(files(home))
                .as("copies with passwords in them")
                .containsExactly(" " + home.toFile().length());
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
