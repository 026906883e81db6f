package io.vledger.importer.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.importer.OldStore;
import io.vledger.importer.inspect.OriginLocations;
import io.vledger.importer.inspect.Surveyor;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.LocalPlacementBuilder;
import io.vledger.importer.manifest.ManifestBuilder;
import io.vledger.importer.manifest.ManifestFiles;
import io.vledger.importer.manifest.OriginManifest;
import io.vledger.protocol.message.TagsCode;
import io.vledger.store.mmap.MmapStoreProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consume queues whose units are damaged before the take-over, and afterwards, while the group runs. */
class DamagedQueueTest {
    private static final int SEGMENT_BYTES = 1 << 20;
    private static final int UNIT_BYTES = 20;
    private static final int MESSAGES = 1_200;
    /** Some queue offsets: in the first chunk, in the middle of one, in the last. */
    private static final int[] VICTIMS = {0, 700, MESSAGES - 1};

    @TempDir
    Path directory;

    private final List<Runnable> background = new ArrayList<>();
    private final PeerCopies alone = new PeerCopies() {
        @Override
        public List<String> members() {
            return List.of();
        }

        @Override
        public void start(Runnable work) {
            background.add(work);
        }

        @Override
        public byte[] read(String member, long file, long from, int length) throws IOException {
            throw new IOException("there is no member " + member);
        }
    };

    @SuppressWarnings("NullAway.Init") // each test begins with write(...) and takeOver()
    private OldStore old;

    @SuppressWarnings("NullAway.Init") // each test begins with write(...) and takeOver()
    private OriginManifest manifest;

    @SuppressWarnings("NullAway.Init") // each test begins with write(...) and takeOver()
    private LocalPlacement placement;

    @SuppressWarnings("NullAway.Init") // each test begins with write(...) and takeOver()
    private GroupStore store;

    private record Unit(long position, int size, long tagsCode) {}

    private OriginLocations at() {
        return OriginLocations.of(
                "n0", Map.of("storePathRootDir", directory.resolve("old").toString(), "dLegerSelfId", "n0"));
    }

    private Path origin() {
        return directory.resolve("origin");
    }

    private void write(boolean dledger) throws IOException {
        Path root = directory.resolve("old");
        old = (dledger ? OldStore.dledger(root, "n0") : OldStore.classic(root, 0)).configs();
        for (int i = 0; i < MESSAGES; i++) {
            old.add("T", 0, "m" + i, Map.of("TAGS", "tag" + i % 3));
            if (i % 5 == 0) {
                old.add("U", 0, "u" + i);
            }
        }
        old.consumeQueues();
    }

    private void takeOver() throws IOException {
        Surveyor surveyor = new Surveyor(at(), -1);
        manifest = new ManifestBuilder("g", "n0", at(), SEGMENT_BYTES, text -> {})
                .build(surveyor.survey(), Map.of(), ManifestBuilder.KnownDigests.NONE);
        Map<Long, Path> log = new HashMap<>();
        manifest.files().forEach(file -> log.put(file.position(), old.file(file.position())));
        placement = new LocalPlacementBuilder(manifest, at(), origin(), text -> {})
                .build(log, List.of(), surveyor.checksums());
        assertThat(placement.verifiable()).isTrue();
        new ManifestFiles(origin()).keep(ManifestFiles.encode(manifest), placement);
        assertThat(new ManifestFiles(origin()).placement()).isEqualTo(placement);
        assertThat(new LocalPlacementBuilder(manifest, at(), directory.resolve("other"), text -> {})
                        .build(log, List.of(), null).queues().values().stream()
                                .flatMap(List::stream)
                                .map(LocalPlacement.Units::checksums))
                .as("a log that is read again says the same of its queues")
                .containsExactlyInAnyOrderElementsOf(placement.queues().values().stream()
                        .flatMap(List::stream)
                        .map(LocalPlacement.Units::checksums)
                        .toList());
    }

    private void open() throws StoreException {
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
        store = new ContinuedStore(manifest, placement, origin(), new OriginSettings(0, ""), alone, own, 1);
    }

    @AfterEach
    void close() throws StoreException {
        if (store != null) {
            store.close();
        }
    }

    private QueueLog queue() {
        return store.queues().queue(queueOf("T").key());
    }

    private OriginManifest.Queue queueOf(String topic) {
        return manifest.queues().stream()
                .filter(queue -> queue.topic().equals(topic))
                .findFirst()
                .orElseThrow();
    }

    private List<Unit> units(long from) throws StoreException {
        List<Unit> units = new ArrayList<>();
        QueueLog queue = queue();
        for (long next = from; next < queue.maxOffset(); ) {
            long expected = next;
            next += queue.read(next, 300, (at, position, size, tagsCode) -> {
                assertThat(at).isEqualTo(expected + units.size() - (int) (expected - from));
                units.add(new Unit(position, size, tagsCode));
                return true;
            });
        }
        return units;
    }

    private void run() {
        List<Runnable> now = List.copyOf(background);
        background.clear();
        now.forEach(Runnable::run);
    }

    /** Flips a bit in the tags code of a unit of T, which nothing but a checksum can tell. */
    private void damage(long queueOffset) throws IOException {
        LocalPlacement.Units run = requireNonNull(
                        placement.queues().get(queueOf("T").key()))
                .stream()
                .filter(each -> queueOffset >= each.from() && queueOffset < each.to())
                .findFirst()
                .orElseThrow();
        OldStore.flip(run.file(), (queueOffset - run.first()) * UNIT_BYTES + UNIT_BYTES - 1);
    }

