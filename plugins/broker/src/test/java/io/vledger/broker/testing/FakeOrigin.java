package io.vledger.broker.testing;

import io.vledger.api.disk.Disk;
import io.vledger.api.origin.InitialState;
import io.vledger.api.origin.Origin;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardStateStore;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.OriginFiles;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.SnapshotStore;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pre-existing data that a group continues from: a state, and files that are only their names. */
public final class FakeOrigin implements Origin, OriginFiles {
    private final LogBase base;
    private final InitialState state;
    private final List<OriginFile> files;
    private final long takenOverMs;
    private Disk.@Nullable Space space;
    private Disk.@Nullable Space otherDisk;

    /** An origin that ends at a position and was taken over long ago. */
    public FakeOrigin(long end, InitialState state, List<OriginFile> files) {
        this(end, state, files, 0);
    }

    /** An origin that ends at a position. */
    public FakeOrigin(long end, InitialState state, List<OriginFile> files, long takenOverMs) {
        this.takenOverMs = takenOverMs;
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
    public List<OriginFile> files() {
        return List.copyOf(files);
    }

    @Override
    public void dropFirst(int count) {
        if (count >= files.size()) {
            throw new IllegalArgumentException("the newest stays");
        }
        files.subList(0, count).clear();
    }

    @Override
    public long takenOverMs() {
        return takenOverMs;
    }

    @Override
    public Disk.@Nullable Space otherDisk() {
        return otherDisk;
    }

    /** The group's disk is as full as this. */
    public void space(Disk.Space newSpace) {
        space = newSpace;
    }

    /** The old files lie on a disk of their own. */
    public void otherDisk(Disk.Space newSpace) {
        otherDisk = newSpace;
    }

    @Override
    public GroupStore continuedBy(GroupStore own) {
        return new Continued(own, this);
    }

    private record Continued(GroupStore own, FakeOrigin originFiles) implements GroupStore {
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
            Disk.Space given = originFiles.space;
            return given == null ? own.space() : given;
        }

        @Override
        public void close() throws StoreException {
            own.close();
        }
    }
}
