package io.vledger.importer.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.importer.OldStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What changes the meaning of an old broker's files is taken over or refused by name. */
class UnsupportedFeaturesTest {
    @TempDir
    Path root;

    private final Map<String, String> settings = new HashMap<>();

    @BeforeEach
    void aPlainStore() throws IOException {
        OldStore old = OldStore.classic(root, 0).configs();
        for (int i = 0; i < 4; i++) {
            old.add("T", 0, "m" + i);
        }
        settings.put("storePathRootDir", root.toString());
    }

    private List<String> refusals() {
        return new Surveyor(OriginLocations.of("n0", settings), -1).survey().refusals();
    }

    /** Refused with words that name it, and taken over once it is accepted. */
    private void isRefusedUnlessAccepted(String word, String... named) {
        assertThat(refusals()).singleElement().asString().contains(named).contains("legacyAccept=" + word);
        settings.put("legacyAccept", "pop, " + word);
        assertThat(refusals()).isEmpty();
    }

    private void topics(String attributes) throws IOException {
        Files.writeString(
                root.resolve("config/topics.json"),
                "{\"topicConfigTable\":{\"T\":{\"readQueueNums\":4,\"writeQueueNums\":4,\"perm\":6,\"attributes\":{"
                        + attributes + "}}}}");
    }

    private void database(String name, int logBytes) throws IOException {
        Path database = Files.createDirectories(root.resolve(name));
        Files.writeString(database.resolve("CURRENT"), "MANIFEST-000005\n");
        Files.write(database.resolve("000004.log"), new byte[logBytes]);
    }

    private void queue(String topic, long position, int size) throws IOException {
        Path folder = Files.createDirectories(
                root.resolve("consumequeue").resolve(topic).resolve("0"));
        try (RandomAccessFile out =
                new RandomAccessFile(folder.resolve("00000000000000000000").toFile(), "rw")) {
            out.writeLong(position);
            out.writeInt(size);
            out.setLength(2_000);
        }
    }

    @Test
    void aPlainStoreIsTakenOver() {
        assertThat(refusals()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "storeType,defaultRocksDB",
        "configManagerVersion,v2",
        "timerRocksDBEnable,true",
        "transRocksDBEnable,true",
        "readOnlyCommitLogStorePaths,/other"
    })
    void aSettingThatMovesDataElsewhereIsRefused(String key, String value) {
        settings.put(key, value);
        assertThat(refusals()).singleElement().asString().contains(key);
    }

    @Test
    void lightQueuesAreRefused() throws IOException {
        queue("%LMQ%x", 0, 100);
        isRefusedUnlessAccepted("lmq", "light queues", "%LMQ%x", "1 messages");
    }

    @Test
    void queuesOfMultiDispatchAreRefusedWhateverTheirNames() throws IOException {
        settings.put("enableMultiDispatch", "true");
        queue("anywhere", 0, 100);
        isRefusedUnlessAccepted("lmq", "anywhere");
    }

    @ParameterizedTest
    @ValueSource(strings = {"queue.type", "+queue.type"})
    void batchQueuesAreRefused(String attribute) throws IOException {
        topics("\"" + attribute + "\":\"BatchCQ\"");
        assertThat(refusals()).singleElement().asString().contains("topic T", "BatchCQ");
    }

    @Test
    void compactedTopicsAreRefused() throws IOException {
        topics("\"cleanup.policy\":\"COMPACTION\"");
        isRefusedUnlessAccepted("compaction", "COMPACTION", "(T)");
    }

    @Test
    void staticTopicsAreRefused() throws IOException {
        Files.writeString(
                root.resolve("config/topicQueueMapping.json"),
                "{\"topicQueueMappingInfoMap\":{\"T\":{\"topic\":\"T\",\"totalQueues\":8}}}");
        isRefusedUnlessAccepted("statictopic", "1 static topics");
    }

    @Test
    void tieredStorageIsRefused() {
        settings.put("messageStorePlugIn", "org.apache.rocketmq.tieredstore.TieredMessageStore");
        isRefusedUnlessAccepted("tiered", "TieredMessageStore");
    }

    @Test
    void tieredStorageIsRefusedAlsoIfItsSettingIsGone() throws IOException {
        Files.writeString(root.resolve("config/tieredStoreMetadata.json"), "{\"topics\":[]}");
        isRefusedUnlessAccepted("tiered", "tieredStoreMetadata.json");
    }

    @ParameterizedTest
    @CsvSource({"consumequeue_rocksdb,rocksdb", "rocksdbstore,rocksdb", "kvStore,pop"})
    void aDatabaseWithRecordsIsRefusedAndOneThatWasNeverUsedIsNot(String name, String word) throws IOException {
        database(name, 0);
        assertThat(refusals()).isEmpty();
        database(name, 100);
        isRefusedUnlessAccepted(word, name);
    }

    @Test
    void usersOfAccessControlAreRefused() throws IOException {
        database("config/users", 0);
        assertThat(refusals()).isEmpty();
        database("config/users", 100);
        isRefusedUnlessAccepted("auth", "config", "mqadmin listUser");
    }

    @Test
    void policiesOfAccessControlAreRefused() throws IOException {
        database("config/acls", 100);
        isRefusedUnlessAccepted("auth", "config", "listAcl");
    }

    @Test
    void configurationInRocksDbIsRefused() throws IOException {
        database("config/topics", 100);
        assertThat(refusals()).singleElement().asString().contains("config/topics", "rocksDBConfigToJson");
    }

    @Test
    void aFeatureThatNobodyKnowsCannotBeAccepted() {
        settings.put("legacyAccept", "timer");
        assertThat(refusals()).singleElement().asString().contains("timer", "pop");
    }

    @ParameterizedTest
    @CsvSource({"broadcastOffset.json,offsetStoreMap", "lmqConsumerOffset.json,lmqOffsetTable"})
    void whatIsKeptAndNotActedOnIsReported(String name, String table) throws IOException {
        Files.writeString(root.resolve("config").resolve(name), "{\"" + table + "\":{\"a\":{}}}");
        Survey survey = new Surveyor(OriginLocations.of("n0", settings), -1).survey();
        assertThat(survey.refusals()).isEmpty();
        assertThat(survey.notes()).anyMatch(note -> note.contains(name));
    }
}
