package io.vledger.raft.driver.verticle;

import io.vledger.api.store.StoreException;
import io.vledger.raft.driver.Lane;
import io.vledger.raft.driver.LaneTask;
import io.vledger.raft.driver.LaneWork;
import io.vledger.raft.driver.Shell;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The lane as a thread of its own. One wake-up of the loop, if it waits for any of them, answers for all tasks that shared a sync. */
final class LaneThread implements Lane, Runnable {
    private static final long FULL_RETRY_NS = 200_000_000L;
    private static final long IDLE_FLUSH_NS = 500_000_000L;

    private final LaneWork work;
    private final Shell shell;
    private final Consumer<Boolean> onFull;
    private final Consumer<Throwable> onFailure;
    private final Queue<LaneTask> inbox = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile boolean parked;
    private volatile boolean closing;
    private volatile long busySinceMs = -1;
    private volatile @Nullable Throwable failure;

    /**
     * A lane, not started yet.
     *
     * @param onFull called on the loop when the disk becomes full and when there is room again
     * @param onFailure called on the loop, once, when the store failed for good
     */
    LaneThread(String name, LaneWork work, Shell shell, Consumer<Boolean> onFull, Consumer<Throwable> onFailure) {
        this.work = work;
        this.shell = shell;
        this.onFull = onFull;
        this.onFailure = onFailure;
        this.thread = new Thread(this, name);
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    @Override
    public @Nullable Throwable failure() {
        return failure;
    }

    @Override
    public void submit(LaneTask task) {
        inbox.add(task);
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public boolean stuck(long nowMs, long ms) {
        long since = busySinceMs;
        return since >= 0 && nowMs - since > ms;
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        ArrayDeque<LaneTask> tasks = new ArrayDeque<>();
        boolean full = false;
        try {
            while (true) {
                drain(tasks);
                if (tasks.isEmpty() && !work.waiting()) {
                    busySinceMs = -1;
                    if (closing && inbox.isEmpty()) {
                        // What had to be durable is; a full disk does not prevent closing.
                        work.flushIfRoom();
                        return;
                    }
                    awaitTask();
                    continue;
                }
                if (busySinceMs < 0) {
                    busySinceMs = shell.nowMs();
                }
                List<LaneTask> done = new ArrayList<>(tasks.size());
                boolean room = work.run(tasks, done);
                if (!done.isEmpty()) {
                    busySinceMs = tasks.isEmpty() ? -1 : busySinceMs;
                    finish(done);
                }
                if (room == full) {
                    full = !room;
                    boolean isFull = full;
                    shell.execute(() -> onFull.accept(isFull));
                }
                if (full) {
                    if (closing) {
                        return;
                    }
                    LockSupport.parkNanos(FULL_RETRY_NS);
                }
            }
        } catch (StoreException | RuntimeException | Error e) {
            // A failed write, sync or mapped read, or no memory: what is on the disk is not known
            // any more. Nothing is tried again.
            failure = e;
            shell.execute(() -> onFailure.accept(e));
        }
    }

    /** Wakes the loop only if it waits for one of them. */
    private void finish(List<LaneTask> done) {
        Runnable completions = () -> done.forEach(LaneTask::finish);
        if (anyAwaited(done)) {
            shell.execute(completions);
            return;
        }
        shell.executeLazily(completions);
        // The loop may have gone to wait for them meanwhile.
        if (anyAwaited(done)) {
            shell.execute(() -> {});
        }
    }

    private static boolean anyAwaited(List<LaneTask> done) {
        return done.stream().anyMatch(LaneTask::isAwaited);
    }

    private void drain(ArrayDeque<LaneTask> tasks) {
        for (LaneTask task = inbox.poll(); task != null; task = inbox.poll()) {
            tasks.addLast(task);
        }
    }

    private void awaitTask() throws StoreException {
        parked = true;
        try {
            if (inbox.isEmpty() && !closing) {
                if (work.unflushed()) {
                    LockSupport.parkNanos(IDLE_FLUSH_NS);
                } else {
                    LockSupport.park();
                }
            }
        } finally {
            parked = false;
        }
        if (inbox.isEmpty()) {
            // With asynchronous durability: what was written since is flushed when nothing else is to do.
            work.flushIfRoom();
        }
    }
}
