package io.vledger.api.store;

/** All storage of one group on one node. */
public interface GroupStore extends AutoCloseable {
    /** The log. */
    LogStore log();

    /** Term and vote. */
    HardStateStore hardState();

    /** Snapshots. */
    SnapshotStore snapshots();

    /** Queues. */
    QueueIndex queues();

    /** Keys. */
    KeyIndex keys();

    /** The files of an older log that this one continues. */
    default OriginFiles originFiles() {
        return OriginFiles.NONE;
    }

    /** Room on the file system of this group. Any thread; cheap enough for once a second. */
    io.vledger.api.disk.Disk.Space space() throws StoreException;

    /** Closes all files. Nothing is synced by closing. */
    @Override
    void close() throws StoreException;
}
