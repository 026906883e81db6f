package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.api.store.TimeSpan;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** Damage in what can be rebuilt from the log never stops a start, and is never read. */
class DerivedDamageTest {
    private static final long SEGMENT_BYTES = 1 << 20;
    private static final int UNITS = 3_000;
    /** Bytes from message to message. */
    private static final long STEP = 1_000;

    @TempDir
    Path files;

    private final RocksStoreProvider provider = new RocksStoreProvider(TestMemory.shared());
    private byte[] queueMark = {};
    private byte[] keyMark = {};

    private GroupStore open() throws StoreException {
        return provider.open(new StoreSpec(
                files.resolve("group"),
                "group",
                "n0",
                SEGMENT_BYTES,
                LogBase.EMPTY,
                new JsonObject().put("writeBufferBytes", 64 << 10)));
    }

    private static void fill(GroupStore store) {
        for (int i = 0; i < UNITS; i++) {
            store.queues().queue(i % 7).append(i / 7, i * STEP, 100, i);
            store.keys().add(i % 50, i * STEP, 1_000 + i);
        }
    }

    /** An index in table files, with a checkpoint. */
    private void prepare() throws StoreException {
        try (GroupStore store = open()) {
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            fill(store);
            queueMark = store.queues().prepareFlush().run();
            keyMark = store.keys().prepareFlush().run();
        }
        CopiedMedium.tablesOf(database("queues"), Family.UNITS);
        CopiedMedium.tablesOf(database("keys"), Family.KEYS);
    }

