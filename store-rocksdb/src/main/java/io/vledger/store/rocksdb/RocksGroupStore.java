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

/** All of one group's storage in one database; owns and closes it, and the lock of its directory. */
final class RocksGroupStore implements GroupStore {
    private final Database database;
    private final Closeable lock;
    private final FreeSpace space;
    private final RocksLogStore log;
    private final RocksHardStateStore hardState;
    private final RocksSnapshotStore snapshots;
    private final RocksQueueIndex queues;
    private final RocksKeyIndex keys;

    RocksGroupStore(Database database, Closeable lock, FreeSpace space, RocksLogStore log) throws StoreException {
        this.database = database;
        this.lock = lock;
        this.space = space;
        this.log = log;
        Addressing addressing = log.addressing();
        this.hardState = new RocksHardStateStore(database);
        this.snapshots = RocksSnapshotStore.open(database, space);
        this.queues = new RocksQueueIndex(database, addressing, space);
        this.keys = new RocksKeyIndex(database, addressing, space);
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
        try (lock) {
            database.close();
        } catch (IOException e) {
            throw new StoreException(database.name() + ": failed while closing it: " + e, e);
        }
    }
}
