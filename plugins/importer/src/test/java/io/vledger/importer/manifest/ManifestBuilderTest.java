package io.vledger.importer.manifest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestBuilderTest {
    private static final int SEGMENT_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private OriginLocations at() {
        return OriginLocations.of("n0", Map.of("storePathRootDir", root().toString()));
    }

    private Path root() {
        return directory.resolve("old");
    }

    private OriginManifest build() throws IOException {
        return build(Map.of());
    }

    private OriginManifest build(Map<String, PeerConfig> others) throws IOException {
        return new ManifestBuilder("g", "n0", at(), SEGMENT_BYTES, text -> {})
                .build(new Surveyor(at(), -1).survey(), others, ManifestBuilder.KnownDigests.NONE);
    }

    private LocalPlacement place(OriginManifest manifest, OldStore old) throws IOException {
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        return new LocalPlacementBuilder(manifest, at(), directory.resolve("origin"), text -> {})
                .build(log, List.of(), null);
    }

    private static OldStore fill(OldStore old, int from, int count) throws IOException {
        for (int i = from; i < from + count; i++) {
            old.add("T", i % 2, "m" + i + "-" + "x".repeat(150));
        }
        return old;
    }

    /** A consume queue as the old broker has it: the units that were rebuilt, in a file by its name. */
    private void keepAsConsumeQueue(LocalPlacement placement, OriginManifest.Queue queue, int units)
            throws IOException {
        Path folder = Files.createDirectories(
                root().resolve("consumequeue").resolve(queue.topic()).resolve(String.valueOf(queue.id())));
        Path made = firstUnits(placement, queue).file();
        try (RandomAccessFile out =
                new RandomAccessFile(folder.resolve("00000000000000000000").toFile(), "rw")) {
            out.write(Files.readAllBytes(made), 0, units * 20);
            out.setLength(4_000);
        }
    }

    @Test
    void aLogWithoutQueuesIsCountedAndItsUnitsAreRebuilt() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 50);
        OriginManifest manifest = build();
        assertThat(manifest.end()).isEqualTo(old.end());
        assertThat(manifest.position()).isEqualTo(SEGMENT_BYTES);
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::max).containsExactly(25L, 25L);
        LocalPlacement placement = place(manifest, old);
        for (OriginManifest.Queue queue : manifest.queues()) {
            LocalPlacement.Units units = firstUnits(placement, queue);
            assertThat(Files.size(units.file())).isEqualTo(25 * 20);
        }
        assertThat(ManifestFiles.encode(build()))
                .as("made twice it is the same")
                .isEqualTo(ManifestFiles.encode(manifest));
        assertThat(ManifestFiles.encode(ManifestFiles.decode(ManifestFiles.encode(manifest))))
                .isEqualTo(ManifestFiles.encode(manifest));
    }

    @Test
    void aSoundConsumeQueueIsUsedAndOnlyWhatItLacksIsRebuilt() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 50);
        OriginManifest manifest = build();
        LocalPlacement made = place(manifest, old);
        keepAsConsumeQueue(made, manifest.queues().get(0), 25);
        keepAsConsumeQueue(made, manifest.queues().get(1), 10);
        assertThat(build().queues()).isEqualTo(manifest.queues());
        LocalPlacement placement = place(manifest, old);
        assertThat(placement.queues().get(manifest.queues().get(0).key()))
                .singleElement()
                .satisfies(units -> assertThat(units.file()).startsWith(root()));
        List<LocalPlacement.Units> runs =
                placement.queues().get(manifest.queues().get(1).key());
        assertThat(runs).hasSize(2);
        assertThat(runs.get(0).to()).isEqualTo(10).isEqualTo(runs.get(1).from());
        assertThat(Files.size(runs.get(1).file())).isEqualTo(15 * 20);
    }

    @Test
    void aConsumeQueueThatPointsElsewhereIsRebuilt() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 50);
        OriginManifest manifest = build();
        LocalPlacement made = place(manifest, old);
        keepAsConsumeQueue(made, manifest.queues().get(0), 25);
        OldStore.flip(root().resolve("consumequeue/T/0/00000000000000000000"), 7);
        OriginManifest again = build();
        assertThat(again.queues()).isEqualTo(manifest.queues());
        assertThat(again.notes()).anyMatch(note -> note.contains("does not agree with the log"));
    }

    @Test
    void whatFollowsTheEndDoesNotCount() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 20);
        long end = old.end();
        old.tear("half a message");
        Files.createFile(root().resolve("abort"));
        OriginManifest manifest = build();
        assertThat(manifest.end()).isEqualTo(end);
        assertThat(manifest.notes()).anyMatch(note -> note.contains("unfinished write"));
    }

    @Test
    void aLogWhoseFirstFilesExpiredKeepsItsQueueOffsets() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 80);
        OriginManifest whole = build();
        LocalPlacement made = place(whole, old);
        whole.queues().forEach(queue -> {
            try {
                keepAsConsumeQueue(made, queue, 40);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        Files.delete(old.file(0));
        OriginManifest manifest = build();
        assertThat(manifest.begin()).isEqualTo(OldStore.FILE_BYTES);
        assertThat(manifest.queues()).allSatisfy(queue -> {
            assertThat(queue.min()).isPositive();
            assertThat(queue.max()).isEqualTo(40);
        });
        place(manifest, old);
    }

    @Test
    void aQueueWhoseNumbersBeginAnewIsTheLaterOne() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        old.forget("T", 0);
        fill(old, 0, 10);
        OriginManifest manifest = build();
        OriginManifest.Queue queue = manifest.queues().get(0);
        assertThat(queue.min()).isZero();
        assertThat(queue.max()).isEqualTo(5);
        LocalPlacement placement = place(manifest, old);
        assertThat(Files.size(firstUnits(placement, queue).file())).isEqualTo(5 * 20);
    }

    @Test
    void offsetsAreCutToTheEndAndOthersKnowledgeIsAdded() throws IOException {
        fill(OldStore.classic(root(), 0).configs(), 0, 10)
                .config("consumerOffset.json", "{\"offsetTable\":{\"T@g\":{0:99,1:3}}}");
        OriginManifest manifest = build(Map.of(
                "n1",
                new PeerConfig(
                        Map.of(
                                "topics.json",
                                "{\"topicConfigTable\":{\"U\":{\"topicName\":\"U\",\"readQueueNums\":2,\"writeQueueNums\":3}}}",
                                "consumerOffset.json",
                                "{\"offsetTable\":{\"T@g\":{0:1,1:5},\"T@h\":{1:2}}}"),
                        false,
                        0)));
        assertThat(manifest.state().progress())
                .containsExactlyInAnyOrder(
                        new OriginProgress("g", "T", List.of(5L, 3L)), new OriginProgress("h", "T", List.of(-1L, 2L)));
        assertThat(manifest.state().topics()).extracting(OriginTopic::name).containsExactly("T", "U");
        assertThat(manifest.state().topics().get(1).maxOffsets()).containsExactly(0L, 0L, 0L);
        assertThat(manifest.state().topics().get(1).firstQueueKey()).isEqualTo(5);
        assertThat(manifest.notes())
                .anyMatch(note -> note.contains("stood at 99"))
                .anyMatch(note -> note.contains("topic U is taken over from n1"));
    }

    @Test
    void progressIsTheFurthestThatAMemberWithTheSameLogWroteDown() throws IOException {
        OldStore old = OldStore.classic(root(), 0).configs();
        for (int i = 0; i < 5; i++) {
            old.add("SCHEDULE_TOPIC_XXXX", 2, "later");
        }
        fill(old, 0, 10)
                .config("consumerOffset.json", "{\"offsetTable\":{\"T@g\":{0:2,1:3}}}")
                .config("delayOffset.json", "{\"offsetTable\":{3:1}}");
        Map<String, String> files = Map.of(
                "consumerOffset.json", "{\"offsetTable\":{\"T@g\":{0:4,1:1}}}",
                "delayOffset.json", "{\"offsetTable\":{3:4}}");
        OriginManifest manifest = build(Map.of("n1", new PeerConfig(files, true, 0)));
        assertThat(manifest.state().progress()).containsExactly(new OriginProgress("g", "T", List.of(4L, 3L)));
        assertThat(manifest.state().delayed()).containsEntry(3, 4L);
        assertThat(manifest.notes()).anyMatch(note -> note.startsWith("n1 wrote down last how far 1 consumer groups"));
        OriginManifest alone = build(Map.of("n1", new PeerConfig(files, false, 0)));
        assertThat(alone.state().progress()).containsExactly(new OriginProgress("g", "T", List.of(2L, 3L)));
        assertThat(alone.state().delayed()).containsEntry(3, 1L);
    }

    @Test
    void aTopicWithoutConfigurationIsKept() throws IOException {
        OldStore old = OldStore.classic(root(), 0).configs();
        old.add("lost", 2, "body");
        OriginManifest manifest = build();
        OriginTopic topic = manifest.state().topics().stream()
                .filter(each -> each.name().equals("lost"))
                .findFirst()
                .orElseThrow();
        assertThat(topic.maxOffsets()).containsExactly(0L, 0L, 1L);
        assertThat(topic.json()).contains("\"readQueueNums\":3");
    }

    @Test
    void delayedMessagesKeepTheTimeOfTheirDelivery() throws IOException {
        OldStore old = OldStore.classic(root(), 0).configs();
        old.add("SCHEDULE_TOPIC_XXXX", 2, "later");
        OriginManifest manifest = build();
        assertThat(manifest.state().topics())
                .filteredOn(topic -> topic.name().equals("SCHEDULE_TOPIC_XXXX"))
                .singleElement()
                .satisfies(topic -> assertThat(topic.maxOffsets()).hasSize(64));
        LocalPlacement placement = place(manifest, old);
        byte[] unit = Files.readAllBytes(
                firstUnits(placement, manifest.queues().get(0)).file());
        assertThat(java.nio.ByteBuffer.wrap(unit).getLong(12))
                .as("stored at 2, level 3")
                .isEqualTo(2 + 10_000);
    }

    @Test
    void aGroupOfDLedgerIsReadWithItsHeaders() throws IOException {
        OldStore old = fill(OldStore.dledger(root(), "n0").configs(), 0, 40);
        OriginLocations at =
                OriginLocations.of("n0", Map.of("storePathRootDir", root().toString(), "dLegerSelfId", "n0"));
        OriginManifest manifest = new ManifestBuilder("g", "n0", at, SEGMENT_BYTES, text -> {})
                .build(new Surveyor(at, -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        assertThat(manifest.end()).isEqualTo(old.end());
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::max).containsExactly(20L, 20L);
        LocalPlacement placement = place(manifest, old);
        byte[] units = Files.readAllBytes(
                firstUnits(placement, manifest.queues().get(0)).file());
        assertThat(java.nio.ByteBuffer.wrap(units).getLong(0))
                .as("behind the entry's header")
                .isEqualTo(48);
    }

    @Test
    void whatAnEarlierRunCompletedIsUsedAgain() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        OriginManifest manifest = build();
        Path file = firstUnits(place(manifest, old), manifest.queues().get(0)).file();
        Files.delete(file);
        Path other = firstUnits(place(manifest, old), manifest.queues().get(1)).file();
        assertThat(Files.size(file)).isEqualTo(15 * 20);
        assertThat(Files.size(other)).isEqualTo(15 * 20);
    }

    @Test
    void aLogThatLacksWhatTheBaseSaysIsRefused() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        OriginManifest manifest = build();
        OldStore.flip(old.file(0), 120);
        assertThatThrownBy(() -> place(manifest, old))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("should reach 15");
    }

    @Test
    void aMemberThatComesWhenFilesHaveExpiredTakesWhatIsLeft() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 80);
        OriginManifest manifest = build();
        Map<Long, Path> log = new HashMap<>();
        manifest.files().stream().skip(2).forEach(file -> log.put(file.position(), old.file(file.position())));
        for (int run = 0; run < 2; run++) {
            LocalPlacement placement = new LocalPlacementBuilder(
                            manifest, at(), directory.resolve("origin"), text -> {})
                    .build(log, List.of(), null);
            for (OriginManifest.Queue queue : manifest.queues()) {
                LocalPlacement.Units units = firstUnits(placement, queue);
                assertThat(units.from()).isPositive().isLessThan(queue.max());
                assertThat(units.to()).isEqualTo(queue.max());
                byte[] first = Files.readAllBytes(units.file());
                assertThat(java.nio.ByteBuffer.wrap(first).getLong(0)).isGreaterThanOrEqualTo(2 * OldStore.FILE_BYTES);
                assertThat(first).hasSize((int) (units.to() - units.from()) * 20);
            }
        }
        log.clear();
        LocalPlacement nothing = new LocalPlacementBuilder(manifest, at(), directory.resolve("other"), text -> {})
                .build(log, List.of(), null);
        assertThat(nothing.queues().values()).allMatch(List::isEmpty);
    }

    @Test
    void aBaseThatContradictsItselfIsRefused() throws IOException {
        fill(OldStore.classic(root(), 0).configs(), 0, 30);
        OriginManifest manifest = build();
        String good = new String(ManifestFiles.encode(manifest), StandardCharsets.UTF_8);
        String second = "[" + manifest.queues().get(1).key() + ",\"T\",1,";
        assertThat(good).contains(second);
        for (String bad : List.of(
                good.replace(second, "[" + manifest.queues().get(0).key() + ",\"T\",1,"),
                good.replace("\"version\":2", "\"version\":3"),
                good.replaceFirst("\"end\":\\d+", "\"end\":-1"),
                good.replaceFirst("\"end\":\\d+", "\"end\":99999999"),
                good.replaceFirst("\"position\":\\d+", "\"position\":1"),
                good.replace("\"CLASSIC\"", "\"OTHER\""),
                good.replace("\"files\":[[", "\"files\":[[7,1,\"CLASSIC\",\"\",0],["),
                good.substring(0, good.length() / 2),
                "{}",
                "[]")) {
            assertThatThrownBy(() -> ManifestFiles.decode(bad.getBytes(StandardCharsets.UTF_8)))
                    .as(bad)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aTopicRebuiltWhoseQueueIsSoundEndsWhereItsQueueEnds() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        old.forget("T", 0);
        old.forget("T", 1);
        fill(old, 0, 10);
        OriginManifest manifest = build();
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::max).containsExactly(5L, 5L);
        LocalPlacement made = place(manifest, old);
        keepAsConsumeQueue(made, manifest.queues().get(0), 5);
        keepAsConsumeQueue(made, manifest.queues().get(1), 5);
        OriginManifest again = build();
        assertThat(again.queues()).isEqualTo(manifest.queues());
        place(again, old);
    }

    @Test
    void unitsOfAQueueOfTheSameNameThatWasDeletedAreNotUsed() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        OriginManifest before = build();
        LocalPlacement earlier = place(before, old);
        old.forget("T", 0);
        old.forget("T", 1);
        fill(old, 0, 60);
        OriginManifest manifest = build();
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::max).containsExactly(30L, 30L);
        byte[] wanted = units(place(manifest, old), manifest.queues().get(0));
        // As a slave has it, which is not informed when a topic is deleted.
        keepAsConsumeQueue(earlier, before.queues().get(0), 15);
        assertThat(units(place(manifest, old), manifest.queues().get(0))).isEqualTo(wanted);
    }

    private static byte[] units(LocalPlacement placement, OriginManifest.Queue queue) throws IOException {
        assertThat(placement.queues().get(queue.key())).hasSize(1);
        return Files.readAllBytes(firstUnits(placement, queue).file());
    }

    private static LocalPlacement.Units firstUnits(LocalPlacement placement, OriginManifest.Queue queue) {
        return requireNonNull(placement.queues().get(queue.key())).get(0);
    }

    @Test
    void aConsumeQueueThatTheLogDoesNotContinueIsRebuilt() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 20).consumeQueues();
        old.repeat("T", 0).add("T", 0, "once more, after a time-out").add("T", 0, "last");
        OriginManifest manifest = build();
        assertThat(manifest.notes())
                .anyMatch(note -> note.startsWith("1 consume queues do not agree with the log behind their end"))
                .anyMatch(note -> note.contains("as DLedger brokers write after a time-out"));
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::max).containsExactly(11L, 10L);
        assertThat(place(manifest, old).queues().get(manifest.queues().get(0).key()))
                .extracting(LocalPlacement.Units::to)
                .containsExactly(10L, 11L);
    }

    private OriginManifest otherQueueBeforeTheTail(OldStore old) throws IOException {
        for (int i = 0; i < 20; i++) {
            old.add("U", 0, "u" + i + "-" + "x".repeat(150));
        }
        fill(old, 0, 100);
        OriginManifest manifest = build();
        LocalPlacement made = place(manifest, old);
        for (OriginManifest.Queue queue : manifest.queues()) {
            keepAsConsumeQueue(made, queue, (int) queue.max());
        }
        assertThat(build().queues()).isEqualTo(manifest.queues());
        return manifest;
    }

    @Test
    void oneUnsoundQueueAmongSoundOnesIsCountedAlsoBeforeTheLastFiles() throws IOException {
        OldStore old = OldStore.classic(root(), 0).configs();
        OriginManifest manifest = otherQueueBeforeTheTail(old);
        OldStore.flip(root().resolve("consumequeue/U/0/00000000000000000000"), 7);
        OriginManifest again = build();
        assertThat(again.notes()).anyMatch(note -> note.contains("does not agree with the log"));
        assertThat(again.queues()).isEqualTo(manifest.queues());
    }

    @Test
    void aQueueThatTheLogLacksMessagesOfIsRefusedAlsoIfItsConsumeQueueLooksSound() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 20);
        old.skip("T", 0, 1).add("T", 0, "behind the hole").add("T", 0, "last").consumeQueues();
        // Eleven units for queue offsets 0 to 11 but one: as if it had been there, its neighbour once more.
        Path file = root().resolve("consumequeue/T/0/" + String.format("%020d", 0));
        byte[] units = Files.readAllBytes(file);
        System.arraycopy(units, 10 * 20, units, 11 * 20, 2 * 20);
        System.arraycopy(units, 9 * 20, units, 10 * 20, 20);
        java.nio.ByteBuffer unit = java.nio.ByteBuffer.wrap(units, 10 * 20, 20);
        long behind = java.nio.ByteBuffer.wrap(units, 11 * 20, 20).getLong();
        unit.putLong(behind - 100).putInt(100);
        Files.write(file, units);
        assertThatThrownBy(this::build)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("queue 0 of topic T lacks messages")
                .hasMessageContaining("queue offset 11 where 10 is next");
    }

    @Test
    void oneMissingQueueAmongSoundOnesIsCountedAlsoBeforeTheLastFiles() throws IOException {
        OldStore old = OldStore.classic(root(), 0).configs();
        OriginManifest manifest = otherQueueBeforeTheTail(old);
        Files.delete(root().resolve("consumequeue/U/0/00000000000000000000"));
        assertThat(build().queues()).isEqualTo(manifest.queues());
    }

    @Test
    void unitsOfAnotherBaseAreNotUsedAgain() throws IOException {
        OldStore old = fill(OldStore.classic(root(), 0).configs(), 0, 30);
        place(build(), old);
        old.config(
                "topics.json",
                "{\"topicConfigTable\":{\"S\":{\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6},"
                        + "\"T\":{\"readQueueNums\":4,\"writeQueueNums\":4,\"perm\":6}}}");
        OriginManifest manifest = build();
        byte[] resumed = Files.readAllBytes(
                firstUnits(place(manifest, old), manifest.queues().get(0)).file());
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        LocalPlacement fresh = new LocalPlacementBuilder(manifest, at(), directory.resolve("fresh"), text -> {})
                .build(log, List.of(), null);
        assertThat(resumed)
                .isEqualTo(Files.readAllBytes(
                        firstUnits(fresh, manifest.queues().get(0)).file()));
    }
}
