package io.vledger.sim;

import io.vledger.raft.driver.Shell;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Loop, clock and reading worker of one life of a node, in virtual time. */
final class SimShell implements Shell {
    private final SimNode node;
    private final Cluster cluster;
    private final int life;
    private boolean turnRequested;
    /** Number of the alarm that was set last. */
    private long alarm;

    SimShell(SimNode node, Cluster cluster, int life) {
        this.node = node;
        this.cluster = cluster;
        this.life = life;
    }

    @Override
    public long nowMs() {
        return node.clockMs();
    }

    @Override
    public long nanoTime() {
        return TimeUnit.MILLISECONDS.toNanos(nowMs());
    }

    @Override
    public void requestTurn() {
        if (!turnRequested) {
            turnRequested = true;
            // What arrives in the same millisecond is taken in first.
            in(0, () -> {
                turnRequested = false;
                node.replica().turn();
            });
        }
    }

    @Override
    public void execute(Runnable task) {
        in(0, task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        in(delayMs, task);
    }

    @Override
    public void wake(long delayMs, Runnable task) {
        long set = ++alarm;
        in(delayMs, () -> {
            if (set == alarm) {
                task.run();
            }
        });
    }

    @Override
    public <T> void read(Callable<T> read, BiConsumer<@Nullable T, @Nullable Exception> done) {
        in(cluster.chance().workerMs(), () -> {
            T result = null;
            Exception failure = null;
            try {
                result = read.call();
            } catch (Exception e) {
                failure = e;
            }
            T read1 = result;
            Exception failure1 = failure;
            in(cluster.chance().workerMs(), () -> done.accept(read1, failure1));
        });
    }

    @Override
    public long newIncarnation() {
        return cluster.nextIncarnation();
    }

    @Override
    public long greatestIncarnation() {
        return cluster.incarnationsBelieved() ? Long.MAX_VALUE : cluster.greatestIncarnation();
    }

    @Override
    public int jitter(int bound) {
        return cluster.chance().below(bound);
    }

    private void in(long delayMs, Runnable task) {
        cluster.time().in(delayMs, () -> node.whileAlive(life, task));
    }
}
