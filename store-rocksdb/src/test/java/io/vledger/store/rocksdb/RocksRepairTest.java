package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.testkit.LogModel;
import io.vledger.testkit.Seeds;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.DBOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;

/** Damaged table files of the log are replaced, with what a peer has of the records that cannot be read any more. */
class RocksRepairTest {
    private static final long SEGMENT_BYTES = 1 << 18;
    private static final JsonObject SETTINGS = new JsonObject().put("writeBufferBytes", 64 << 10);

    @TempDir
    Path files;

    private final Addressing addressing = new Addressing(SEGMENT_BYTES);
    private final List<SharedMemory> memories = new ArrayList<>();
    private Runnable onSync = () -> {};
    private int directories;

    @BeforeAll
    static void loadTheLibrary() {
        assertThat(TestMemory.shared()).isNotNull();
    }

    @AfterEach
    void releaseMemory() {
        memories.forEach(SharedMemory::close);
    }

    /** Each with a block cache of its own: copies of a table file have the same blocks in a cache that they share. */
    private GroupStore open(Path directory) throws StoreException {
        SharedMemory memory = SharedMemory.from(new JsonObject());
        memories.add(memory);
        return new RocksStoreProvider(memory, () -> onSync.run(), null)
                .open(new StoreSpec(directory, "group", "n0", SEGMENT_BYTES, LogBase.EMPTY, SETTINGS));
    }

    private Path fresh() {
        return files.resolve("store-" + directories++);
    }

    /** All files as they are at one moment: again if RocksDB replaced some in the background meanwhile. */
    private Path copyOf(Path from) {
        while (true) {
            Path to = fresh();
            List<String> before = CopiedMedium.state(from);
            CopiedMedium.copyTree(from, to);
            if (CopiedMedium.state(from).equals(before)) {
                return to;
            }
        }
    }

    private static void append(LogStore log, LogModel model, Random random, int batches) throws StoreException {
        for (int i = 0; i < batches; i++) {
            LogBatch batch = model.next(random, 1 + model.lastIndex() / 300, 4, 4_000);
            log.append(batch);
            model.append(batch);
            batch.release();
        }
        log.sync();
    }

    /** A log with cuts at its end, in several table files. */
    private LogModel fill(Path directory, Random random) throws StoreException {
        LogModel model = new LogModel(addressing, LogBase.EMPTY);
        for (int life = 0; life < 3; life++) {
            try (GroupStore store = open(directory)) {
                append(store.log(), model, random, 60);
                long cut = model.lastIndex() - random.nextInt(20);
                store.log().truncateSuffix(cut);
                model.truncate(cut);
                append(store.log(), model, random, 60);
            }
        }
        // Opening writes what was only in the write-ahead log to tables.
        open(directory).close();
        return model;
    }

    private static List<ColumnFamilyDescriptor> descriptors() {
        return Family.LOG.stream()
                .map(family -> new ColumnFamilyDescriptor(family.bytes()))
                .toList();
    }

    /**
     * Table files of the log that compaction has moved down and has no reason to read: no other has keys in their range. Not the
     * newest ones, nor the last one of a level: looking for the end of the log reads these, and damage there refuses the database.
     */
    private static List<LiveFileMetaData> movedTables(Path directory) throws Exception {
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        String database = directory.resolve(RocksStoreProvider.DATABASE).toString();
        try (DBOptions options = new DBOptions();
                RocksDB db = RocksDB.openReadOnly(options, database, descriptors(), handles)) {
            List<LiveFileMetaData> tables = db.getLiveFilesMetaData().stream()
                    .filter(file -> Arrays.equals(file.columnFamilyName(), Family.ENTRIES.bytes()))
                    .sorted((a, b) -> Arrays.compareUnsigned(a.largestKey(), b.largestKey()))
                    .toList();
            List<LiveFileMetaData> moved = tables.subList(0, tables.size() - 2).stream()
                    .filter(file -> file.level() > 0
                            && !lastOfItsLevel(file, tables)
                            && tables.stream().noneMatch(other -> other != file && overlap(file, other)))
                    .toList();
            handles.forEach(ColumnFamilyHandle::close);
            return moved;
        }
    }

    private static boolean lastOfItsLevel(LiveFileMetaData file, List<LiveFileMetaData> tables) {
        return tables.stream()
                .noneMatch(other -> other.level() == file.level()
                        && Arrays.compareUnsigned(other.largestKey(), file.largestKey()) > 0);
    }

    private static boolean overlap(LiveFileMetaData one, LiveFileMetaData other) {
        return Arrays.compareUnsigned(one.smallestKey(), other.largestKey()) <= 0
                && Arrays.compareUnsigned(other.smallestKey(), one.largestKey()) <= 0;
    }

    /** Reads everything by the compaction that rewrites everything: a block that is still damaged fails it. */
    private static void compactAll(Path directory) throws Exception {
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        String database = directory.resolve(RocksStoreProvider.DATABASE).toString();
        try (DBOptions options = new DBOptions();
                CompactRangeOptions all =
                        new CompactRangeOptions().setBottommostLevelCompaction(BottommostLevelCompaction.kForce);
                RocksDB db = RocksDB.open(options, database, descriptors(), handles)) {
            for (ColumnFamilyHandle handle : handles) {
                db.compactRange(handle, null, null, all);
                handle.close();
            }
        }
    }

