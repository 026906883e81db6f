package io.vledger.raft.driver;

import io.vledger.api.store.HardState;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One unit of work of the store lane: hard state first, then a truncation, then batches, then anything else. Tasks that the
 * lane finds queued together share one sync.
 */
public final class LaneTask {
    @Nullable
    HardState hardState;

    long truncateFrom;
    final List<LogBatch> batches = new ArrayList<>(2);

    @Nullable
    Extra extra;

    Runnable done = () -> {};

    /** Says whether the loop waits for entries that a leader appends; null if it waits for this in any case. */
    @Nullable
    AwaitedWrites awaited;

    /** Work of another kind, such as a checkpoint. */
    @FunctionalInterface
    interface Extra {
        void run() throws StoreException;
    }

    LaneTask() {}

    /** Whether there is anything to do. */
    boolean isEmpty() {
        return hardState == null && truncateFrom == 0 && batches.isEmpty() && extra == null;
    }

    /** The first entry that it appends. */
    long firstIndex;

    /**
     * Whether the loop waits for the completion. If not, it may run whenever the loop does something else, and this must be asked
     * again after the completion was handed to the loop, which looks at what it was handed after it has said what it waits for. Any thread.
     */
    public boolean isAwaited() {
        AwaitedWrites some = awaited;
        return some == null || some.contain(firstIndex);
    }

    /** Runs the submitter's completion. Loop only. */
    public void finish() {
        done.run();
    }
}
