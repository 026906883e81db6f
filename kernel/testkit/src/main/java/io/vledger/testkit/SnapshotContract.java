package io.vledger.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What every snapshot store does. What needs a {@link SimDisk} is skipped for others. */
public abstract class SnapshotContract extends StoreContract {
    /** For subclasses. */
    protected SnapshotContract() {}

    private static ByteBuf data(Random random) {
        byte[] bytes = new byte[random.nextInt(5000)];
        random.nextBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    @Test
    void snapshotsAreWholeOrNotThereWhereverPowerIsLost() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(60, random -> {
            SimDisk disk = new SimDisk();
            Map<Snapshot, ByteBuf> begun = new TreeMap<>(java.util.Comparator.comparingLong(Snapshot::index));
            Snapshot saved = null;
            for (int life = 0; life < 6; life++) {
                disk.powerOffAfter(random.nextInt(60));
                try (GroupStore store = open(disk)) {
                    check(store.snapshots(), begun, saved);
                    while (true) {
                        Snapshot next = new Snapshot(begun.size() + 1, life + 1, 8L * begun.size());
                        ByteBuf data = data(random);
                        begun.put(next, data);
                        store.snapshots().save(next, data);
                        saved = next;
                        if (store.snapshots().list().size() > 3) {
                            store.snapshots().delete(store.snapshots().list().get(0));
                        }
                    }
                } catch (StoreException e) {
                    assertThat(disk.isOff()).as("%s", e).isTrue();
                }
                disk.crash(random);
            }
            try (GroupStore store = open(disk)) {
                check(store.snapshots(), begun, saved);
            }
        });
    }

    @Test
    void aSavedSnapshotIsThereAfterEveryCrash() throws Exception {
        Seeds.run(seeds(40), random -> {
            StoreMedium medium = medium();
            Map<Snapshot, ByteBuf> saved = new TreeMap<>(java.util.Comparator.comparingLong(Snapshot::index));
            for (int life = 0; life < 5; life++) {
                try (GroupStore store = medium.open()) {
                    assertThat(store.snapshots().list()).containsExactlyElementsOf(saved.keySet());
                    check(store.snapshots(), saved, null);
                    for (int i = random.nextInt(4); i > 0; i--) {
                        Snapshot next = new Snapshot(life * 10L + 5 - i, life + 1, 8L * life);
                        ByteBuf data = data(random);
                        store.snapshots().save(next, data);
                        saved.put(next, data);
                    }
                    if (saved.size() > 3) {
                        Snapshot oldest = store.snapshots().list().get(0);
                        store.snapshots().delete(oldest);
                        saved.remove(oldest);
                    }
                    check(store.snapshots(), saved, null);
                    medium.crash(random);
                }
            }
        });
    }

    private static void check(
            SnapshotStore store, Map<Snapshot, ByteBuf> begun, @org.jspecify.annotations.Nullable Snapshot saved)
            throws StoreException {
        if (saved != null) {
            assertThat(store.list()).contains(saved);
        }
        assertThat(store.list()).isSortedAccordingTo(java.util.Comparator.comparingLong(Snapshot::index));
        for (Snapshot snapshot : store.list()) {
            ByteBuf data = store.load(snapshot);
            assertThat(data).isEqualTo(begun.get(snapshot));
            data.release();
        }
    }

    @Test
    void aDamagedSnapshotIsPassedOver() throws Exception {
        assumeTrue(supportsDisk());
        Seeds.run(40, random -> {
            SimDisk disk = new SimDisk();
            Snapshot first = new Snapshot(10, 1, 80);
            Snapshot second = new Snapshot(20, 2, 160);
            try (GroupStore store = open(disk)) {
                store.snapshots().save(first, data(random));
                store.snapshots().save(second, data(random));
                String file = snapshotFile(disk, second);
                long length;
                try (io.vledger.api.disk.DiskFile opened = disk.open(file, 0)) {
                    length = opened.length();
                }
                disk.flipBit(file, random.nextInt((int) length), random.nextInt(8));
                assertThatThrownBy(() -> store.snapshots().load(second)).isInstanceOf(StoreException.Damaged.class);
                assertThat(store.snapshots().list()).containsExactly(first);
            }
            try (GroupStore store = open(disk)) {
                assertThat(store.snapshots().list()).containsExactly(first);
                store.snapshots().load(first).release();
            }
        });
    }

    @Test
    void aFullDiskLeavesTheSnapshotsAsTheyWere() throws Exception {
        assumeTrue(supportsDisk());
        SimDisk disk = new SimDisk();
        Random random = new Random(1);
        try (GroupStore store = open(disk)) {
            Snapshot first = new Snapshot(10, 1, 80);
            store.snapshots().save(first, data(random));
            disk.capacity(disk.usedBytes() + 600);
            long used = disk.usedBytes();
            ByteBuf big = Unpooled.wrappedBuffer(new byte[9000]);
            assertThatThrownBy(() -> store.snapshots().save(new Snapshot(20, 1, 160), big))
                    .isInstanceOf(StoreException.DiskFull.class);
            assertThat(disk.usedBytes()).isEqualTo(used);
            assertThat(store.snapshots().list()).containsExactly(first);
            disk.capacity(Long.MAX_VALUE);
            store.snapshots().save(new Snapshot(20, 1, 160), big);
            assertThat(store.snapshots().list()).hasSize(2);
        }
    }

    /** Name of the file with a snapshot. */
    protected abstract String snapshotFile(SimDisk disk, Snapshot snapshot);
}
