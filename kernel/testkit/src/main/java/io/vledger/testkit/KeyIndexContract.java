package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every {@link KeyIndex} does. What needs a {@link SimDisk} is skipped for others. */
public abstract class KeyIndexContract extends StoreContract {
    /** For subclasses. */
    protected KeyIndexContract() {}

    private record Key(long hash, long position, long timestamp) {}

    @Test
    void randomHistoriesEqualTheModel() throws Exception {
        Seeds.run(seeds(60), this::randomHistory);
    }

    private void randomHistory(Random random) throws Exception {
        StoreMedium medium = medium();
        List<Key> model = new ArrayList<>();
        List<Key> saved = new ArrayList<>();
        byte[] mark = new byte[0];
        GroupStore store = medium.open();
        store.keys().rewind(mark);
        long position = 0;
        for (int step = 0; step < 100; step++) {
            KeyIndex index = store.keys();
            int what = random.nextInt(100);
            if (what < 55) {
                for (int i = random.nextInt(50); i >= 0; i--) {
                    Key key = new Key(hash(random), position, 1000 + position);
                    index.add(key.hash, key.position, key.timestamp);
                    model.add(key);
                    position += random.nextInt(100);
                }
            } else if (what < 70) {
                DerivedIndex.Flush flush = index.prepareFlush();
                List<Key> captured = List.copyOf(model);
                if (random.nextBoolean()) {
                    Key key = new Key(hash(random), position, 1000 + position);
                    index.add(key.hash, key.position, key.timestamp);
                    model.add(key);
                    check(index, model, random);
                }
                mark = flush.run();
                saved = captured;
            } else if (what < 75) {
                long before = position / 2 / SEGMENT_BYTES * SEGMENT_BYTES;
                index.dropBefore(before);
                model.removeIf(key -> key.position < before);
            } else if (what < 82) {
                medium.crash(random);
                store.close();
                store = medium.open();
                store.keys().rewind(mark);
                model = new ArrayList<>(saved);
                position = model.isEmpty() ? 0 : model.get(model.size() - 1).position + 1;
            } else {
                check(index, model, random);
            }
        }
        check(store.keys(), model, random);
        store.close();
    }

    private static long hash(Random random) {
        return random.nextInt(10) == 0 ? random.nextLong() : random.nextInt(8) - 4;
    }

    private static void check(KeyIndex index, List<Key> model, Random random) throws StoreException {
        for (long hash = -5; hash < 5; hash++) {
            int max = 1 + random.nextInt(40);
            List<Long> expected = new ArrayList<>();
            for (int i = model.size() - 1; i >= 0 && expected.size() < max; i--) {
                if (model.get(i).hash == hash) {
                    expected.add(model.get(i).position);
                }
            }
            assertThat(index.find(hash, TimeSpan.ALL, max))
                    .containsExactly(
                            expected.stream().mapToLong(Long::longValue).toArray());
        }
    }

    @Test
    void keysOfOtherTimesAreSkippedAndNoneOfTheSpanIs() throws Exception {
        try (GroupStore store = medium().open()) {
            store.keys().rewind(new byte[0]);
            for (int run = 0; run < 5; run++) {
                store.keys().add(1, run * 100L, 1000 + run);
                store.keys().prepareFlush().run();
            }
            assertThat(store.keys().find(1, new TimeSpan(1002, 1003), 10)).containsExactly(300, 200);
            assertThat(store.keys().find(1, new TimeSpan(2000, 3000), 10)).isEmpty();
            assertThat(store.keys().find(1, new TimeSpan(0, 1000), 10)).containsExactly(0);
        }
    }

    @Test
    void aSearchContinuesBelowAPosition() throws Exception {
        try (GroupStore store = medium().open()) {
            store.keys().rewind(new byte[0]);
            for (int i = 0; i < 30; i++) {
                store.keys().add(i % 2, i * 10L, 1000);
                if (i % 8 == 7) {
                    store.keys().prepareFlush().run();
                }
            }
            List<Long> found = new ArrayList<>();
            long before = Long.MAX_VALUE;
            for (int step = 0; step < 10; step++) {
                for (long position : store.keys().find(1, TimeSpan.ALL, before, 2)) {
                    found.add(position);
                    before = position;
                }
            }
            assertThat(found)
                    .containsExactly(
                            290L, 270L, 250L, 230L, 210L, 190L, 170L, 150L, 130L, 110L, 90L, 70L, 50L, 30L, 10L);
        }
    }

