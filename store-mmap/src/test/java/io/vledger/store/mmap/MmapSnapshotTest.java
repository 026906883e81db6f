package io.vledger.store.mmap;

import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreProvider;
import io.vledger.testkit.SimDisk;
import io.vledger.testkit.SnapshotContract;

class MmapSnapshotTest extends SnapshotContract {
    @Override
    protected StoreProvider provider() {
        return new MmapStoreProvider();
    }

    @Override
    protected String snapshotFile(SimDisk disk, Snapshot snapshot) {
        return "snapshots/" + Blocks.fileOf(snapshot.index()) + ".snap";
    }
}
