package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the applied state is saved, captures it on the loop and writes it on the lane.
 *
 * <p>A <em>checkpoint</em> bounds what a restart replays; only the newest is kept. A <em>boundary</em> is a checkpoint taken
 * just before the first entry of a segment; it is kept as long as that segment, because it is what a follower needs that
 * must start there once the segments before are gone.
 */
final class Checkpoints {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

    private final ReplicaSettings settings;
    private final GroupStore store;
    private final StateMachine machine;
    private final Consumer<LaneTask> submit;
    private final TreeSet<Long> boundaries = new TreeSet<>();
    private final long staggerBytes;
    private boolean running;
    private long lastPosition;
    private long lastMs;
    private long lastIndex;

    Checkpoints(
            ReplicaSettings settings, GroupStore store, StateMachine machine, Consumer<LaneTask> submit, long nowMs) {
        this.settings = settings;
        this.store = store;
        this.machine = machine;
        this.submit = submit;
        this.lastMs = nowMs;
        // Replicas apply the same bytes at the same time; they should not all write checkpoints at the same time too.
        int place = settings.raft().members().indexOf(settings.node());
        this.staggerBytes =
                settings.checkpointBytes() * place / settings.raft().members().size();
        long segmentBytes = store.log().addressing().segmentBytes();
        for (Snapshot snapshot : store.snapshots().list()) {
            if (snapshot.position() % segmentBytes == 0) {
                boundaries.add(snapshot.index());
            }
        }
    }

    /** The state was restored from here. */
    void restored(Snapshot from) {
        lastIndex = from.index();
        lastPosition = from.position() - staggerBytes;
    }

    /** Whether one is being written; another must wait. */
    boolean running() {
        return running;
    }

    /** Whether one is due after applying up to here. */
    boolean due(long index, long position, long nowMs) {
        return !running
                && index > lastIndex
                && (position - lastPosition >= settings.checkpointBytes()
                        || nowMs - lastMs >= settings.checkpointIntervalMs());
    }

    /**
     * Captures the applied state and submits it.
     *
     * @param at last applied entry, and where the next one starts: the start of its segment for a boundary
     * @param done called on the loop once it is durable
     */
    void take(Snapshot at, boolean boundary, MemberList members, long nowMs, Runnable done) {
        running = true;
        long before = lastIndex;
        boolean[] saved = new boolean[1];
        lastIndex = at.index();
        lastPosition = at.position();
        lastMs = nowMs;
        ByteBuf state = PooledByteBufAllocator.DEFAULT.directBuffer();
        machine.snapshot(state);
        DerivedIndex.Flush queues = store.queues().prepareFlush();
        DerivedIndex.Flush keys = store.keys().prepareFlush();
        LaneTask task = new LaneTask();
        task.extra = () -> {
            ByteBuf image = PooledByteBufAllocator.DEFAULT.directBuffer(state.readableBytes() + 1024);
            try {
                new SnapshotImage(members, queues.run(), keys.run(), state).encode(image);
                store.snapshots().save(at, image);
                saved[0] = true;
                deleteOthers(at);
            } catch (StoreException.DiskFull e) {
                // Not retried as it is: what was captured is given back to the indexes. The
                // next one is due after an interval.
                LOG.warn("{}: no room for a checkpoint: {}", settings.group(), e.getMessage());
            } finally {
                image.release();
            }
        };
        task.done = () -> {
            state.release();
            if (!saved[0]) {
                lastIndex = before;
            } else if (boundary) {
                boundaries.add(at.index());
            }
            running = false;
            done.run();
        };
        submit.accept(task);
    }

    private void deleteOthers(Snapshot newest) throws StoreException {
        long segmentBytes = store.log().addressing().segmentBytes();
        for (Snapshot old : store.snapshots().list()) {
            boolean oldBoundary = old.position() % segmentBytes == 0;
            boolean gone = old.index() < store.log().base().index();
            if (old.index() < newest.index() && (gone || !oldBoundary)) {
                store.snapshots().delete(old);
            }
        }
    }

    /** Index of the greatest boundary such that all entries up to it are below {@code index}; -1 if there is none. */
    long boundaryBelow(long index) {
        Long found = boundaries.lower(index);
        return found == null ? -1 : found;
    }

    /** Boundaries below are gone. */
    void dropped(long index) {
        boundaries.headSet(index, false).clear();
    }
}
