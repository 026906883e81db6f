package io.vledger.raft.driver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.StateMachine;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.SnapshotStore.Snapshot;
import io.vledger.api.store.StoreException;
import io.vledger.raft.Message;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the base of the log, the entry before its first: drops a prefix that a boundary checkpoint covers, or replaces log and
 * state by a leader's snapshot. Loop only.
 */
final class LogPrefix {
    private static final Logger LOG = LoggerFactory.getLogger(LogPrefix.class);
    private static final byte[] NO_MARK = {};

    private final MemberCore core;
    private final StateMachine machine;
    private final Applier applier;
    private final Checkpoints checkpoints;
    private final DurableState durable;
    private final Consumer<LaneTask> lane;

    LogPrefix(
            MemberCore core,
            StateMachine machine,
            Applier applier,
            Checkpoints checkpoints,
            DurableState durable,
            Consumer<LaneTask> lane) {
        this.core = core;
        this.machine = machine;
        this.applier = applier;
        this.checkpoints = checkpoints;
        this.durable = durable;
        this.lane = lane;
    }

    /** See {@link io.vledger.api.group.Group#dropLocalPrefix}. */
    void drop(long index) {
        GroupStore store = core.store();
        long boundary = checkpoints.boundaryBelow(index);
        if (!core.guard().running() || boundary <= store.log().base().index()) {
            return;
        }
        LaneTask task = new LaneTask();
        task.extra = () -> store.log().dropPrefix(boundary + 1);
        task.done = () -> core.guard().run(this::dropped);
        lane.accept(task);
    }

    private void dropped() throws StoreException {
        GroupStore store = core.store();
        LogBase base = store.log().base();
        core.raft().prefixDropped(base.index());
        checkpoints.dropped(base.index());
        store.queues().dropBefore(base.position());
        store.keys().dropBefore(base.position());
        machine.prefixDropped(base.position());
        LOG.info("{}: dropped the log before entry {}", core.group(), base.index() + 1);
    }

    /** Replaces log and state by what the leader sent; its entries follow. */
    void install(Message.InstallRequest request) throws StoreException {
        InstallData data = (InstallData) request.data();
        data.image().retain();
        LOG.info(
                "{}: too far behind, continuing from the leader's state at entry {}",
                core.group(),
                data.base().index());
        SnapshotImage image = SnapshotImage.decode(data.image());
        LaneTask task = new LaneTask();
        task.extra = () -> save(data.base(), image);
        task.done = () -> core.guard().run(() -> installed(data, image));
        lane.accept(task);
    }

    /** Lane only. */
    private void save(LogBase base, SnapshotImage image) throws StoreException {
        GroupStore store = core.store();
        ByteBuf own = PooledByteBufAllocator.DEFAULT.directBuffer();
        try {
            new SnapshotImage(image.members(), NO_MARK, NO_MARK, image.state()).encode(own);
            store.snapshots().save(new Snapshot(base.index(), base.term(), base.position()), own);
            store.log().reset(base);
            for (Snapshot old : store.snapshots().list()) {
                if (old.index() < base.index()) {
                    store.snapshots().delete(old);
                }
            }
        } finally {
            own.release();
        }
    }

    private void installed(InstallData data, SnapshotImage image) throws StoreException {
        LogBase base = data.base();
        core.store().queues().rewind(NO_MARK);
        core.store().keys().rewind(NO_MARK);
        machine.restore(image.state());
        data.image().release();
        core.meter().snapshotInstalled();
        durable.replaced(base);
        applier.reset(base, image.members());
        checkpoints.restored(new Snapshot(base.index(), base.term(), base.position()));
        core.raft().installed(base.index(), base.term(), image.members().incarnations());
        core.shell().requestTurn();
    }
}
