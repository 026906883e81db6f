package io.vledger.sim;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;

/** Passes everything on to another store. */
class ForwardingStore implements GroupStore {
    private final GroupStore store;

    ForwardingStore(GroupStore store) {
        this.store = store;
    }

    @Override
    public LogStore log() {
        return store.log();
    }

    @Override
    public HardStateStore hardState() {
        return store.hardState();
    }

    @Override
    public SnapshotStore snapshots() {
        return store.snapshots();
    }

    @Override
    public QueueIndex queues() {
        return store.queues();
    }

    @Override
    public KeyIndex keys() {
        return store.keys();
    }

    @Override
    public Disk.Space space() throws StoreException {
        return store.space();
    }

    @Override
    public void close() throws StoreException {
        store.close();
    }
}
