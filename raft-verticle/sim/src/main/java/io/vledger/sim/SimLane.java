package io.vledger.sim;

import io.vledger.api.store.StoreException;
import io.vledger.raft.driver.Lane;
import io.vledger.raft.driver.LaneTask;
import io.vledger.raft.driver.LaneWork;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The store lane of one life of a node: what it does takes virtual time. */
final class SimLane implements Lane {
    private static final int FULL_RETRY_MS = 200;
    private static final int IDLE_FLUSH_MS = 500;

    private final SimNode node;
    private final Cluster cluster;
    private final LaneWork work;
    private final int life;
    private final ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
    private boolean busy;
    private boolean full;
    private long busySinceMs = -1;

    SimLane(SimNode node, Cluster cluster, LaneWork work, int life) {
        this.node = node;
        this.cluster = cluster;
        this.work = work;
        this.life = life;
    }

    @Override
    public void submit(LaneTask task) {
        tasks.add(task);
        if (!busy) {
            busy = true;
            busySinceMs = node.clockMs();
            in(cluster.chance().diskMs(), this::run);
        }
    }

    @Override
    public boolean stuck(long nowMs, long ms) {
        return busySinceMs >= 0 && nowMs - busySinceMs > ms;
    }

    @Override
    public void close() {
        tasks.clear();
    }

    private void run() {
        List<LaneTask> done = new ArrayList<>();
        boolean room;
        try {
            room = work.run(tasks, done);
        } catch (StoreException | RuntimeException e) {
            node.storeFailed(e);
            return;
        }
        in(0, () -> done.forEach(LaneTask::finish));
        if (room == full) {
            full = !room;
            boolean now = full;
            in(0, () -> node.replica().laneFull(now));
        }
        if (!done.isEmpty()) {
            busySinceMs = node.clockMs();
        }
        busy = !tasks.isEmpty() || work.waiting();
        if (busy) {
            in(full ? FULL_RETRY_MS : cluster.chance().diskMs(), this::run);
        } else {
            busySinceMs = -1;
            in(IDLE_FLUSH_MS, this::flushIfIdle);
        }
    }

    private void flushIfIdle() {
        if (!busy) {
            try {
                work.flushIfRoom();
            } catch (StoreException e) {
                node.storeFailed(e);
            }
        }
    }

    private void in(long delayMs, Runnable task) {
        cluster.time().in(delayMs, () -> node.whileAlive(life, task));
    }
}
