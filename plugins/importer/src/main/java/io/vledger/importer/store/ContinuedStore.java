package io.vledger.importer.store;

import io.vledger.api.disk.Disk;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.OldFiles;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.Here;
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
     * @param own a store that began at the base's position; closed with this one
     * @param peers who may have intact what is damaged here
     * @param nowMs the time, milliseconds since the epoch; that of the first call for a directory counts as that of the take-over
     * @throws StoreException if what has expired cannot be told
     */
    public ContinuedStore(
            Base base, Here here, Path directory, OldSettings settings, PeerCopies peers, GroupStore own, long nowMs)
            throws StoreException {
        this.own = own;
        OldLog old = new OldLog(base, here, open, directory, peers);
        this.log = new ContinuedLog(own.log(), old, base.position());
        RebuiltUnits rebuilt = new RebuiltUnits(directory, open);
        UnitRebuild rebuild = new UnitRebuild(base, old, rebuilt, settings.delayLevels(), peers);
        Map<Long, OldQueue> before = new HashMap<>();
        List<OldUnits> units = new ArrayList<>();
        for (Base.Queue queue : base.queues()) {
            List<Here.Units> runs = here.queues().getOrDefault(queue.key(), List.of());
            if (queue.max() > 0) {
                units.add(new OldUnits(queue, runs, open, rebuilt));
                before.put(queue.key(), new OldQueue(units.get(units.size() - 1), old, rebuild, base.begin()));
            }
        }
        this.queues = new ContinuedQueues(own.queues(), before);
        this.keys = new ContinuedKeys(own.keys(), new OldKeys(here.keyFiles(), settings.indexSlots(), base, old, open));
        this.expiry = new Expiry(directory, here.keyFiles(), old, units, rebuild, open, nowMs);
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
    public OldFiles oldFiles() {
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