    private Path database(String index) {
        return CopiedMedium.indexDatabase(files.resolve("group"), index);
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int was = bytes.read();
            bytes.seek(at);
            bytes.write(was ^ 8);
        }
    }

    private static void readAll(GroupStore store) throws StoreException {
        for (int queue = 0; queue < 7; queue++) {
            int number = queue;
            store.queues().queue(queue).read(0, UNITS, (queueOffset, position, size, tagsCode) -> {
                assertThat(position).isEqualTo((queueOffset * 7 + number) * STEP);
                return true;
            });
        }
        for (int key = 0; key < 50; key++) {
            assertThat(store.keys().find(key, TimeSpan.ALL, UNITS)).hasSize(UNITS / 50);
        }
    }

    /** The log is open, the index begins again, and is there after the next start. */
    private void isRebuiltByAStart() throws StoreException {
        try (GroupStore store = open()) {
            assertThatThrownBy(() -> {
                        store.queues().rewind(queueMark);
                        store.keys().rewind(keyMark);
                    })
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining("rebuilt");
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            fill(store);
            queueMark = store.queues().prepareFlush().run();
            keyMark = store.keys().prepareFlush().run();
            readAll(store);
        }
        try (GroupStore store = open()) {
            store.queues().rewind(queueMark);
            store.keys().rewind(keyMark);
            readAll(store);
        }
    }

    private List<Path> filesOf(String index, String part) throws IOException {
        try (Stream<Path> all = Files.list(database(index))) {
            return all.filter(file -> file.getFileName().toString().contains(part))
                    .toList();
        }
    }

    @Test
    void aDamagedDirectoryOfQueuesIsRebuiltByAStart() throws Exception {
        prepare();
        for (Path table : CopiedMedium.tablesOf(database("queues"), Family.CHUNKS)) {
            flip(table, 30);
        }
        isRebuiltByAStart();
    }

    @Test
    void aMissingTableDoesNotStopAStart() throws Exception {
        prepare();
        for (Path table : filesOf("queues", ".sst")) {
            Files.delete(table);
        }
        isRebuiltByAStart();
    }

    @Test
    void aTableThatRocksDbCannotOpenDoesNotStopAStart() throws Exception {
        prepare();
        for (Path table : filesOf("keys", ".sst")) {
            // In the footer.
            flip(table, Files.size(table) - 4);
        }
        // Such a table may be opened only when it is read.
        isRebuiltWhileRunningOrByAStart();
    }

    @Test
    void aDamagedManifestDoesNotStopAStart() throws Exception {
        prepare();
        for (Path manifest : filesOf("queues", "MANIFEST")) {
            flip(manifest, 40);
        }
        isRebuiltByAStart();
    }

    @Test
    void aMissingManifestDoesNotStopAStart() throws Exception {
        prepare();
        for (Path manifest : filesOf("keys", "MANIFEST")) {
            Files.delete(manifest);
        }
        isRebuiltByAStart();
    }

    @Test
    void aMissingIndexDoesNotStopAStart() throws Exception {
        prepare();
        Files.move(database("queues"), files.resolve("gone"));
        isRebuiltByAStart();
    }

    @Test
    void aDamagedWriteAheadLogOfAnIndexDoesNotStopAStart() throws Exception {
        try (GroupStore store = open()) {
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            fill(store);
            queueMark = store.queues().prepareFlush().run();
            keyMark = store.keys().prepareFlush().run();
        }
        for (Path log : filesOf("queues", ".log")) {
            flip(log, Files.size(log) / 2);
        }
        isRebuiltByAStart();
    }

    @Test
    void anIndexWhoseEndIsGoneIsRebuiltByAStart() throws Exception {
        try (GroupStore store = open()) {
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            fill(store);
            queueMark = store.queues().prepareFlush().run();
            keyMark = store.keys().prepareFlush().run();
        }
        for (Path log : filesOf("queues", ".log")) {
            try (RandomAccessFile bytes = new RandomAccessFile(log.toFile(), "rw")) {
                bytes.setLength(bytes.length() - 20);
            }
        }
        isRebuiltByAStart();
    }

    @Test
    void theIndexesOfAnEarlierVersionAreRebuiltInTheirOwnDatabases() throws Exception {
        prepare();
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        Family.LOG.forEach(family -> descriptors.add(new ColumnFamilyDescriptor(family.bytes())));
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        String log = files.resolve("group").resolve(RocksStoreProvider.DATABASE).toString();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.open(options, log, descriptors, handles)) {
            for (Family family : Family.FORMERLY_IN_LOG) {
                ColumnFamilyHandle handle = db.createColumnFamily(new ColumnFamilyDescriptor(family.bytes()));
                db.put(handle, Keys.of(1, 2, 3, 4, 5), new byte[4]);
                handles.add(handle);
            }
            handles.forEach(ColumnFamilyHandle::close);
        }
        // As an earlier version wrote them: format, epoch, flush, position, no queues.
        queueMark =
                ByteBuffer.allocate(32).putInt(0x564C5201).putLong(1).putLong(1).array();
        keyMark = queueMark;
        isRebuiltByAStart();
        try (Options options = new Options()) {
            assertThat(RocksDB.listColumnFamilies(options, log)).hasSameSizeAs(Family.LOG);
        }
    }

    @Test
    void aReportThatWasNotRememberedIsRepeatedByTheNextCheckpoint() throws Exception {
        prepare();
        for (Path table : CopiedMedium.tablesOf(database("queues"), Family.UNITS)) {
            flip(table, 30);
        }
        for (Path table : CopiedMedium.tablesOf(database("keys"), Family.KEYS)) {
            // In the middle of a segment: its first key, and all of the last segment, are read by a start.
            flip(table, Files.size(table) * 2 / 5);
        }
        try (GroupStore store = open()) {
            store.queues().rewind(queueMark);
            store.keys().rewind(keyMark);
            for (DerivedIndex index : List.of(store.queues(), store.keys())) {
                Set<Long> found = new TreeSet<>();
                index.onDamage(part -> found.add(part.segment()));
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 50; i++) {
                                store.keys().find(i, TimeSpan.ALL, UNITS);
                            }
                        })
                        .isInstanceOf(StoreException.Damaged.class);
                assertThatThrownBy(() -> store.queues().queue(0).read(0, UNITS, (offset, at, size, tags) -> true))
                        .isInstanceOf(StoreException.Damaged.class);
                Set<Long> all = Set.copyOf(found);
                assertThat(all).isNotEmpty();
                found.clear();
                index.prepareFlush().run();
                assertThat(found).containsAll(all);
            }
        }
    }

    /** Compaction meets damage before a reader does: the database takes no more writes. */
    @Test
    void aFlushThatADamagedDatabaseRefusesIsRepeatedInANewOne() throws Exception {
        prepare();
        for (Path table : CopiedMedium.tablesOf(database("queues"), Family.UNITS)) {
            flip(table, 30);
        }
        try (GroupStore store = open()) {
            store.queues().rewind(queueMark);
            store.keys().rewind(keyMark);
            List<DerivedIndex.DamagedPart> found = new ArrayList<>();
            store.queues().onDamage(found::add);
            // Each flush makes table files whose keys overlap those of the damaged one, so that compaction reads it.
            long deadline = System.nanoTime() + 60_000_000_000L;
            int rounds = 0;
            while (found.isEmpty()) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                for (int i = 0; i < UNITS; i++) {
                    store.queues().queue(100 + rounds).append(i, i * STEP, 100, i);
                }
                rounds++;
                store.queues().prepareFlush().run();
                store.queues().queue(0).minOffset();
            }
            rebuildAll(store, found, rounds);
            byte[] mark = store.queues().prepareFlush().run();
            store.queues().rewind(mark);
            readAll(store);
            assertThat(store.queues().queue(99 + rounds).maxOffset()).isEqualTo(UNITS);
        }
    }

    private static void rebuildAll(GroupStore store, List<DerivedIndex.DamagedPart> found, int rounds)
            throws StoreException {
        while (!found.isEmpty()) {
            List<DerivedIndex.DamagedPart> now = List.copyOf(found);
            found.clear();
            for (DerivedIndex.DamagedPart part : now) {
                DerivedIndex.Rebuild rebuild = store.queues().rebuild(part.segment());
                if (rebuild != null) {
                    for (int i = 0; i < UNITS; i++) {
                        if (i * STEP / SEGMENT_BYTES * SEGMENT_BYTES == part.segment()) {
                            rebuild.unit(i % 7, i / 7, i * STEP, 100, i);
                            for (int round = 0; round < rounds; round++) {
                                rebuild.unit(100 + round, i, i * STEP, 100, i);
                            }
                        }
                    }
                    rebuild.write();
                    rebuild.end(true);
                }
            }
            store.queues().queue(0).minOffset();
        }
    }

    private void isRebuiltWhileRunningOrByAStart() throws StoreException {
        try (GroupStore store = open()) {
            assertThatThrownBy(() -> {
                        store.queues().rewind(queueMark);
                        store.keys().rewind(keyMark);
                        readAll(store);
                    })
                    .isInstanceOf(StoreException.Damaged.class);
        }
    }
}