    /** Flips bits in data blocks of one table file. */
    private static void damage(Path directory, Random random) throws Exception {
        List<LiveFileMetaData> tables = movedTables(directory);
        assertThat(tables).isNotEmpty();
        LiveFileMetaData table = tables.get(random.nextInt(tables.size()));
        Path file = directory
                .resolve(RocksStoreProvider.DATABASE)
                .resolve(table.fileName().substring(1));
        int blocks = 1 + random.nextInt(2);
        for (int i = 0; i < blocks; i++) {
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                long at = random.nextLong(bytes.length() * 3 / 4);
                bytes.seek(at);
                int was = bytes.read();
                bytes.seek(at);
                bytes.write(was ^ (1 << random.nextInt(8)));
            }
        }
    }

    /** Reads every record; the first run that is reported, or null. */
    private static LogStore.@Nullable DamagedRun firstDamage(LogStore log, LogModel model) throws StoreException {
        for (LogModel.Entry entry : model.entries()) {
            ByteBuf target = Unpooled.buffer();
            try {
                log.read(entry.position(), entry.length(), target);
                log.readBatch(entry.index(), 1).release();
            } catch (StoreException.Damaged e) {
                assertThat(e.run()).as(e.getMessage()).isNotNull();
                return e.run();
            }
        }
        return null;
    }

    /** The entries of a run, as a member sends them. */
    private LogBatch run(LogStore log, LogStore.DamagedRun run) throws StoreException {
        ByteBuf all = Unpooled.directBuffer();
        long index = run.firstIndex();
        while (index <= run.lastIndex()) {
            LogBatch read = log.readBatch(index, 1);
            all.writeBytes(read.bytes().slice());
            index = read.lastIndex() + 1;
            read.release();
        }
        return LogBatch.parse(all, addressing);
    }

    private int repairAll(GroupStore store, GroupStore peer, LogModel model) throws StoreException {
        int runs = 0;
        for (LogStore.DamagedRun run = firstDamage(store.log(), model);
                run != null;
                run = firstDamage(store.log(), model)) {
            LogBatch whole = run(peer.log(), run);
            assertThat(store.log().repair(whole)).isPositive();
            assertThat(store.log().repair(whole)).as("again").isZero();
            whole.release();
            runs++;
        }
        return runs;
    }

    @Test
    void damagedEntriesArePutBackFromAPeer() throws Exception {
        Seeds.run(4, random -> {
            Path here = fresh();
            LogModel model = fill(here, random);
            Path there = copyOf(here);
            damage(here, random);
            try (GroupStore store = open(here);
                    GroupStore peer = open(there)) {
                List<LogStore.DamagedRun> reported = new ArrayList<>();
                store.log().onDamage(reported::add);
                assertThat(repairAll(store, peer, model)).isPositive();
                assertThat(reported).isNotEmpty();
                model.check(store.log(), random);
                append(store.log(), model, random, 40);
                long keep = store.log().segments().get(1).firstIndex();
                store.log().dropPrefix(keep);
                model.dropTo(store.log().base(), keep);
                append(store.log(), model, random, 40);
                model.check(store.log(), random);
            }
            compactAll(here);
            try (GroupStore store = open(here)) {
                model.check(store.log(), random);
            }
        });
    }

    @Test
    void aRepairThatACrashCutsShortIsFinishedOrBegunAgain() throws Exception {
        Seeds.run(2, random -> {
            Path here = fresh();
            LogModel model = fill(here, random);
            Path there = copyOf(here);
            damage(here, random);
            List<Path> crashed = new ArrayList<>();
            try (GroupStore store = open(here);
                    GroupStore peer = open(there)) {
                onSync = () -> crashed.add(copyOf(here));
                assertThat(repairAll(store, peer, model)).isPositive();
                onSync = () -> {};
                assertThat(crashed).hasSizeGreaterThanOrEqualTo(2);
                for (Path image : crashed) {
                    try (GroupStore again = open(image)) {
                        repairAll(again, peer, model);
                        model.check(again.log(), random);
                    }
                    compactAll(image);
                }
            }
        });
    }

    @Test
    void whatIsIntactIsNeverReplaced() throws Exception {
        Random random = new Random(91);
        Path here = fresh();
        LogModel model = fill(here, random);
        try (GroupStore store = open(here);
                GroupStore other = open(fresh())) {
            // Entries of the same shape with other content, and with another term.
            for (LogModel.Entry entry : model.entries()) {
                LogBatch.Builder builder =
                        new LogBatch.Builder(addressing, entry.position(), UnpooledByteBufAllocator.DEFAULT, 256);
                builder.open();
                builder.buffer().writeZero(entry.payload().length() / 2);
                builder.close(entry.kind(), (short) 1, entry.index(), entry.term());
                LogBatch batch = builder.build();
                other.log().append(batch);
                batch.release();
            }
            LogBatch forged = run(other.log(), new LogStore.DamagedRun(5, 5, ""));
            assertThatThrownBy(() -> store.log().repair(forged))
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining("entry 5 is intact here");
            forged.release();
            LogBatch beyond = run(store.log(), new LogStore.DamagedRun(model.lastIndex(), model.lastIndex(), ""));
            store.log().truncateSuffix(model.lastIndex());
            model.truncate(model.lastIndex());
            assertThatThrownBy(() -> store.log().repair(beyond)).isInstanceOf(StoreException.OutOfRange.class);
            beyond.release();
            model.check(store.log(), random);
        }
    }
}
