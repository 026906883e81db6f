package io.vledger.importer.manifest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queues of units that point to messages of other topics. */
class LightQueuesTakeOverTest {
    @TempDir
    Path directory;

    private OriginLocations at(Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(settings);
        all.put("storePathRootDir", directory.resolve("old").toString());
        return OriginLocations.of("n0", all);
    }

    private OriginManifest build(Map<String, String> settings) throws IOException {
        return new ManifestBuilder("g", "n0", at(settings), 1 << 20, text -> {})
                .build(new Surveyor(at(settings), -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
    }

    private LocalPlacement place(OriginManifest manifest, OldStore old) throws IOException {
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        return new LocalPlacementBuilder(manifest, at(Map.of()), directory.resolve("origin"), text -> {})
                .build(log, List.of(), null);
    }

    private static Map<String, String> inLight(String names, String offsets) {
        return Map.of("INNER_MULTI_DISPATCH", names, "INNER_MULTI_QUEUE_OFFSET", offsets);
    }

    private static Map<String, Long> ends(OriginManifest manifest) {
        Map<String, Long> ends = new TreeMap<>();
        manifest.queues().forEach(queue -> ends.put(queue.topic() + "-" + queue.id(), queue.max()));
        return ends;
    }

    @Test
    void lightQueuesAreTakenOverAsFarAsTheLogHasThem() throws IOException {
        OldStore old = OldStore.classic(directory.resolve("old"), 0).configs();
        old.add("T", 0, "first", inLight("%LMQ%a,%LMQ%b", "0,0"))
                .add("T", 1, "second", inLight("%LMQ%a", "1"))
                .consumeQueues();
        old.add("T", 0, "behind the consume queue", inLight("%LMQ%a", "2"))
                // A copy that is tried again, and what says nothing that can be.
                .add("%RETRY%g", 0, "again", inLight("%LMQ%a", "2"))
                .add("T", 0, "no numbers", inLight("%LMQ%a", "x"))
                .add("T", 0, "too few", inLight("%LMQ%a,%LMQ%b", "3"));
        OriginManifest manifest = build(Map.of());
        assertThat(ends(manifest))
                .isEqualTo(Map.of("%LMQ%a-0", 3L, "%LMQ%b-0", 1L, "%RETRY%g-0", 1L, "T-0", 4L, "T-1", 1L));
        assertThat(manifest.notes()).noneMatch(note -> note.contains("%LMQ%") && note.contains("no configuration"));
        LocalPlacement placement = place(manifest, old);
        OriginManifest.Queue light = manifest.queues().stream()
                .filter(queue -> queue.topic().equals("%LMQ%a"))
                .findFirst()
                .orElseThrow();
        assertThat(placement.queues().get(light.key()))
                .extracting(LocalPlacement.Units::to)
                .containsExactly(2L, 3L);
        byte[] unit = Files.readAllBytes(
                requireNonNull(placement.queues().get(light.key())).get(1).file());
        OriginManifest.Queue own = manifest.queues().stream()
                .filter(queue -> queue.topic().equals("T") && queue.id() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(ByteBuffer.wrap(unit).getLong())
                .as("the message's place in the log")
                .isEqualTo(light.last())
                .isBetween(own.first() + 1, own.last() - 1);
    }

    @Test
    void lightQueuesAreRebuiltFromTheLogOrLeftBehindKnowingly() throws IOException {
        OldStore old = OldStore.classic(directory.resolve("old"), 0).configs();
        for (int i = 0; i < 5; i++) {
            old.add("T", 0, "m" + i, inLight("%LMQ%a", String.valueOf(i)));
        }
        Map<String, String> settings = new TreeMap<>(Map.of("enableLmq", "true", "enableMultiDispatch", "true"));
        OriginManifest manifest = build(settings);
        assertThat(ends(manifest)).isEqualTo(Map.of("%LMQ%a-0", 5L, "T-0", 5L));
        assertThat(Files.size(requireNonNull(place(manifest, old)
                                .queues()
                                .get(manifest.queues().get(0).key()))
                        .get(0)
                        .file()))
                .isEqualTo(5 * 20);
        settings.put("legacyAccept", "lmq");
        assertThat(ends(build(settings))).isEqualTo(Map.of("T-0", 5L));
    }
}
