package io.vledger.importer.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.OriginFiles.OriginFile;
import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.api.store.TimeSpan;
import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.LocalPlacementBuilder;
import io.vledger.importer.manifest.ManifestBuilder;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.store.mmap.MmapStoreProvider;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContinuedStoreTest {
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int MESSAGES = 60;

    @TempDir
    Path directory;

    private Path root;
    private Path origin;
    private OriginManifest manifest;
    private LocalPlacement placement;
    private GroupStore store;
    private PeerCopies peers = PeerCopies.NONE;
    private long nowMs = 1_000_000;

    @BeforeEach
    void open() throws Exception {
        root = directory.resolve("old");
        origin = directory.resolve("origin");
        OldStore old = OldStore.classic(root, 2 * OldStore.FILE_BYTES).configs();
        for (int i = 0; i < MESSAGES; i++) {
            old.add("T", i % 2, "m" + i + "-" + "x".repeat(200));
        }
        old.tear("half a message");
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root.toString()));
        manifest = new ManifestBuilder("g", "n0", at, SEGMENT_BYTES, text -> {})
                .build(new Surveyor(at, -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        placement = new LocalPlacementBuilder(manifest, at, origin, text -> {}).build(log, List.of(keyFile()), null);
        store = opened();
    }

    @AfterEach
    void close() throws StoreException {
        store.close();
    }

    private GroupStore opened() throws StoreException {
        return opened(0);
    }

    private GroupStore opened(long indexSlots) throws StoreException {
        GroupStore own = new MmapStoreProvider()
                .open(new StoreSpec(
                        directory.resolve("own"),
                        "g",
                        "n0",
                        SEGMENT_BYTES,
                        new LogBase(0, 0, manifest.position()),
                        new JsonObject()));
        own.queues().rewind(new byte[0]);
        own.keys().rewind(new byte[0]);
        return new ContinuedStore(manifest, placement, origin, new OriginSettings(indexSlots, ""), peers, own, nowMs);
    }

    /** An index file of RocketMQ with eight slots and one key, that of the messages 3 and 5, and an entry that leads in a circle. */
    private Path keyFile() throws IOException {
        int slots = 8;
        Path file = Files.createDirectories(root.resolve("index")).resolve("20260101000000000");
        int hash = "T#key".hashCode();
        assertThat(hash).as("its absolute value is itself").isPositive();
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(40 + slots * 4L + slots * 4L * 20);
            out.writeLong(1_000);
            out.writeLong(9_000);
            out.writeLong(manifest.begin());
            out.writeLong(manifest.end() - 1);
            out.writeInt(1);
            out.writeInt(4);
            out.seek(40 + hash % slots * 4L);
            out.writeInt(2);
            entry(out, slots, 1, hash, manifest.begin() + 300, 1, 2);
            entry(out, slots, 2, hash, manifest.begin() + 500, 3, 1);
        }
        return file;
    }

    private static void entry(
            RandomAccessFile out, int slots, int number, int hash, long position, int seconds, int previous)
            throws IOException {
        out.seek(40 + slots * 4L + number * 20L);
        out.writeInt(hash);
        out.writeLong(position);
        out.writeInt(seconds);
        out.writeInt(previous);
    }

    private byte[] read(long position, int length) throws StoreException {
        ByteBuf target = Unpooled.buffer();
        store.log().read(position, length, target);
        byte[] bytes = new byte[target.readableBytes()];
        target.readBytes(bytes);
        return bytes;
    }

    private Map<Long, Long> units(QueueLog queue, long from, int max) throws StoreException {
        Map<Long, Long> units = new TreeMap<>();
        queue.read(from, max, (at, position, size, tagsCode) -> {
            units.put(at, position);
            return true;
        });
        return units;
    }

    @Test
    void bytesAreReadAcrossFilesAsTheyLie() throws Exception {
        assertThat(manifest.files()).hasSizeGreaterThan(3);
        int length = (int) (manifest.end() - manifest.begin());
        byte[] all = new byte[length];
        for (OriginManifest.File file : manifest.files()) {
            byte[] bytes = Files.readAllBytes(placement.log().get(file.position()));
            int from = (int) (file.position() - manifest.begin());
            System.arraycopy(bytes, 0, all, from, Math.min(bytes.length, length - from));
        }
        assertThat(read(manifest.begin(), length)).isEqualTo(all);
        assertThat(store.log().firstPosition()).isEqualTo(manifest.begin());
    }

    @Test
    void anOldMessageThatRottedIsNotReadAndTheOthersAre() throws Exception {
        QueueLog queue = store.queues().queue(manifest.queues().get(0).key());
        Map<Long, Long> sizes = new TreeMap<>();
        queue.read(0, 1_000, (at, position, size, tagsCode) -> {
            sizes.put(position, (long) size);
            return true;
        });
        long victim = new ArrayList<>(sizes.keySet()).get(7);
        OriginManifest.File file = manifest.files().stream()
                .filter(each -> each.position() <= victim)
                .reduce((first, second) -> second)
                .orElseThrow();
        try (RandomAccessFile bytes = new RandomAccessFile(
                requireNonNull(placement.log().get(file.position())).toFile(), "rw")) {
            bytes.seek(victim - file.position() + 150);
            int body = bytes.read();
            bytes.seek(victim - file.position() + 150);
            bytes.write(body ^ 4);
        }
        for (Map.Entry<Long, Long> message : sizes.entrySet()) {
            int size = message.getValue().intValue();
            if (message.getKey() == victim) {
                // Whole, only its head as a search by time reads it, and behind an intact one.
                for (int length : new int[] {size, 68, 8}) {
                    assertThatThrownBy(() -> read(victim, length))
                            .isInstanceOf(StoreException.Damaged.class)
                            .hasMessageContaining("position " + victim)
                            .hasMessageContaining("checksum");
                }
            } else {
                assertThat(read(message.getKey(), size)).hasSize(size);
            }
        }
        assertThat(store.originFiles().damage().found())
                .as("however often it is met")
                .isEqualTo(1);
        assertThat(store.originFiles().damage().now())
                .singleElement()
                .asString()
                .contains(placement.log().get(file.position()) + ": position " + victim + ": ", "checksum");
        long first = manifest.begin();
        assertThatThrownBy(() -> read(first, (int) (victim + 100 - first))).isInstanceOf(StoreException.Damaged.class);
        assertThat(read(first, (int) (victim - first))).hasSize((int) (victim - first));
        assertThatThrownBy(() -> read(first + 8, 8))
                .as("no message begins there")
                .isInstanceOf(StoreException.Damaged.class);
        assertThat(store.originFiles().damage().now())
                .as("a position that no message has is no damage")
                .hasSize(1);
    }

    /** Other members, asked when the test says so. */
    private static final class Copies implements PeerCopies {
        private final Map<String, Map<Long, byte[]>> filesByMember = new TreeMap<>();
        private final List<String> asked = new ArrayList<>();
        private final List<Runnable> waiting = new ArrayList<>();

        @Override
        public List<String> members() {
            return List.copyOf(filesByMember.keySet());
        }

        @Override
        public void start(Runnable work) {
            waiting.add(work);
        }

        @Override
        public byte[] read(String member, long file, long from, int length) throws IOException {
            asked.add(member);
            byte[] bytes = requireNonNull(filesByMember.get(member)).get(file);
            if (bytes == null) {
                throw new IOException("it expired");
            }
            return Arrays.copyOfRange(bytes, (int) from, (int) Math.min(bytes.length, from + length));
        }

        void run() {
            List<Runnable> now = List.copyOf(waiting);
            waiting.clear();
            now.forEach(Runnable::run);
        }
    }

    @Test
    void aDamagedOldMessageIsReadFromACopyThatAnotherMemberGaveAndStaysSoAfterARestart() throws Exception {
        Copies copies = new Copies();
        store.close();
        peers = copies;
        store = opened();
        Map<Long, Integer> sizes = new TreeMap<>();
        store.queues().queue(manifest.queues().get(0).key()).read(0, 1_000, (at, position, size, tagsCode) -> {
            sizes.put(position, size);
            return true;
        });
        List<Long> positions = new ArrayList<>(sizes.keySet());
        long victim = positions.get(7);
        int size = requireNonNull(sizes.get(victim));
        byte[] message = read(victim, size);
        Path path = placement.log().get(fileOf(victim));
        byte[] intact = Files.readAllBytes(path);
        int at = (int) (victim - fileOf(victim));
        byte[] rotten = intact.clone();
        // Its size, position and body: nothing of it can be believed, and the one before it ends there.
        rotten[at + 2] ^= 1;
        rotten[at + 150] ^= 4;
        Files.write(path, rotten);
        byte[] alsoRotten = intact.clone();
        alsoRotten[at + 160] ^= 8;
        copies.filesByMember.put("n1", Map.of());
        copies.filesByMember.put("n2", Map.of(fileOf(victim), alsoRotten));

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> read(victim, size)).isInstanceOf(StoreException.Damaged.class);
        }
        assertThat(copies.waiting).as("one at a time, however many meet it").hasSize(1);
        copies.run();
        assertThat(copies.asked).contains("n1", "n2");
        assertThatThrownBy(() -> read(victim, size)).isInstanceOf(StoreException.Damaged.class);
        assertThat(copies.waiting).as("nobody had it: not asked again at once").isEmpty();
        assertThat(store.originFiles().damage().now()).hasSize(1);

        copies.filesByMember.put("n2", Map.of(fileOf(victim), intact));
        store.close();
        store = opened();
        assertThatThrownBy(() -> read(victim, size)).isInstanceOf(StoreException.Damaged.class);
        copies.run();
        assertThat(store.originFiles().damage()).isEqualTo(new OriginFiles.Damage(1, 1, List.of()));
        for (int i = 0; i < 2; i++) {
            assertThat(read(victim, size)).isEqualTo(message);
            assertThat(read(victim, 68)).isEqualTo(Arrays.copyOf(message, 68));
            long before = positions.get(6);
            int length = (int) (victim - before) + size;
            assertThat(Arrays.copyOfRange(read(before, length), length - size, length))
                    .as("read together with those before it")
                    .isEqualTo(message);
            assertThat(copies.waiting).isEmpty();
            store.close();
            peers = PeerCopies.NONE;
            store = opened();
        }
        assertThat(Files.readAllBytes(path)).as("the old broker's file").isEqualTo(rotten);
        aCopyThatRotsIsNoBetterThanTheFile(victim, size);
    }

    private void aCopyThatRotsIsNoBetterThanTheFile(long victim, int size) throws Exception {
        Path copy = origin.resolve(String.format("repaired-%020d", victim));
        byte[] rottenCopy = Files.readAllBytes(copy);
        rottenCopy[150] ^= 1;
        Files.write(copy, rottenCopy);
        assertThatThrownBy(() -> read(victim, size)).isInstanceOf(StoreException.Damaged.class);
        store.originFiles().dropFirst(store.originFiles().files().size() - 1);
        assertThat(copy).as("it expires with its file").doesNotExist();
    }

    private long fileOf(long position) {
        return manifest.files().stream()
                .mapToLong(OriginManifest.File::position)
                .filter(each -> each <= position)
                .max()
                .orElseThrow();
    }

    @Test
    void behindTheOldEndAreZerosWhateverAKillLeftThere() throws Exception {
        assertThat(read(manifest.end(), 64)).containsOnly(0);
        assertThat(read(manifest.position() - 8, 8)).containsOnly(0);
        assertThatThrownBy(() -> read(manifest.begin() - 8, 8)).isInstanceOf(StoreException.OutOfRange.class);
    }

    @Test
    void aQueueContinuesBehindItsOldUnits() throws Exception {
        long key = manifest.queues().get(0).key();
        QueueLog queue = store.queues().queue(key);
        assertThat(queue.minOffset()).isZero();
        assertThat(queue.maxOffset()).isEqualTo(MESSAGES / 2);
        assertThatThrownBy(() -> queue.append(3, manifest.position(), 100, 0))
                .hasMessageContaining("belongs to the old log");
        queue.append(MESSAGES / 2, manifest.position(), 100, 7);
        queue.append(MESSAGES / 2 + 1, manifest.position() + 100, 100, 7);
        assertThat(queue.maxOffset()).isEqualTo(MESSAGES / 2 + 2);
        Map<Long, Long> all = units(queue, 0, 1_000);
        assertThat(all).hasSize(MESSAGES / 2 + 2).containsEntry((long) MESSAGES / 2, manifest.position());
        assertThat(units(queue, MESSAGES / 2 - 1, 2)).hasSize(2).containsKey((long) MESSAGES / 2);
        List<Long> some = new ArrayList<>();
        int visited = queue.read(0, 1_000, (at, position, size, tagsCode) -> {
            some.add(at);
            return some.size() < 4;
        });
        assertThat(visited).isEqualTo(4);
        assertThat(some).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void aQueueOfATopicThatIsGoneIsNotFoundAgain() {
        long key = manifest.queues().get(0).key();
        store.queues().remove(key);
        assertThat(store.queues().queue(key).maxOffset()).isZero();
    }

    @Test
    void whatExpiresIsGoneForReadersAndFromTheDisk() throws Exception {
        QueueLog queue = store.queues().queue(manifest.queues().get(0).key());
        List<OriginFile> files = store.originFiles().files();
        assertThat(files).hasSameSizeAs(manifest.files());
        store.originFiles().dropFirst(2);
        long first = files.get(2).position();
        assertThat(store.log().firstPosition()).isEqualTo(first);
        assertThat(store.originFiles().files()).isEqualTo(files.subList(2, files.size()));
        assertThat(placement.log().get(files.get(0).position())).doesNotExist();
        assertThat(queue.minOffset()).isPositive();
        assertThat(units(queue, queue.minOffset(), 1).values()).allMatch(position -> position >= first);
        assertThatThrownBy(() -> read(files.get(1).position(), 8)).isInstanceOf(StoreException.OutOfRange.class);

        store.originFiles().dropFirst(files.size() - 3);
        assertThat(store.originFiles().files()).isEqualTo(files.subList(files.size() - 1, files.size()));
        assertThat(store.log().firstPosition())
                .isEqualTo(files.get(files.size() - 1).position());
        queue.append(MESSAGES / 2, manifest.position(), 100, 7);
        assertThat(queue.maxOffset()).isEqualTo(MESSAGES / 2 + 1);
    }

    @Test
    void theNewestFileOfTheLogOfEachQueueAndOfTheIndexIsNeverDeleted() throws Exception {
        List<OriginFile> files = store.originFiles().files();
        assertThatThrownBy(() -> store.originFiles().dropFirst(files.size())).hasMessageContaining("the newest stays");
        assertThat(store.originFiles().files()).isEqualTo(files);
        store.originFiles().dropFirst(files.size() - 1);
        assertThat(placement.log().get(files.get(files.size() - 1).position())).exists();
        placement.queues().values().forEach(runs -> assertThat(
                        runs.get(runs.size() - 1).file())
                .exists());
        assertThat(placement.keyFiles().get(placement.keyFiles().size() - 1)).exists();
        store.close();
        store = opened();
        assertThat(store.originFiles().files()).isEqualTo(files.subList(files.size() - 1, files.size()));
        assertThat(placement.log().get(files.get(files.size() - 1).position())).exists();
    }

    @Test
    void aPositionThatAPeerNamedAsItsFirstDeletesNothing() throws Exception {
        store.close();
        FirstPosition.note(origin, manifest.end());
        store = opened();
        assertThat(placement.log().values()).allMatch(Files::exists);
        placement.queues().values().forEach(runs -> assertThat(runs).allMatch(run -> Files.exists(run.file())));
    }

    @Test
    void theTimeOfTheTakeOverIsThatOfTheFirstStart() throws Exception {
        long first = nowMs;
        assertThat(store.originFiles().takenOverMs()).isEqualTo(first);
        store.close();
        nowMs += 1_000_000;
        store = opened();
        assertThat(store.originFiles().takenOverMs()).isEqualTo(first);
        assertThat(store.originFiles().otherDisk()).as("it is the group's own").isNull();
    }

    @Test
    void ageIsThatOfMessagesAndNotOfFiles() throws Exception {
        FileTime fiveDaysAgo = FileTime.fromMillis(System.currentTimeMillis() - 5 * 86_400_000L);
        for (Path file : placement.log().values()) {
            Files.setLastModifiedTime(file, fiveDaysAgo);
        }
        OriginLocations at = OriginLocations.of("n0", Map.of("storePathRootDir", root.toString()));
        OriginManifest again = new ManifestBuilder("g", "n0", at, SEGMENT_BYTES, text -> {})
                .build(new Surveyor(at, -1).survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        assertThat(again.files()).hasSizeGreaterThan(3);
        assertThat(again.files()).extracting(OriginManifest.File::lastStoredMs).containsOnly(OldStore.STORED_MS);
    }

    @Test
    void whatLiesBeforeAGapCannotBeReadAndStaysOnTheDisk() throws Exception {
        QueueLog queue = store.queues().queue(manifest.queues().get(0).key());
        store.log().reset(new LogBase(100, 1, manifest.position() + SEGMENT_BYTES));
        assertThat(store.log().firstPosition()).isEqualTo(manifest.position() + SEGMENT_BYTES);
        assertThat(queue.minOffset()).isEqualTo(MESSAGES / 2);
        assertThatThrownBy(() -> read(manifest.begin(), 8)).isInstanceOf(StoreException.OutOfRange.class);
        assertThat(placement.log().values()).allMatch(Files::exists);
        store.close();
        store = opened();
        assertThat(store.log().firstPosition()).isEqualTo(manifest.position() + SEGMENT_BYTES);
        assertThat(placement.log().values()).allMatch(Files::exists);
    }

    @Test
    void whatWasNotedAndNotDeletedIsDeletedByTheNextOpening() throws Exception {
        Path file = placement.log().get(manifest.begin());
        byte[] bytes = Files.readAllBytes(file);
        store.originFiles().dropFirst(1);
        store.close();
        Files.write(file, bytes);
        store = opened();
        assertThat(file).doesNotExist();
        assertThat(store.log().firstPosition()).isEqualTo(manifest.begin() + OldStore.FILE_BYTES);
        assertThat(store.queues().queue(manifest.queues().get(0).key()).minOffset())
                .isPositive();
    }

    @Test
    void keysAreFoundNewestFirstAndACircleEnds() throws Exception {
        long early = manifest.begin() + 300;
        long late = manifest.begin() + 500;
        assertThat(store.keys().findInOrigin("T", "key", TimeSpan.ALL, 32)).containsExactly(late, early);
        assertThat(store.keys().findInOrigin("T", "key", TimeSpan.ALL, 1)).containsExactly(late);
        assertThat(store.keys().findInOrigin("T", "key", new TimeSpan(0, 2_500), 32))
                .containsExactly(early);
        assertThat(store.keys().findInOrigin("T", "other", TimeSpan.ALL, 32)).isEmpty();
        store.originFiles().dropFirst(1);
        assertThat(store.keys().findInOrigin("T", "key", TimeSpan.ALL, 32)).isEmpty();
    }

    @Test
    void anIndexFileOfAnotherShapeIsReadByTheSlotsItWasConfiguredWith() throws Exception {
        try (RandomAccessFile file =
                new RandomAccessFile(placement.keyFiles().get(0).toFile(), "rw")) {
            file.setLength(file.length() + 3 * 20);
        }
        assertThat(store.keys().findInOrigin("T", "key", TimeSpan.ALL, 32)).isEmpty();
        store.close();
        store = opened(8);
        assertThat(store.keys().findInOrigin("T", "key", TimeSpan.ALL, 32)).hasSize(2);
    }

    @Test
    void whoReadsWhileItClosesReceivesAnError() throws Exception {
        store.close();
        assertThatThrownBy(() -> read(manifest.begin(), 8)).isInstanceOf(StoreException.class);
        store = opened();
    }
}
