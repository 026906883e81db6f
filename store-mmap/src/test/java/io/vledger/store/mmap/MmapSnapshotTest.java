package io.vledger.store.mmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.SimDisk;
import io.vledger.testkit.SnapshotContract;
import org.junit.jupiter.api.Test;

class MmapSnapshotTest extends SnapshotContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    @Override
    protected String snapshotFile(SimDisk disk, Snapshot snapshot) {
        return "snapshots/" + Blocks.fileOf(snapshot.index()) + ".snap";
    }

    @Test
    void aStartReadsNoMoreThanTheNewestAsAWhole() throws Exception {
        SimDisk disk = new SimDisk();
        Snapshot first = new Snapshot(1, 1, 4096);
        Snapshot second = new Snapshot(2, 1, 8192);
        MmapSnapshotStore store = MmapSnapshotStore.open(disk, () -> {});
        store.save(first, Unpooled.wrappedBuffer(new byte[100]));
        store.save(second, Unpooled.wrappedBuffer(new byte[100]));
        disk.flipBit(snapshotFile(disk, first), 100, 0);
        MmapSnapshotStore again = MmapSnapshotStore.open(disk, () -> {});
        assertThat(again.list()).containsExactly(first, second);
        assertThatThrownBy(() -> again.load(first)).isInstanceOf(StoreException.Damaged.class);
        assertThat(again.list()).containsExactly(second);
        disk.flipBit(snapshotFile(disk, second), 100, 0);
        assertThat(MmapSnapshotStore.open(disk, () -> {}).list()).isEmpty();
    }
}