    private void assertRight(List<Unit> units) {
        assertThat(units).hasSize(MESSAGES);
        for (int i = 0; i < MESSAGES; i++) {
            assertThat(units.get(i).tagsCode()).as("queue offset " + i).isEqualTo(TagsCode.of("tag" + i % 3));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aUnitThatIsDamagedWhileTheGroupRunsIsRefusedAndThenRebuiltFromTheLog(boolean dledger) throws Exception {
        write(dledger);
        takeOver();
        assertThat(placement.queues().get(queueOf("T").key()))
                .allMatch(run -> run.file().startsWith(directory.resolve("old")));
        open();
        List<Unit> intact = units(0);
        assertRight(intact);
        for (int victim : VICTIMS) {
            damage(victim);
            assertThatThrownBy(() -> queue().read(victim, 32, (at, position, size, tagsCode) -> true))
                    .isInstanceOf(StoreException.Damaged.class)
                    .hasMessageContaining("do not match their checksum");
            assertThat(store.originFiles().damage().now()).hasSize(1);
            assertThat(background).as("one at a time").hasSize(1);
            run();
            assertThat(units(0)).isEqualTo(intact);
            assertThat(store.originFiles().damage().now()).isEmpty();
        }
        assertThat(store.originFiles().damage().found()).isEqualTo(VICTIMS.length);
        assertThat(store.originFiles().damage().repaired()).isEqualTo(VICTIMS.length);

        store.close();
        open();
        assertThat(units(0)).as("after a restart").isEqualTo(intact);
        assertThat(background).isEmpty();
        try (Stream<Path> rebuilt = Files.list(origin().resolve("queues"))) {
            for (Path file : rebuilt.toList()) {
                OldStore.flip(file, 7);
            }
        }
        assertThatThrownBy(() -> units(0))
                .as("what was rebuilt rots as well")
                .isInstanceOf(StoreException.Damaged.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aQueueWhoseFilesAreGoneIsRebuiltFromTheLog(boolean dledger) throws Exception {
        write(dledger);
        takeOver();
        open();
        List<Unit> intact = units(0);
        store.close();
        for (LocalPlacement.Units run :
                requireNonNull(placement.queues().get(queueOf("T").key()))) {
            Files.delete(run.file());
        }
        open();
        assertThatThrownBy(() -> units(0)).isInstanceOf(StoreException.Damaged.class);
        run();
        assertThat(units(0)).isEqualTo(intact);
    }

    @Test
    void theUnitsBeforeADamagedOneAreReadFirst() throws Exception {
        write(false);
        takeOver();
        open();
        damage(720);
        List<Long> seen = new ArrayList<>();
        queue().read(0, MESSAGES, (at, position, size, tagsCode) -> seen.add(at));
        assertThat(seen).as("those of earlier files").hasSize(700);
    }

    @Test
    void aDamagedStretchIsRebuiltAlsoWhenItsFirstMessagesHaveExpired() throws Exception {
        write(false);
        takeOver();
        open();
        List<Unit> intact = units(0);
        store.originFiles().dropFirst(manifest.files().size() / 8);
        long min = queue().minOffset();
        assertThat(min).isBetween(1L, 511L);
        damage(min + 1);
        assertThatThrownBy(() -> units(min)).isInstanceOf(StoreException.Damaged.class);
        run();
        assertThat(units(min)).isEqualTo(intact.subList((int) min, MESSAGES));
    }

    @Test
    void messagesThatAreDamagedThemselvesAreNotTakenIntoAQueueAndItIsTriedAgainLater() throws Exception {
        write(false);
        takeOver();
        open();
        long position = units(0).get(3).position();
        damage(3);
        Path file = old.file(position);
        byte[] intact = Files.readAllBytes(file);
        OldStore.flip(file, position % OldStore.FILE_BYTES + 90);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> units(0)).isInstanceOf(StoreException.Damaged.class);
            assertThat(background).as("not again at once").hasSize(1 - i);
            run();
        }
        Files.write(file, intact);
        store.close();
        open();
        assertThatThrownBy(() -> units(0)).isInstanceOf(StoreException.Damaged.class);
        run();
        assertRight(units(0));
    }

    @Test
    void aUnitThatWasDamagedBeforeTheTakeOverIsRebuiltThen() throws Exception {
        write(false);
        Path queueFile =
                directory.resolve("old/consumequeue/T/0/" + String.format("%020d", 700 / 50 * 50 * UNIT_BYTES));
        OldStore.flip(queueFile, 700 % 50 * UNIT_BYTES + UNIT_BYTES - 1);
        assertThat(new Surveyor(at(), -1).survey().notes())
                .anyMatch(note -> note.contains("consumequeue/T/0 has units that are not what the log says"))
                .noneMatch(note -> note.contains("consumequeue/U/0"));
        takeOver();
        open();
        assertRight(units(0));
        List<LocalPlacement.Units> runs = placement.queues().get(queueOf("T").key());
        assertThat(requireNonNull(runs).get(requireNonNull(runs).size() - 2).to())
                .as("what lies before is used as it is")
                .isEqualTo(700);
    }
}
