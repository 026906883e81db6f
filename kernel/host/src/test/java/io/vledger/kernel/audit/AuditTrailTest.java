package io.vledger.kernel.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTrailTest {
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-05-06T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("data").resolve("audit.log");
    }

    private AuditTrail trail(long maxFileBytes, int files) {
        return new AuditTrail(new AuditSettings(file(), maxFileBytes, files, 3), NOON);
    }

    private static AuditEvent change(String about) {
        return new AuditEvent("alice", "10.0.0.7:51000", "UPDATE_AND_CREATE_TOPIC", about, "0", false);
    }

    private static AuditEvent attempt() {
        return new AuditEvent("", "10.0.0.8:51000", "DELETE_TOPIC_IN_BROKER", "topic=a", "16 no", true);
    }

    private static List<JsonObject> lines(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(JsonObject::new).toList();
    }

    @Test
    void aChangeIsALineThatOnlyTheUserOfTheNodeCanRead() throws Exception {
        try (AuditTrail trail = trail(1 << 20, 2)) {
            trail.record(change("topic=a\nb"));
        }
        assertThat(lines(file())).singleElement().satisfies(line -> {
            assertThat(line.getString("time")).isEqualTo("2026-05-06T12:00:00Z");
            assertThat(line.getString("who")).isEqualTo("alice");
            assertThat(line.getString("from")).isEqualTo("10.0.0.7:51000");
            assertThat(line.getString("what")).isEqualTo("UPDATE_AND_CREATE_TOPIC");
            assertThat(line.getString("about")).isEqualTo("topic=a\nb");
            assertThat(line.getString("result")).isEqualTo("0");
            assertThat(line.getBoolean("refused")).isFalse();
        });
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
                .isEqualTo("rw-------");
    }

    @Test
    void refusedAttemptsAreBoundedInRateAndTheRestIsCounted() throws Exception {
        try (AuditTrail trail = trail(1 << 20, 2)) {
            for (int i = 0; i < 100; i++) {
                trail.record(attempt());
            }
            trail.record(change("topic=b"));
        }
        List<JsonObject> lines = lines(file());
        assertThat(lines.stream().filter(line -> line.getBoolean("refused"))).hasSize(3);
        assertThat(lines.stream().filter(line -> line.getString("about").equals("topic=b")))
                .hasSize(1);
        long counted = lines.stream()
                .filter(line -> line.getString("what").equals("DROPPED"))
                .mapToLong(line -> Long.parseLong(line.getString("about").substring("events=".length())))
                .sum();
        assertThat(counted).isEqualTo(97);
    }

    @Test
    void aFullFileIsClosedAndTheOldestGoes() throws Exception {
        for (int i = 0; i < 8; i++) {
            // Each continues what the one before has written.
            try (AuditTrail trail = trail(400, 2)) {
                trail.record(change("topic=" + i));
            }
        }
        try (var all = Files.list(file().getParent())) {
            assertThat(all.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("audit.log", "audit.log.1", "audit.log.2");
        }
        assertThat(lines(file()).get(lines(file()).size() - 1).getString("about"))
                .isEqualTo("topic=7");
    }

    @Test
    void aPlaceThatCannotBeWrittenStopsNobody() throws Exception {
        Files.writeString(directory.resolve("data"), "a file");
        try (AuditTrail trail = trail(400, 2)) {
            trail.record(change("topic=a"));
        }
        assertThat(directory.resolve("data")).isRegularFile();
    }
}
