package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What every {@link QueueIndex} does. What needs a {@link SimDisk} is skipped for others. */
public abstract class QueueIndexContract extends StoreContract {
    /** For subclasses. */
    protected QueueIndexContract() {}

    private record Unit(long queueOffset, long position, int size, long tagsCode) {}

    /** Queues as lists, and what they were at the last checkpoint. */
    private static final class Model {
        Map<Long, List<Unit>> queues = new TreeMap<>();
        Map<Long, Long> next = new TreeMap<>();
        long position;

        Model copy() {
            Model copy = new Model();
            queues.forEach((key, units) -> copy.queues.put(key, new ArrayList<>(units)));
            copy.next.putAll(next);
            copy.position = position;
            return copy;
        }

        void append(QueueIndex index, Random random, long key) {
            long first = random.nextInt(4) == 0 ? random.nextInt(1000) : 0;
            long queueOffset = next.getOrDefault(key, first);
            Unit unit = new Unit(queueOffset, position, random.nextInt(), random.nextLong());
            index.queue(key).append(unit.queueOffset, unit.position, unit.size, unit.tagsCode);
            queues.computeIfAbsent(key, k -> new ArrayList<>()).add(unit);
            next.put(key, queueOffset + 1);
            position += 1 + random.nextInt(60);
        }

        void dropBefore(long before) {
            queues.values().forEach(units -> units.removeIf(unit -> unit.position < before));
        }

        void check(QueueIndex index, Random random) throws StoreException {
            for (Map.Entry<Long, Long> entry : next.entrySet()) {
                List<Unit> units = queues.getOrDefault(entry.getKey(), List.of());
                QueueLog queue = index.queue(entry.getKey());
                assertThat(queue.maxOffset()).as("max of %s", entry.getKey()).isEqualTo(entry.getValue());
                long min = units.isEmpty() ? entry.getValue() : units.get(0).queueOffset;
                assertThat(queue.minOffset()).as("min of %s", entry.getKey()).isEqualTo(min);
                int skip = random.nextInt(units.size() + 1);
                int most = 1 + random.nextInt(units.size() + 1);
                List<Unit> read = new ArrayList<>();
                int visited = queue.read(min + skip, most, (queueOffset, position, size, tagsCode) -> {
                    read.add(new Unit(queueOffset, position, size, tagsCode));
                    return true;
                });
                assertThat(read).isEqualTo(units.subList(skip, Math.min(units.size(), skip + most)));
                assertThat(visited).isEqualTo(read.size());
                assertThat(queue.read(min - 1, 1, (o, p, s, t) -> true)).isZero();
                assertThat(queue.read(entry.getValue(), 1, (o, p, s, t) -> true))
                        .isZero();
            }
        }
    }

    @Test
    void randomHistoriesEqualTheModel() throws Exception {
        Seeds.run(seeds(60), this::randomHistory);
    }

    private void randomHistory(Random random) throws Exception {
        StoreMedium medium = medium();
        Model model = new Model();
        Model saved = model.copy();
        byte[] mark = new byte[0];
        GroupStore store = medium.open();
        store.queues().rewind(mark);
        for (int step = 0; step < 150; step++) {
            QueueIndex index = store.queues();
            int what = random.nextInt(100);
            if (what < 60) {
                for (int i = random.nextInt(40); i >= 0; i--) {
                    model.append(index, random, random.nextInt(6));
                }
            } else if (what < 75) {
                DerivedIndex.Flush flush = index.prepareFlush();
                Model captured = model.copy();
                if (random.nextBoolean()) {
                    model.append(index, random, random.nextInt(6));
                    model.check(index, random);
                }
                mark = flush.run();
                saved = captured;
            } else if (what < 80) {
                long before = model.position / 2 / SEGMENT_BYTES * SEGMENT_BYTES;
                index.dropBefore(before);
                model.dropBefore(before);
            } else if (what < 83) {
                long key = random.nextInt(6);
                index.remove(key);
                model.queues.remove(key);
                model.next.remove(key);
                // A number is given once: this history ends here.
                randomHistoryAfterRemoval(store, medium, key, model, random);
                return;
            } else if (what < 90) {
                medium.crash(random);
                store.close();
                store = medium.open();
                store.queues().rewind(mark);
                model = saved.copy();
                model.check(store.queues(), random);
            } else {
                model.check(index, random);
            }
        }
        model.check(store.queues(), random);
        store.close();
    }

    private void randomHistoryAfterRemoval(GroupStore store, StoreMedium medium, long key, Model model, Random random)
            throws StoreException {
        byte[] mark = store.queues().prepareFlush().run();
        model.check(store.queues(), random);
        medium.crash(random);
        store.close();
        try (GroupStore again = medium.open()) {
            again.queues().rewind(mark);
            model.check(again.queues(), random);
            assertThat(again.queues().queue(key).maxOffset()).as("removed").isZero();
        }
    }

