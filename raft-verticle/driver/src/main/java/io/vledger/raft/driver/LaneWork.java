package io.vledger.raft.driver;

import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a lane does with its tasks; shared by the lane thread and the simulator's lane. Lane only. */
public final class LaneWork {
    private static final Logger LOG = LoggerFactory.getLogger(LaneWork.class);

    private final GroupStore store;
    private final Durability durability;
    private final ReplicaMeter meter;
    /** Tasks whose writes are done and not durable yet. */
    private final List<LaneTask> written = new ArrayList<>();

    private boolean unsynced;

    /** @param meter times what is written and flushed */
    public LaneWork(GroupStore store, Durability durability, ReplicaMeter meter) {
        this.meter = meter;
        this.store = store;
        this.durability = durability;
    }

    /**
     * Does as many of the tasks as it can, removing each from the queue once its writes are done, and then makes them durable
     * as the durability asks.
     *
     * @param done receives the tasks that are complete
     * @return false if the disk is full: this must be called again later, also with no task in the queue
     * @throws StoreException if the store failed for good; nothing may be submitted any more
     */
    public boolean run(ArrayDeque<LaneTask> tasks, List<LaneTask> done) throws StoreException {
        try {
            while (!tasks.isEmpty()) {
                write(tasks.peekFirst());
                written.add(tasks.removeFirst());
            }
        } catch (StoreException.DiskFull e) {
            LOG.debug("the first of {} tasks waits for room", tasks.size(), e);
        }
        // What is written is durable, and complete, whether or not there was room for the rest.
        if (durability == Durability.SYNC && !flushIfRoom()) {
            return false;
        }
        done.addAll(written);
        written.clear();
        return tasks.isEmpty();
    }

    /** Whether tasks that were written wait for room to become durable. */
    public boolean waiting() {
        return !written.isEmpty();
    }

    /** Whether anything is written and not durable, which with asynchronous durability may last for a while. */
    public boolean unflushed() {
        return unsynced;
    }

    /** Makes everything written durable, if anything is not; false if the disk is too full for that. */
    public boolean flushIfRoom() throws StoreException {
        try {
            flush();
            return true;
        } catch (StoreException.DiskFull e) {
            LOG.debug("a sync waits for room", e);
            return false;
        }
    }

    /** Makes everything written durable, if anything is not. */
    public void flush() throws StoreException {
        if (unsynced) {
            long since = meter.nanos();
            store.log().sync();
            meter.synced(since);
            unsynced = false;
        }
    }

    /** Each step is cleared once done, so that a task can be tried again after the disk was full. */
    private void write(LaneTask task) throws StoreException {
        HardState hardState = task.hardState;
        if (hardState != null) {
            store.hardState().save(hardState);
            task.hardState = null;
        }
        if (task.truncateFrom > 0) {
            store.log().truncateSuffix(task.truncateFrom);
            task.truncateFrom = 0;
        }
        while (!task.batches.isEmpty()) {
            LogBatch batch = task.batches.get(0);
            long since = meter.nanos();
            store.log().append(batch);
            meter.appended(since);
            unsynced = true;
            task.batches.remove(0);
            batch.release();
        }
        LaneTask.Extra extra = task.extra;
        if (extra != null) {
            flush();
            extra.run();
            task.extra = null;
        }
    }
}
