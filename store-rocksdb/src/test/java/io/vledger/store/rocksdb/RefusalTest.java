package io.vledger.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.LogModel;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;

/** Damaged and foreign directories are refused by name, and left as they are; a full disk is distinguished from a broken one. */
class RefusalTest {
    private static final long SEGMENT_BYTES = 1 << 20;
    private static final String REMEDY = "move the group's directory away";

    @TempDir
    Path files;

    private final RocksStoreProvider provider = new RocksStoreProvider(TestMemory.shared());
    private final LogModel model = new LogModel(new Addressing(SEGMENT_BYTES), LogBase.EMPTY);
    private final Random random = new Random(1);

    private StoreSpec spec(JsonObject settings) {
        return new StoreSpec(files.resolve("group"), "group", "n0", SEGMENT_BYTES, LogBase.EMPTY, settings);
    }

    private StoreSpec spec() {
        return spec(new JsonObject());
    }

    private Path database() {
        return files.resolve("group").resolve(RocksStoreProvider.DATABASE);
    }

    private void append(GroupStore store, int batches) throws StoreException {
        for (int i = 0; i < batches; i++) {
            LogBatch batch = model.next(random, 1, 4, 4_000);
            store.log().append(batch);
            model.append(batch);
            batch.release();
        }
    }

    private void fill() throws StoreException {
        try (GroupStore store = provider.open(spec())) {
            append(store, 30);
            store.log().sync();
        }
    }

