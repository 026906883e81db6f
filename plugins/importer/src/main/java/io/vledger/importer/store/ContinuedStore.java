package io.vledger.importer.store;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A group's store with everything old in it. Threads are those of {@link GroupStore}. */
public final class ContinuedStore implements GroupStore {
    private final GroupStore own;
    private final OpenFiles open = new OpenFiles();
    private final ContinuedLog log;
    private final ContinuedQueues queues;
    private final ContinuedKeys keys;
    private final Expiry expiry;

    /**
     * Continues an old log.
     *
     * @param directory the origin's own directory, where expiry is noted
     * @param settings the old broker's
     * @param own a store that began at the manifest's position; closed with this one
     * @param peers which members may have intact copies of what is damaged on this node
     * @param nowMs the time, milliseconds since the epoch; that of the first call for a directory counts as that of the take-over
     * @throws StoreException if what has expired is unknown
     */
    public ContinuedStore(
            OriginManifest manifest,
            LocalPlacement placement,
            Path directory,
            OriginSettings settings,
            PeerCopies peers,
            GroupStore own,
            long nowMs)
            throws StoreException {
        this.own = own;
        OriginLog old = new OriginLog(manifest, placement, open, directory, peers);
        this.log = new ContinuedLog(own.log(), old, manifest.position());
        RebuiltUnits rebuilt = new RebuiltUnits(directory, open);
        UnitRebuild rebuild = new UnitRebuild(manifest, old, rebuilt, settings.delayLevels(), peers);
        Map<Long, OriginQueue> before = new HashMap<>();
        List<OriginUnits> units = new ArrayList<>();
        for (OriginManifest.Queue queue : manifest.queues()) {
            List<LocalPlacement.Units> runs = placement.queues().getOrDefault(queue.key(), List.of());
            if (queue.max() > 0) {
                units.add(new OriginUnits(queue, runs, open, rebuilt));
                before.put(queue.key(), new OriginQueue(units.get(units.size() - 1), old, rebuild, manifest.begin()));
            }
        }
        this.queues = new ContinuedQueues(own.queues(), before);
        this.keys = new ContinuedKeys(
                own.keys(), new OriginKeys(placement.keyFiles(), settings.indexSlots(), manifest, old, open));
        this.expiry = new Expiry(directory, placement.keyFiles(), old, units, rebuild, open, nowMs);
        expiry.deleteChosen();
    }

    @Override
    public LogStore log() {
        return log;
    }

    @Override
    public HardStateStore hardState() {
        return own.hardState();
    }

    @Override
    public SnapshotStore snapshots() {
        return own.snapshots();
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
    public OriginFiles originFiles() {
        return expiry;
    }

    @Override
    public Disk.Space space() throws StoreException {
        return own.space();
    }

    @Override
    public void close() throws StoreException {
        try {
            own.close();
        } finally {
            open.close();
        }
    }
}