    @Test
    void damagedEntriesAreNotServed() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(30, random -> {
            SimDisk disk = new SimDisk();
            byte[] mark;
            try (GroupStore store = open(disk)) {
                store.keys().rewind(new byte[0]);
                for (int i = 0; i < 50; i++) {
                    store.keys().add(i % 5, i, 1000);
                }
                mark = store.keys().prepareFlush().run();
            }
            disk.processDeath();
            String file = disk.names().stream()
                    .filter(name -> name.startsWith("keys/"))
                    .findFirst()
                    .orElseThrow();
            long length;
            try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                length = opened.length();
            }
            disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
            try (GroupStore store = open(disk)) {
                assertThatThrownBy(() -> {
                            store.keys().rewind(mark);
                            store.keys().find(3, TimeSpan.ALL, 10);
                        })
                        .isInstanceOf(StoreException.Damaged.class)
                        .hasMessageContaining(file);
            }
        });
    }

    @Test
    void damagedKeysAreRebuiltWhileTheIndexIsInUse() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(40, random -> {
            SimDisk disk = new SimDisk();
            try (GroupStore store = open(disk)) {
                KeyIndex index = store.keys();
                index.rewind(new byte[0]);
                List<Key> model = new ArrayList<>();
                long position = 0;
                for (int round = 0; round < 6; round++) {
                    for (int i = 0; i < 150; i++) {
                        Key key = new Key(hash(random), position, 1000 + position);
                        index.add(key.hash, key.position, key.timestamp);
                        model.add(key);
                        position += random.nextInt(100);
                    }
                    index.prepareFlush().run();
                }
                check(index, model, random);
                List<DerivedIndex.DamagedPart> found = new ArrayList<>();
                index.onDamage(found::add);
                List<String> files = disk.names().stream()
                        .filter(name -> name.startsWith("keys/"))
                        .toList();
                String file = files.get(random.nextInt(files.size()));
                long length;
                try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                    length = opened.length();
                }
                disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
                try {
                    index.find(7, TimeSpan.ALL, Integer.MAX_VALUE);
                } catch (StoreException.Damaged e) {
                    assertThat(found).isNotEmpty();
                }
                for (DerivedIndex.DamagedPart part : found) {
                    rebuild(index, model, part.segment());
                }
                check(index, model, random);
            }
        });
    }

    @Test
    void damageThatReadersMeetIsRebuiltAndStaysRebuilt() throws Exception {
        int[] whileRunning = {0};
        Seeds.run(seeds(40), random -> {
            StoreMedium medium = medium();
            List<Key> model = new ArrayList<>();
            byte[] mark = {};
            try (GroupStore store = medium.open()) {
                store.keys().rewind(mark);
                for (int round = 0; round < 5; round++) {
                    for (int i = 0; i < 200; i++) {
                        addNext(store.keys(), model, random);
                    }
                    mark = store.keys().prepareFlush().run();
                }
            }
            medium.damage("keys", random);
            try (GroupStore store = medium.open()) {
                KeyIndex index = store.keys();
                List<DerivedIndex.DamagedPart> found = new ArrayList<>();
                index.onDamage(found::add);
                try {
                    index.rewind(mark);
                    whileRunning[0]++;
                } catch (StoreException.Damaged e) {
                    index.rewind(new byte[0]);
                    model.forEach(key -> index.add(key.hash, key.position, key.timestamp));
                }
                findAll(index, model);
                addNext(index, model, random);
                if (random.nextBoolean()) {
                    // A checkpoint in between, which a start may go back to or not.
                    index.prepareFlush().run();
                    addNext(index, model, random);
                }
                for (int i = 0; i < 10 && !found.isEmpty(); i++) {
                    List<DerivedIndex.DamagedPart> now = List.copyOf(found);
                    found.clear();
                    for (DerivedIndex.DamagedPart part : now) {
                        rebuild(index, model, part.segment());
                    }
                }
                check(index, model, random);
                findAll(index, model);
                assertThat(found).isEmpty();
                mark = index.prepareFlush().run();
            }
            medium.crash(random);
            try (GroupStore store = medium.open()) {
                store.keys().rewind(mark);
                check(store.keys(), model, random);
            }
        });
        if (Seeds.all()) {
            assertThat(whileRunning[0]).isPositive();
        }
    }

    private static void addNext(KeyIndex index, List<Key> model, Random random) {
        long position = model.isEmpty() ? 0 : model.get(model.size() - 1).position + 1 + random.nextInt(100);
        Key key = new Key(hash(random), position, 1000 + position);
        index.add(key.hash, key.position, key.timestamp);
        model.add(key);
    }

    /** Looks for every key; what is damaged throws. */
    private static void findAll(KeyIndex index, List<Key> model) {
        for (Key key : model) {
            try {
                assertThat(index.find(key.hash, TimeSpan.ALL, Integer.MAX_VALUE))
                        .contains(key.position);
            } catch (StoreException e) {
                assertThat(e).isInstanceOf(StoreException.Damaged.class);
            }
        }
    }

    private static void rebuild(KeyIndex index, List<Key> model, long segment) throws StoreException {
        DerivedIndex.Rebuild rebuild = index.rebuild(segment);
        if (rebuild == null) {
            return;
        }
        for (Key key : model) {
            if (key.position / SEGMENT_BYTES * SEGMENT_BYTES == segment) {
                rebuild.key(key.hash, key.position, key.timestamp);
            }
        }
        rebuild.write();
        rebuild.end(true);
    }
}
