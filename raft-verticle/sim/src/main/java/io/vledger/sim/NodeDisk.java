package io.vledger.sim;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import io.vledger.raft.driver.StartIdentity;
import io.vledger.store.mmap.MmapStoreProvider;
import io.vledger.testkit.SimDisk;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The disk of one node, which outlives its processes: what happens to it, and what of its content is still as it was written. */
final class NodeDisk {
    private final String node;
    private final Cluster cluster;
    private final @Nullable NodeStorage storage;
    private SimDisk files = new SimDisk();
    private String name;
    private @Nullable SimDisk backup;
    private boolean restored;
    private boolean rotten;
    private boolean repairable;

    NodeDisk(String node, Cluster cluster) {
        this.node = node;
        this.cluster = cluster;
        this.storage = cluster.storageOf(node);
        this.name = node + "-" + cluster.nextNumber();
    }

    SimDisk files() {
        return files;
    }

    /** Marks the starts of processes on this disk, and on no copy of it. */
    StartIdentity identity() {
        return new SimIdentity(cluster, name);
    }

    /** Whether an older copy was put in its place. */
    boolean restored() {
        return restored;
    }

    /** Whether a bit of it was flipped. */
    boolean rotten() {
        return rotten;
    }

    /** Whether nothing happened to it but to entries that others have, or to what is derived from entries. */
    boolean repairable() {
        return repairable;
    }

    GroupStore open(StoreSpec spec) throws StoreException {
        return storage == null ? new MmapStoreProvider().open(spec, files) : storage.open(spec);
    }

    /** Whether a store on a copy of this disk refuses to be opened as {@code spec} says. */
    boolean refuses(StoreSpec spec) {
        try {
            new MmapStoreProvider().open(spec, files.copy()).close();
            return false;
        } catch (StoreException.Foreign e) {
            return true;
        } catch (StoreException e) {
            return rotten || files.isOff();
        }
    }

    void processDied() {
        files.processDeath();
        if (storage != null) {
            storage.processDied();
        }
    }

    void powerLost() {
        files.crash(cluster.chance().random());
        if (storage != null) {
            storage.powerLost(cluster.chance().random());
        }
    }

    /** An empty disk is put in its place. */
    void replace() {
        files = new SimDisk();
        restored = false;
        if (storage != null) {
            storage.replaced();
        }
        becameAnother();
    }

    /** A copy is kept, as it is now. */
    void backUp() {
        if (storage == null && !rotten && !files.isOff()) {
            backup = files.copy();
        }
    }

    boolean hasBackup() {
        return backup != null;
    }

    /** The copy that was kept is put in its place. */
    void restore() {
        if (backup == null) {
            throw new IllegalStateException(node + " has no backup");
        }
        files = backup.copy();
        files.processDeath();
        restored = true;
        becameAnother();
    }

    private void becameAnother() {
        name = node + "-" + cluster.nextNumber();
        rotten = false;
        repairable = false;
    }

    /** A bit of a file changes; whether that is more than derived data. */
    boolean rot() {
        List<String> names = files.names();
        if (names.isEmpty()) {
            return false;
        }
        String file = cluster.chance().pick(names);
        long length = lengthOf(file);
        if (length == 0) {
            return false;
        }
        long position = (long) (cluster.chance().random().nextDouble() * length);
        cluster.trace("%s: a bit of %s flips at %d", node, file, position);
        files.flipBit(file, position, cluster.chance().below(8));
        boolean derived = file.startsWith("queues/") || file.startsWith("keys/") || file.endsWith(".idx");
        repairable = derived && (!rotten || repairable);
        rotten = true;
        return !derived;
    }

    /**
     * A bit of an entry that was applied changes: what every reader must be kept from, and a peer can put back.
     *
     * @return whether one did
     */
    boolean rotApplied(LogStore log, long appliedIndex) {
        long first = log.base().index() + 1;
        long last = Math.min(log.lastIndex(), appliedIndex);
        if (last < first) {
            return false;
        }
        long index = first + cluster.chance().below((int) (last - first + 1));
        try {
            LogBatch batch = log.readBatch(index, 1);
            long record = batch.position();
            int bytes = batch.byteCount();
            batch.release();
            long position = record + cluster.chance().below(bytes);
            long segment = log.addressing().segmentStart(position);
            String file = String.format(Locale.ROOT, "log/%020d", segment);
            if (!files.names().contains(file)) {
                // A store that does its own I/O, on a real disk.
                return false;
            }
            cluster.trace("%s: a bit of entry %d flips at %d", node, index, position);
            files.flipBit(file, position - segment, cluster.chance().below(8));
            repairable = !rotten || repairable;
            rotten = true;
            return true;
        } catch (StoreException e) {
            cluster.trace("%s: entry %d cannot be read already: %s", node, index, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private long lengthOf(String file) {
        try (var opened = files.open(file, 0)) {
            return opened.length();
        } catch (IOException e) {
            return 0;
        }
    }
}
