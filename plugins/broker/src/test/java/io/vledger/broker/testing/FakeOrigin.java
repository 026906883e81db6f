package io.vledger.broker.testing;

import io.vledger.api.disk.Disk;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.OldFiles;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/** Something to go on from: a state, and files that are only their names. */
public final class FakeOrigin implements Origin, OldFiles {
    private final LogBase base;
    private final InitialState state;
    private final List<OldFile> files;

    /** An origin that ends at a position. */
    public FakeOrigin(long end, InitialState state, List<OldFile> files) {
        this.base = new LogBase(0, 0, end);
        this.state = state;
        this.files = new ArrayList<>(files);
    }

    @Override
    public LogBase base() {
        return base;
    }

    @Override
    public String identity() {
        return "fake";
    }

    @Override
    public InitialState initialState() {
        return state;
    }

    @Override
    public List<OldFile> files() {
        return List.copyOf(files);
    }

    @Override
    public void dropFirst(int count) {
        files.subList(0, count).clear();
    }

    @Override
    public GroupStore continuedBy(GroupStore own) {
        return new Continued(own, this);
    }

    private record Continued(GroupStore own, OldFiles oldFiles) implements GroupStore {
        @Override
        public LogStore log() {
            return own.log();
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
            return own.queues();
        }

        @Override
        public KeyIndex keys() {
            return own.keys();
        }

        @Override
        public Disk.Space space() throws StoreException {
            return own.space();
        }

        @Override
        public void close() throws StoreException {
            own.close();
        }
    }
}
