package io.vledger.store.mmap;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** All of one group's storage over one disk; owns and closes the files. */
final class MmapGroupStore implements GroupStore {
    private final Disk disk;
    private final Closeable lock;
    private final DoubleWriteFile manifestFile;
    private final MmapLogStore log;
    private final MmapHardStateStore hardState;
    private final MmapSnapshotStore snapshots;
    private final MmapQueueIndex queues;
    private final MmapKeyIndex keys;

    private MmapGroupStore(
            Disk disk, Closeable lock, DoubleWriteFile manifestFile, MmapLogStore log, @Nullable LongSupplier nanos)
            throws StoreException {
        this.disk = disk;
        this.lock = lock;
        this.manifestFile = manifestFile;
        this.log = log;
        this.hardState = new MmapHardStateStore(disk);
        this.snapshots = MmapSnapshotStore.open(disk, log::checkpoint);
        this.queues = new MmapQueueIndex(disk, log, nanos);
        this.keys = new MmapKeyIndex(disk, log, nanos);
    }

    /**
     * Opens; the lock is released by {@link #close}, or here if opening fails.
     *
     * @param nanos clock by which what was written or verified a moment ago is not verified again when it is read; null for a
     *     disk of a test or of the simulator: everything is, always
     */
    static MmapGroupStore open(StoreSpec spec, Disk disk, Closeable lock, @Nullable LongSupplier nanos)
            throws StoreException {
        DoubleWriteFile manifestFile = new DoubleWriteFile(disk, Manifest.FILE);
        MmapLogStore log = null;
        boolean done = false;
        try {
            String directory = spec.directory().toString();
            Optional<Manifest> found = Manifest.load(manifestFile, directory);
            Manifest manifest = found.isPresent() ? found.get() : create(spec, disk, manifestFile);
            manifest.check(directory, spec.node(), spec.group(), spec.segmentBytes());
            log = MmapLogStore.open(disk, manifestFile, manifest, found.isEmpty(), nanos);
            MmapGroupStore store = new MmapGroupStore(disk, lock, manifestFile, log, nanos);
            done = true;
            return store;
        } catch (IOException e) {
            throw Failures.of("opening the store", spec.directory().toString(), e);
        } finally {
            if (!done) {
                closeAll(log, manifestFile, lock);
            }
        }
    }

    private static Manifest create(StoreSpec spec, Disk disk, DoubleWriteFile manifestFile) throws IOException {
        for (String name : disk.list("log")) {
            if (Blocks.isPosition(name)) {
                throw new StoreException.Damaged(spec.directory() + ": there is a log, but no " + Manifest.FILE
                        + "; move the directory away: the node then starts with an empty one");
            }
        }
        if (disk.exists(MmapHardStateStore.FILE)) {
            throw new StoreException.Damaged(spec.directory() + ": there is a " + MmapHardStateStore.FILE + ", but no "
                    + Manifest.FILE + "; move the directory away: the node then starts with an empty one");
        }
        if (!disk.list("rocksdb").isEmpty()) {
            throw new StoreException.Foreign(spec.directory()
                    + " holds a RocksDB database: it was written with store type rocksdb; set store.type back, or"
                    + " configure another directory");
        }
        long segmentBytes = new Addressing(spec.segmentBytes()).segmentBytes();
        if (spec.base().position() % segmentBytes != 0) {
            throw new IllegalArgumentException(
                    "a log cannot begin at position " + spec.base().position() + " in segments of " + segmentBytes);
        }
        Manifest manifest = new Manifest(spec.node(), spec.group(), segmentBytes, spec.base(), false);
        manifest.save(manifestFile);
        return manifest;
    }

    private static void closeAll(@Nullable MmapLogStore log, DoubleWriteFile manifestFile, Closeable lock)
            throws StoreException {
        try (lock;
                manifestFile) {
            if (log != null) {
                log.close();
            }
        } catch (IOException e) {
            throw Failures.of("closing it", "store", e);
        }
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
        try {
            return disk.space();
        } catch (IOException e) {
            throw Failures.of("asking for free space", "disk", e);
        }
    }

    @Override
    public void close() throws StoreException {
        try {
            queues.close();
            keys.close();
            hardState.close();
        } catch (IOException e) {
            throw Failures.of("closing it", "store", e);
        } finally {
            closeAll(log, manifestFile, lock);
        }
    }
}