    @Test
    void aVisitorStopsTheReading() throws Exception {
        try (GroupStore store = medium().open()) {
            store.queues().rewind(new byte[0]);
            Model model = new Model();
            Random random = new Random(1);
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 5; i++) {
                    model.append(store.queues(), random, 1);
                }
                store.queues().prepareFlush().run();
            }
            long min = store.queues().queue(1).minOffset();
            for (int stop = 1; stop <= 15; stop++) {
                long last = min + stop - 1;
                assertThat(store.queues().queue(1).read(min, 100, (offset, p, s, t) -> offset < last))
                        .isEqualTo(stop);
            }
        }
    }

    @Test
    void unitsAreDense() throws Exception {
        try (GroupStore store = medium().open()) {
            QueueLog queue = store.queues().queue(1);
            queue.append(7, 0, 1, 0);
            assertThatThrownBy(() -> queue.append(9, 8, 1, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> queue.append(7, 8, 1, 0)).isInstanceOf(IllegalArgumentException.class);
            queue.append(8, 8, 1, 0);
            assertThat(queue.minOffset()).isEqualTo(7);
            assertThat(queue.maxOffset()).isEqualTo(9);
        }
    }

    @Test
    void anEmptiedQueueContinuesWhereItWas() throws Exception {
        StoreMedium medium = medium();
        byte[] mark;
        try (GroupStore store = medium.open()) {
            store.queues().rewind(new byte[0]);
            store.queues().queue(1).append(0, 0, 1, 0);
            store.queues().queue(1).append(1, 8, 1, 0);
            store.queues().prepareFlush().run();
            store.queues().dropBefore(SEGMENT_BYTES);
            assertThat(store.queues().queue(1).minOffset()).isEqualTo(2);
            store.queues().prepareFlush().run();
            mark = store.queues().prepareFlush().run();
        }
        medium.crash(new Random(1));
        try (GroupStore store = medium.open()) {
            store.queues().rewind(mark);
            assertThat(store.queues().queue(1).minOffset()).isEqualTo(2);
            assertThat(store.queues().queue(1).maxOffset()).isEqualTo(2);
            store.queues().queue(1).append(2, SEGMENT_BYTES, 1, 0);
        }
    }

    @Test
    void retentionFreesTheFilesOfUnits() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        try (GroupStore store = open(disk)) {
            store.queues().rewind(new byte[0]);
            store.queues().queue(1).append(0, 0, 1, 0);
            store.queues().prepareFlush().run();
            assertThat(disk.list("queues")).isNotEmpty();
            store.queues().dropBefore(SEGMENT_BYTES);
            store.queues().prepareFlush().run();
            store.queues().prepareFlush().run();
            assertThat(disk.list("queues")).isEmpty();
        }
    }

    @Test
    void aFlushThatFoundTheDiskFullIsRepeated() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        Random random = new Random(1);
        try (GroupStore store = open(disk)) {
            store.queues().rewind(new byte[0]);
            Model model = new Model();
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 3000; i++) {
                    model.append(store.queues(), random, random.nextInt(5));
                }
                disk.capacity(disk.usedBytes() + 1024);
                DerivedIndex.Flush flush = store.queues().prepareFlush();
                assertThatThrownBy(flush::run).isInstanceOf(StoreException.DiskFull.class);
                model.check(store.queues(), random);
                disk.capacity(Long.MAX_VALUE);
                model.append(store.queues(), random, 3);
                byte[] mark = store.queues().prepareFlush().run();
                model.check(store.queues(), random);
                store.queues().rewind(mark);
                model.check(store.queues(), random);
            }
        }
    }

    @Test
    void damagedUnitsAreNotServed() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(30, random -> {
            SimDisk disk = new SimDisk();
            byte[] mark;
            try (GroupStore store = open(disk)) {
                store.queues().rewind(new byte[0]);
                Model model = new Model();
                for (int i = 0; i < 50; i++) {
                    model.append(store.queues(), random, 1);
                }
                mark = store.queues().prepareFlush().run();
            }
            String file = disk.names().stream()
                    .filter(name -> name.startsWith("queues/"))
                    .findFirst()
                    .orElseThrow();
            disk.processDeath();
            long length;
            try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                length = opened.length();
            }
            disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
            try (GroupStore store = open(disk)) {
                assertThatThrownBy(() -> {
                            store.queues().rewind(mark);
                            QueueLog queue = store.queues().queue(1);
                            queue.read(queue.minOffset(), 100, (o, p, s, t) -> true);
                        })
                        .isInstanceOf(StoreException.Damaged.class)
                        .hasMessageContaining(file);
            }
        });
    }

    @Test
    void damagedUnitsAreRebuiltWhileTheIndexIsInUse() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(40, random -> {
            SimDisk disk = new SimDisk();
            try (GroupStore store = open(disk)) {
                store.queues().rewind(new byte[0]);
                Model model = new Model();
                for (int round = 0; round < 6; round++) {
                    for (int i = 0; i < 200; i++) {
                        model.append(store.queues(), random, random.nextInt(3));
                    }
                    store.queues().prepareFlush().run();
                }
                model.check(store.queues(), random);
                List<DerivedIndex.DamagedPart> found = new ArrayList<>();
                store.queues().onDamage(found::add);
                List<String> files = disk.names().stream()
                        .filter(name -> name.startsWith("queues/"))
                        .toList();
                String file = files.get(random.nextInt(files.size()));
                long length;
                try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                    length = opened.length();
                }
                disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
                readAll(store.queues(), model);
                for (DerivedIndex.DamagedPart part : List.copyOf(found)) {
                    assertThat(part.what()).contains(file);
                    rebuild(store.queues(), model, part.segment());
                }
                found.clear();
                readAll(store.queues(), model);
                assertThat(found).isEmpty();
                model.check(store.queues(), random);
                byte[] mark = store.queues().prepareFlush().run();
                store.queues().rewind(mark);
                model.check(store.queues(), random);
            }
        });
    }

    @Test
    void damageThatReadersMeetIsRebuiltAndStaysRebuilt() throws Exception {
        int[] whileRunning = {0};
        Seeds.run(seeds(40), random -> {
            StoreMedium medium = medium();
            Model model = new Model();
            byte[] mark = {};
            try (GroupStore store = medium.open()) {
                store.queues().rewind(mark);
                for (int round = 0; round < 5; round++) {
                    for (int i = 0; i < 300; i++) {
                        model.append(store.queues(), random, random.nextInt(3));
                    }
                    mark = store.queues().prepareFlush().run();
                }
            }
            medium.damage("queues", random);
            try (GroupStore store = medium.open()) {
                QueueIndex index = store.queues();
                List<DerivedIndex.DamagedPart> found = new ArrayList<>();
                index.onDamage(found::add);
                try {
                    index.rewind(mark);
                    whileRunning[0]++;
                } catch (StoreException.Damaged e) {
                    index.rewind(new byte[0]);
                    model.queues.forEach((key, units) -> units.forEach(unit ->
                            index.queue(key).append(unit.queueOffset, unit.position, unit.size, unit.tagsCode)));
                }
                readAll(index, model);
                model.append(index, random, 1);
                if (random.nextBoolean()) {
                    // A checkpoint in between, which a start may go back to or not.
                    index.prepareFlush().run();
                    model.append(index, random, 2);
                }
                rebuildAll(index, model, found);
                readAll(index, model);
                assertThat(found).isEmpty();
                model.check(index, random);
                mark = index.prepareFlush().run();
            }
            medium.crash(random);
            try (GroupStore store = medium.open()) {
                store.queues().rewind(mark);
                model.check(store.queues(), random);
                readAll(store.queues(), model);
            }
        });
        assertThat(whileRunning[0]).isPositive();
    }

    private static void rebuildAll(QueueIndex index, Model model, List<DerivedIndex.DamagedPart> found)
            throws StoreException {
        for (int i = 0; i < 10 && !found.isEmpty(); i++) {
            List<DerivedIndex.DamagedPart> now = List.copyOf(found);
            found.clear();
            for (DerivedIndex.DamagedPart part : now) {
                rebuild(index, model, part.segment());
            }
        }
    }

    /** Reads everything; what is damaged throws, and everything else is as it was. */
    private static void readAll(QueueIndex index, Model model) {
        for (Map.Entry<Long, List<Unit>> queue : model.queues.entrySet()) {
            for (Unit unit : queue.getValue()) {
                try {
                    index.queue(queue.getKey()).read(unit.queueOffset, 1, (queueOffset, position, size, tagsCode) -> {
                        assertThat(new Unit(queueOffset, position, size, tagsCode))
                                .isEqualTo(unit);
                        return false;
                    });
                } catch (StoreException e) {
                    assertThat(e).isInstanceOf(StoreException.Damaged.class);
                }
            }
        }
    }

    private static void rebuild(QueueIndex index, Model model, long segment) throws StoreException {
        DerivedIndex.Rebuild rebuild = index.rebuild(segment);
        if (rebuild == null) {
            return;
        }
        model.queues.forEach((key, units) -> units.forEach(unit -> {
            if (unit.position / SEGMENT_BYTES * SEGMENT_BYTES == segment) {
                if (key % 2 == 1) {
                    // The log does not say where these go; it has them in order.
                    rebuild.next(key, unit.position, unit.size, unit.tagsCode);
                } else {
                    rebuild.unit(key, unit.queueOffset, unit.position, unit.size, unit.tagsCode);
                }
            }
        }));
        rebuild.write();
        rebuild.end(true);
    }
}
