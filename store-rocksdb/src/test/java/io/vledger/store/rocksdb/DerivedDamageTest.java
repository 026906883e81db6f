package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;

/** Damage in what can be rebuilt from the log is told, never read, and gone once the index begins again. */
class DerivedDamageTest {
    private static final int UNITS = 3_000;

    @TempDir
    Path files;

    private final RocksStoreProvider provider = new RocksStoreProvider(TestMemory.shared());
    private byte[] queueMark = {};
    private byte[] keyMark = {};

    private GroupStore open() throws StoreException {
        return provider.open(
                new StoreSpec(files.resolve("group"), "group", "n0", 1 << 20, LogBase.EMPTY, new JsonObject()));
    }

    private static void fill(GroupStore store) {
        for (int i = 0; i < UNITS; i++) {
            store.queues().queue(i % 7).append(i / 7, i * 100L, 100, i);
            store.keys().add(i % 50, i * 100L, 1_000 + i);
        }
    }

    /** Brings everything into table files and damages each one of a family. */
    private void damage(Family family) throws Exception {
        try (GroupStore store = open()) {
            store.queues().rewind(new byte[0]);
            store.keys().rewind(new byte[0]);
            fill(store);
            queueMark = store.queues().prepareFlush().run();
            keyMark = store.keys().prepareFlush().run();
        }
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (Family each : Family.values()) {
            descriptors.add(new ColumnFamilyDescriptor(each.bytes()));
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        List<Path> tables = new ArrayList<>();
        String database =
                files.resolve("group").resolve(RocksStoreProvider.DATABASE).toString();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.open(options, database, descriptors, handles);
                FlushOptions flush = new FlushOptions()) {
            db.flush(flush, handles);
            for (LiveFileMetaData file : db.getLiveFilesMetaData()) {
                if (new String(file.columnFamilyName(), StandardCharsets.US_ASCII).equals(family.label())) {
                    tables.add(Path.of(database, file.fileName()));
                }
            }
            handles.forEach(ColumnFamilyHandle::close);
        }
        assertThat(tables).isNotEmpty();
        for (Path table : tables) {
            try (RandomAccessFile bytes = new RandomAccessFile(table.toFile(), "rw")) {
                // In the first data block.
                bytes.seek(30);
                int was = bytes.read();
                bytes.seek(30);
                bytes.write(was ^ 8);
            }
        }
    }

    private static void readAll(GroupStore store) throws StoreException {
        for (int queue = 0; queue < 7; queue++) {
            int number = queue;
            store.queues().queue(queue).read(0, UNITS, (queueOffset, position, size, tagsCode) -> {
                assertThat(position).isEqualTo((queueOffset * 7 + number) * 100L);
                return true;
            });
        }
        for (int key = 0; key < 50; key++) {
            assertThat(store.keys().find(key, 0, Long.MAX_VALUE, UNITS)).hasSize(UNITS / 50);
        }
    }

    private void isToldAndGoneOnceTheIndexBeginsAgain(Family family) throws Exception {
        damage(family);
        try (GroupStore store = open()) {
            List<DerivedIndex.DamagedPart> found = new ArrayList<>();
            store.queues().onDamage(found::add);
            store.keys().onDamage(found::add);
            assertThatThrownBy(() -> {
                        store.queues().rewind(queueMark);
                        store.keys().rewind(keyMark);
                        readAll(store);
                    })
                    .isInstanceOf(StoreException.Damaged.class);
            for (DerivedIndex.DamagedPart part : found) {
                DerivedIndex index = family == Family.KEYS ? store.keys() : store.queues();
                DerivedIndex.Rebuild rebuild = index.rebuild(part.segment());
                assertThatThrownBy(rebuild::write).isInstanceOf(StoreException.Damaged.class);
                rebuild.end(false);
            }
        }
        try (GroupStore store = open()) {
            assertThatThrownBy(() -> {
                        store.queues().rewind(queueMark);
                        store.keys().rewind(keyMark);
                    })
                    .as("the next start rebuilds it")
                    .isInstanceOf(StoreException.Damaged.class);
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

    @Test
    void aDamagedDirectoryOfQueues() throws Exception {
        isToldAndGoneOnceTheIndexBeginsAgain(Family.CHUNKS);
    }

    @Test
    void damagedUnits() throws Exception {
        isToldAndGoneOnceTheIndexBeginsAgain(Family.UNITS);
    }

    @Test
    void damagedKeys() throws Exception {
        isToldAndGoneOnceTheIndexBeginsAgain(Family.KEYS);
    }
}