    private List<Path> databaseFiles(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(database())) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        }
    }

    private void refusedAsDamaged(String what) {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> provider.open(spec()))
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining(files.resolve("group").toString())
                    .hasMessageContaining(what)
                    .hasMessageContaining(REMEDY);
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(at);
            int was = opened.read();
            opened.seek(at);
            opened.write(was ^ 4);
        }
    }

    @Test
    void aFlippedBitAnywhereInTheSyncedLogIsDamageAndNotATornTail() throws Exception {
        fill();
        Path sound = files.resolve("sound");
        Files.move(files.resolve("group"), sound);
        copy(sound);
        provider.open(spec()).close();
        for (int i = 0; i < 10; i++) {
            copy(sound);
            Path log = CopiedMedium.logs(files.resolve("group")).get(0);
            long length = Files.size(log);
            long at = i == 0 ? length - 3 : random.nextInt((int) length);
            flip(log, at);
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(() -> provider.open(spec()))
                        .as("flipped at %s of %s", at, length)
                        .isInstanceOf(StoreException.Damaged.class)
                        .hasMessageContaining(database().toString())
                        .hasMessageContaining(REMEDY);
            }
        }
    }

    /** Makes the group's directory the same as another. */
    private void copy(Path from) throws IOException {
        Path to = files.resolve("group");
        if (Files.exists(to)) {
            try (Stream<Path> old = Files.walk(to)) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void aLogThatIsCutBelowWhatWasSyncedIsDamage() throws Exception {
        fill();
        Path log = CopiedMedium.logs(files.resolve("group")).get(0);
        try (RandomAccessFile opened = new RandomAccessFile(log.toFile(), "rw")) {
            opened.setLength(opened.length() - 100);
        }
        refusedAsDamaged("was durable");
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        fill();
        Files.move(database().resolve("CURRENT"), files.resolve("aside"));
        refusedAsDamaged("CURRENT is missing");
        Files.move(files.resolve("aside"), database().resolve("CURRENT"));
        for (Path manifest : databaseFiles("").stream()
                .filter(file -> file.toString().contains("MANIFEST"))
                .toList()) {
            Files.delete(manifest);
        }
        refusedAsDamaged("MANIFEST");
    }

    @Test
    void aDamagedTableIsFoundWhenItIsRead() throws Exception {
        StoreSpec small = spec(new JsonObject().put("writeBufferBytes", 64 << 10));
        try (GroupStore store = provider.open(small)) {
            append(store, 60);
            store.log().sync();
        }
        // Opening writes what was only in the log to a table.
        provider.open(small).close();
        for (Path table : databaseFiles(".sst")) {
            for (long at = 500; at < Files.size(table) - 2_000; at += 5_000) {
                flip(table, at);
            }
        }
        assertThatThrownBy(() -> {
                    try (GroupStore store = provider.open(small)) {
                        LogModel.entriesOf(store.log(), random);
                    }
                })
                .isInstanceOf(StoreException.Damaged.class)
                .hasMessageContaining(database().toString());
    }

    @Test
    void aDatabaseOfAnotherProgramIsLeftAlone() throws Exception {
        fill();
        try (Stream<Path> all = Files.list(database())) {
            for (Path file : all.toList()) {
                Files.delete(file);
            }
        }
        try (org.rocksdb.Options options = new org.rocksdb.Options().setCreateIfMissing(true);
                RocksDB other = RocksDB.open(options, database().toString())) {
            other.put(new byte[] {1}, new byte[] {2});
        }
        assertThatThrownBy(() -> provider.open(spec()))
                .isInstanceOf(StoreException.Foreign.class)
                .hasMessageContaining(database().toString())
                .hasMessageContaining("another program");
        try (org.rocksdb.Options options = new org.rocksdb.Options();
                RocksDB other = RocksDB.open(options, database().toString())) {
            assertThat(other.get(new byte[] {1})).containsExactly(2);
        }
    }

    @Test
    void theStoresRefuseEachOthersDirectories() throws Exception {
        fill();
        assertThatThrownBy(() -> new MmapStoreProvider().open(spec()))
                .isInstanceOf(StoreException.Foreign.class)
                .hasMessageContaining("store type rocksdb");
        fill();
        StoreSpec plain =
                new StoreSpec(files.resolve("plain"), "group", "n0", SEGMENT_BYTES, LogBase.EMPTY, new JsonObject());
        new MmapStoreProvider().open(plain).close();
        assertThatThrownBy(() -> provider.open(plain))
                .isInstanceOf(StoreException.Foreign.class)
                .hasMessageContaining("store type mmap");
        new MmapStoreProvider().open(plain).close();
    }

    @Test
    void unknownAndImpossibleSettingsAreNamed() {
        assertThatThrownBy(() -> provider.open(spec(new JsonObject().put("writeBuffer", 1))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("writeBuffer")
                .hasMessageContaining("writeBufferBytes");
        assertThatThrownBy(() -> provider.open(spec(new JsonObject().put("writeBuffers", 1))))
                .hasMessageContaining("writeBuffers: must be from 2 to 16");
    }

    @Test
    void aFullDiskRefusesRecordsKeepsVotesAndContinuesWhenThereIsRoom() throws Exception {
        AtomicLong usable = new AtomicLong(1L << 40);
        RocksStoreProvider limited =
                new RocksStoreProvider(TestMemory.shared(), () -> {}, () -> new Disk.Space(usable.get(), 1L << 41));
        try (GroupStore store = limited.open(spec())) {
            append(store, 3);
            usable.set(1 << 20);
            assertThatThrownBy(() -> append(store, 10_000))
                    .isInstanceOf(StoreException.DiskFull.class)
                    .hasMessageContaining("no room");
            assertThat(store.log().lastIndex()).isEqualTo(model.lastIndex());
            HardState vote = new HardState(3, "n1", 1, true, HardState.Cause.FRESH, "", 0);
            store.hardState().save(vote);
            assertThat(store.hardState().load()).contains(vote);
            store.log().truncateSuffix(model.lastIndex());
            model.truncate(model.lastIndex());
            usable.set(1L << 40);
            append(store, 3);
            store.log().sync();
            model.check(store.log(), random);
        }
        try (GroupStore store = provider.open(spec())) {
            model.check(store.log(), random);
        }
    }

    @Test
    void retentionFreesDiskSpace() throws Exception {
        StoreSpec small = spec(new JsonObject().put("writeBufferBytes", 1 << 20).put("maxWalBytes", 2 << 20));
        try (GroupStore store = provider.open(small)) {
            while (store.log().segments().size() < 40) {
                append(store, 20);
                store.log().sync();
            }
            long before = bytes();
            long keep = store.log().segments().get(36).firstIndex();
            store.log().dropPrefix(keep);
            model.dropTo(store.log().base(), keep);
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (bytes() > before / 3 && System.nanoTime() < deadline) {
                // New records set compactions off that give the rest back.
                append(store, 10);
                store.log().sync();
            }
            assertThat(bytes()).as("bytes of the directory, %s before", before).isLessThan(before / 3);
            model.check(store.log(), random);
        }
    }

    private long bytes() throws IOException {
        try (Stream<Path> all = Files.list(database())) {
            return all.mapToLong(file -> file.toFile().length()).sum();
        }
    }
}
