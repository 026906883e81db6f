package io.vledger.store.rocksdb;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/** All of one group's storage: a database for the log, one for each index. */
final class RocksGroupStore implements GroupStore {
    private final Database database;
    private final List<Closeable> opened;
    private final FreeSpace space;
    private final RocksLogStore log;
    private final RocksHardStateStore hardState;
    private final RocksSnapshotStore snapshots;
    private final RocksQueueIndex queues;
    private final RocksKeyIndex keys;

    /** @param opened what the store closes, in the order in which it was opened */
    RocksGroupStore(
            Database database,
            List<Closeable> opened,
            FreeSpace space,
            RocksLogStore log,
            IndexDatabase queueIndex,
            IndexDatabase keyIndex)
            throws StoreException {
        this.database = database;
        this.opened = opened;
        this.space = space;
        this.log = log;
        Addressing addressing = log.addressing();
        this.hardState = new RocksHardStateStore(database);
        this.snapshots = RocksSnapshotStore.open(database, space);
        this.queues = new RocksQueueIndex(queueIndex, addressing, space);
        this.keys = new RocksKeyIndex(keyIndex, addressing, space);
    }

    @Override
    public LogStore log() {
        return log;
    }

    @Override
    public HardStateStore hardState() {
        return hardState;
    }

    @Override
    public SnapshotStore snapshots() {
        return snapshots;
    }

    @Override
    public QueueIndex queues() {
        return queues;
    }

    @Override
    public KeyIndex keys() {
        return keys;
    }

    @Override
    public Disk.Space space() throws StoreException {
        return space.now();
    }

    @Override
    public void close() throws StoreException {
        try {
            Resources.close(opened);
        } catch (IOException e) {
            throw new StoreException(database.name() + ": failed while closing it: " + e, e);
        }
    }
}
