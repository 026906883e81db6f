package io.vledger.importer.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vledger.api.origin.InitialState.OriginGroup;
import io.vledger.api.origin.InitialState.OriginProgress;
import io.vledger.api.origin.InitialState.OriginTopic;
import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Survey;
import io.vledger.importer.inspect.Surveyor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A topic that was deleted at the old broker stays deleted, and one that was created again has only what came since. */
class DeletedTopicsTest {
    private static final long STORED_MS = 1_000_000;
    private static final long DELETED_MS = 1_060_000;

    @TempDir
    Path directory;

    private OldStore old;

    private Path root() {
        return directory.resolve("old");
    }

    private OriginManifest build(Map<String, PeerConfig> others) throws IOException {
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root().toString()));
        return new ManifestBuilder("g", "n0", at, 1 << 20, text -> {})
                .build(new Surveyor(at, -1).survey(), others, ManifestBuilder.KnownDigests.NONE);
    }

    @BeforeEach
    void aStoreWithTwoTopics() throws IOException {
        old = OldStore.classic(root(), 0).configs().at(STORED_MS);
        for (int i = 0; i < 5; i++) {
            old.add("kept", 0, "k" + i);
            old.add("dead", 0, "d" + i);
        }
        Files.createDirectories(root().resolve("consumequeue/kept/0"));
    }

    /** A file with as many changes as seconds have passed. */
    private static String topics(long changedMs, String... names) {
        return topics(changedMs, changedMs / 1_000, names);
    }

    private static String topics(long changedMs, long changes, String... names) {
        StringBuilder table = new StringBuilder();
        for (String name : names) {
            table.append(table.isEmpty() ? "" : ",")
                    .append("\"%s\":{\"topicName\":\"%s\",\"readQueueNums\":1,\"writeQueueNums\":1,\"perm\":6}"
                            .formatted(name, name));
        }
        return "{\"dataVersion\":{\"counter\":%d,\"timestamp\":%d},\"topicConfigTable\":{%s}}"
                .formatted(changes, changedMs, table);
    }

    private static String groups(long changedMs, long changes, String name) {
        return "{\"dataVersion\":{\"counter\":%d,\"timestamp\":%d},\"subscriptionGroupTable\":{\"%s\":{\"groupName\":\"%s\"}}}"
                .formatted(changes, changedMs, name, name);
    }

    private static List<String> names(OriginManifest manifest) {
        return manifest.state().topics().stream().map(OriginTopic::name).toList();
    }

    private static long end(OriginManifest manifest, String topic) {
        return manifest.state().topics().stream()
                .filter(each -> each.name().equals(topic))
                .findFirst()
                .orElseThrow()
                .maxOffsets()
                .get(0);
    }

    @Test
    void aTopicThatTheFileLacksAfterItsLastMessageStaysDeleted() throws IOException {
        old.config("topics.json", topics(DELETED_MS, "kept"));
        old.config("consumerOffset.json", "{\"offsetTable\":{\"dead@g\":{0:5},\"kept@g\":{0:3}}}");
        OriginManifest manifest = build(Map.of());
        assertThat(names(manifest)).containsExactly("kept");
        assertThat(manifest.queues()).extracting(OriginManifest.Queue::topic).containsExactly("kept");
        assertThat(manifest.state().progress())
                .as("where a group stood in it says nothing of a topic of its name that is created later")
                .containsExactly(new OriginProgress("g", "kept", List.of(3L)));
        assertThat(manifest.notes())
                .anyMatch(note -> note.contains("topic dead was deleted") && note.contains("5 messages"));
    }

    @Test
    void aSurveySaysWhatWasDeletedAndDoesNotCountIt() throws IOException {
        old.config("topics.json", topics(DELETED_MS, "kept"));
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root().toString()));
        Survey survey = new Surveyor(at, -1).survey();
        assertThat(survey.messages()).isEqualTo(5);
        assertThat(survey.notes()).anyMatch(note -> note.contains("topic dead was deleted"));
        assertThat(build(Map.of()).notes())
                .as("noted once")
                .filteredOn(note -> note.contains("topic dead was deleted"))
                .hasSize(1);
    }

    @Test
    void directoriesOfQueuesThatRecoveryRebuiltBringNoTopicBack() throws IOException {
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        old.config("topics.json", topics(DELETED_MS, "kept"));
        assertThat(names(build(Map.of()))).containsExactly("kept");
    }

    @Test
    void aTopicWithMessagesYoungerThanTheFileIsKept() throws IOException {
        old.config("topics.json", topics(STORED_MS - 1, "kept"));
        OriginManifest manifest = build(Map.of());
        assertThat(names(manifest)).containsExactly("dead", "kept");
        assertThat(end(manifest, "dead")).isEqualTo(5);
    }

    @Test
    void withinTheSpanOfTwoClocksTheDirectoryDecides() throws IOException {
        old.config("topics.json", topics(STORED_MS + 500, "kept"));
        assertThat(names(build(Map.of()))).containsExactly("kept");
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        assertThat(names(build(Map.of()))).containsExactly("dead", "kept");
    }

    @Test
    void whatOnlyTheFileOfAMemberThatLagsHasStaysDeleted() throws IOException {
        old.config("topics.json", topics(DELETED_MS, "kept"));
        old.config("subscriptionGroup.json", groups(DELETED_MS, 3, "g"));
        Map<String, String> lagging = Map.of(
                "topics.json",
                topics(STORED_MS - 5_000, "dead", "kept", "gone"),
                "subscriptionGroup.json",
                groups(900_000, 2, "h"));
        OriginManifest manifest = build(Map.of("n1", new PeerConfig(lagging, true, 0)));
        assertThat(names(manifest)).containsExactly("kept");
        assertThat(manifest.state().groups()).extracting(OriginGroup::name).containsExactly("g");
    }

    /** A consumer's heartbeat to a slave changes the slave's file, which then is the youngest and knows the fewest topics. */
    @Test
    void whatASlaveHadNotYetCopiedIsNotDeleted() throws IOException {
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        old.config("topics.json", topics(DELETED_MS, 4, "kept", "%RETRY%g"));
        old.config("subscriptionGroup.json", groups(DELETED_MS, 2, "g"));
        Map<String, String> master = Map.of(
                "topics.json",
                topics(DELETED_MS - 60_000, 4, "dead", "kept", "empty"),
                "subscriptionGroup.json",
                groups(DELETED_MS - 60_000, 5, "h"));
        OriginManifest manifest = build(Map.of("n1", new PeerConfig(master, true, 0)));
        assertThat(names(manifest)).containsExactly("%RETRY%g", "dead", "empty", "kept");
        assertThat(end(manifest, "dead")).isEqualTo(5);
        assertThat(manifest.state().groups()).extracting(OriginGroup::name).containsExactly("g", "h");
        assertThat(manifest.notes()).noneMatch(note -> note.contains("was deleted"));
    }

    @Test
    void withinASlavesIntervalTheDirectoryDecides() throws IOException {
        old.config("topics.json", topics(DELETED_MS, "kept"));
        Map<String, PeerConfig> others = Map.of(
                "n1", new PeerConfig(Map.of("topics.json", topics(DELETED_MS - 12_000, "dead", "kept")), true, 0));
        assertThat(names(build(others))).containsExactly("kept");
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        assertThat(names(build(others))).containsExactly("dead", "kept");
    }

    @Test
    void whatAMemberWithANewerFileHasIsAddedAndWhatItLacksIsDeleted() throws IOException {
        old.config("topics.json", topics(STORED_MS - 5_000, "dead", "kept"));
        OriginManifest manifest = build(
                Map.of("n1", new PeerConfig(Map.of("topics.json", topics(DELETED_MS, "kept", "fresh")), true, 0)));
        assertThat(names(manifest)).containsExactly("fresh", "kept");
    }

    @Test
    void aTopicThatWasCreatedAgainAndHasNoMessageSinceIsEmpty() throws IOException {
        old.config("topics.json", topics(DELETED_MS, "kept", "dead"));
        old.config("consumerOffset.json", "{\"offsetTable\":{\"dead@g\":{0:5}}}");
        OriginManifest manifest = build(Map.of());
        assertThat(end(manifest, "dead")).isZero();
        assertThat(manifest.state().progress()).containsExactly(new OriginProgress("g", "dead", List.of(0L)));
        assertThat(manifest.notes()).anyMatch(note -> note.contains("queue 0 of dead begins with nothing"));
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        assertThat(end(build(Map.of()), "dead"))
                .as("rebuilt where the directory is")
                .isEqualTo(5);
    }

    @Test
    void withoutAnyConsumeQueueEverythingIsRebuilt() throws IOException {
        Files.delete(root().resolve("consumequeue/kept/0"));
        Files.delete(root().resolve("consumequeue/kept"));
        old.config("topics.json", topics(DELETED_MS, "kept", "dead"));
        assertThat(end(build(Map.of()), "dead")).isEqualTo(5);
    }

    @Test
    void aGroupThatStoodBehindTheEndOfATopicThatWasCreatedAgainBeginsWithIt() throws IOException {
        old.forget("dead", 0);
        old.at(DELETED_MS + 1).add("dead", 0, "new");
        Files.createDirectories(root().resolve("consumequeue/dead/0"));
        old.config("topics.json", topics(DELETED_MS, "kept", "dead"));
        old.config("consumerOffset.json", "{\"offsetTable\":{\"dead@g\":{0:5}}}");
        OriginManifest manifest = build(Map.of());
        assertThat(end(manifest, "dead")).isEqualTo(1);
        assertThat(manifest.state().progress()).containsExactly(new OriginProgress("g", "dead", List.of(0L)));
    }

    @Test
    void aMessageWithTheQueueOffsetOfTheOneBeforeBeginsNoQueueAnew() throws IOException {
        old.forget("kept", 0);
        for (int i = 0; i < 4; i++) {
            old.add("twice", 0, "t" + i);
        }
        old.repeat("twice", 0).add("twice", 0, "again").add("twice", 0, "next");
        OriginManifest manifest = build(Map.of());
        assertThat(manifest.queues())
                .filteredOn(queue -> queue.topic().equals("twice"))
                .singleElement()
                .satisfies(queue -> assertThat(queue.min()).isZero())
                .satisfies(queue -> assertThat(queue.max()).isEqualTo(5));
        assertThat(manifest.notes()).anyMatch(note -> note.contains("the first one counts"));
    }

    @Test
    void aQueueThatLacksMessagesInBetweenIsRefusedByName() throws IOException {
        old.skip("kept", 0, 3).add("kept", 0, "later");
        assertThatThrownBy(() -> build(Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("queue 0 of topic kept lacks messages")
                .hasMessageContaining("queue offset 8 where 5 is next");
    }

    @Test
    void whatADeletedTopicLacksInBetweenIsNobodysBusiness() throws IOException {
        old.skip("dead", 0, 3).add("dead", 0, "later");
        old.config("topics.json", topics(DELETED_MS, "kept"));
        assertThat(names(build(Map.of()))).containsExactly("kept");
    }

    @Test
    void offsetsAreFoundWhereABrokerWithLightQueuesKeepsThem() throws IOException {
        Files.delete(root().resolve("config/consumerOffset.json"));
        old.config("lmqConsumerOffset.json", "{\"lmqOffsetTable\":{},\"offsetTable\":{\"kept@g\":{0:4}}}");
        assertThat(build(Map.of()).state().progress()).containsExactly(new OriginProgress("g", "kept", List.of(4L)));
    }
}
