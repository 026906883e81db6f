package io.vledger.importer.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queues that a broker wrote with {@code enableConsumeQueueExt}: their units have addresses in place of tags codes. */
class ExtendedQueuesTest {
    private static final int UNIT_BYTES = 20;
    private static final int MESSAGES = 40;
    private static final String DELAYED = "SCHEDULE_TOPIC_XXXX";

    @TempDir
    Path directory;

    private OldStore old;

    @BeforeEach
    void aStoreWithTagsAndDelayedMessages() throws IOException {
        old = OldStore.classic(root(), 0).configs();
        for (int i = 0; i < MESSAGES; i++) {
            old.add("T", 0, "m" + i, Map.of("TAGS", "A"));
            old.add(DELAYED, 17, "later" + i);
        }
    }

    private Path root() {
        return directory.resolve("old");
    }

    private OriginLocations at() {
        return OriginLocations.of("n0", Map.of("storePathRootDir", root().toString()));
    }

    private OriginManifest build() throws IOException {
        return new ManifestBuilder("g", "n0", at(), 1 << 20, text -> {})
                .build(new Surveyor(at(), -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
    }

    private LocalPlacement place(OriginManifest manifest) throws IOException {
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        return new LocalPlacementBuilder(manifest, at(), directory.resolve("origin"), text -> {})
                .build(log, List.of(), null);
    }

    private static OriginManifest.Queue queue(OriginManifest manifest, String topic) {
        return manifest.queues().stream()
                .filter(each -> each.topic().equals(topic))
                .findFirst()
                .orElseThrow();
    }

    private static ByteBuffer units(LocalPlacement placement, OriginManifest.Queue queue) throws IOException {
        assertThat(placement.queues().get(queue.key())).hasSize(1);
        return ByteBuffer.wrap(
                Files.readAllBytes(placement.queues().get(queue.key()).get(0).file()));
    }

    /** As RocketMQ's {@code ConsumeQueueExt} addresses its units: their place in the file less 2^63. */
    private void keepAsConsumeQueue(LocalPlacement placement, OriginManifest.Queue queue, int firstExtended)
            throws IOException {
        ByteBuffer units = units(placement, queue);
        for (int i = firstExtended; i < MESSAGES; i++) {
            units.putLong(i * UNIT_BYTES + 12, Long.MIN_VALUE + 20L * i);
        }
        Path folder = Files.createDirectories(
                root().resolve("consumequeue").resolve(queue.topic()).resolve(String.valueOf(queue.id())));
        try (RandomAccessFile out =
                new RandomAccessFile(folder.resolve("00000000000000000000").toFile(), "rw")) {
            out.getChannel().write(units.rewind());
            out.setLength(4_000);
        }
    }

    private void areRebuilt(int firstExtended) throws IOException {
        OriginManifest manifest = build();
        LocalPlacement fromLog = place(manifest);
        byte[] tagged = units(fromLog, queue(manifest, "T")).array().clone();
        byte[] delayed = units(fromLog, queue(manifest, DELAYED)).array().clone();
        keepAsConsumeQueue(fromLog, queue(manifest, "T"), firstExtended);
        keepAsConsumeQueue(fromLog, queue(manifest, DELAYED), firstExtended);
        OriginManifest again = build();
        assertThat(again.queues()).isEqualTo(manifest.queues());
        assertThat(again.notes())
                .anyMatch(note -> note.contains("enableConsumeQueueExt") && note.contains("offset " + firstExtended));
        LocalPlacement placement = place(again);
        assertThat(units(placement, queue(again, "T")).array()).isEqualTo(tagged);
        assertThat(units(placement, queue(again, DELAYED)).array()).isEqualTo(delayed);
        assertThat(units(placement, queue(again, "T")).getLong(12)).isEqualTo("A".hashCode());
        assertThat(units(placement, queue(again, DELAYED)).getLong(12))
                .as("stored at 2, level 18")
                .isEqualTo(2 + 2 * 3_600_000);
    }

    @Test
    void areRebuiltFromTheLogWithTagsAndTimesOfDelivery() throws IOException {
        areRebuilt(0);
    }

    @Test
    void areRebuiltAlsoIfTheOptionWasSwitchedOnLater() throws IOException {
        areRebuilt(MESSAGES / 2);
    }

    @Test
    void aQueueWhoseUnitsPointBackwardsInTheMiddleIsRebuilt() throws IOException {
        OriginManifest manifest = build();
        LocalPlacement fromLog = place(manifest);
        OriginManifest.Queue queue = queue(manifest, "T");
        byte[] wanted = units(fromLog, queue).array().clone();
        keepAsConsumeQueue(fromLog, queue, MESSAGES);
        Path file = root().resolve("consumequeue/T/0/00000000000000000000");
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(10 * UNIT_BYTES);
            out.writeLong(0);
        }
        OriginManifest again = build();
        assertThat(again.notes()).anyMatch(note -> note.contains("is broken at queue offset 10"));
        assertThat(units(place(again), queue(again, "T")).array()).isEqualTo(wanted);
    }
}
