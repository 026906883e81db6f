package io.vledger.raft.driver.verticle;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vledger.raft.driver.Shell;
import io.vledger.raft.driver.wire.LoopTasks;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The loop of a group on a Vert.x context. */
final class VertxShell implements Shell {
    private static final Logger LOG = LoggerFactory.getLogger(VertxShell.class);

    private static final long NONE = -1;

    private final Vertx vertx;
    private final Context context;
    private final Set<Long> timers = new HashSet<>();
    private @Nullable Runnable turn;
    private boolean turnPlanned;
    private long alarm = NONE;
    private boolean closed;

    VertxShell(Vertx vertx, Context context) {
        this.vertx = vertx;
        this.context = context;
    }

    void onTurn(Runnable replicaTurn) {
        turn = replicaTurn;
    }

    @Override
    public long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void requestTurn() {
        if (!turnPlanned) {
            turnPlanned = true;
            // The loop runs tasks after all sockets that were ready: everything received goes into one turn.
            context.runOnContext(none -> {
                turnPlanned = false;
                Runnable replicaTurn = turn;
                if (replicaTurn != null) {
                    replicaTurn.run();
                }
            });
        }
    }

    @Override
    public void execute(Runnable task) {
        context.runOnContext(none -> task.run());
    }

    @Override
    public void executeLazily(Runnable task) {
        LoopTasks.runLazily(context, task);
    }

    @Override
    public void schedule(long delayMs, Runnable task) {
        if (!closed) {
            timers.add(vertx.setTimer(Math.max(1, delayMs), timer -> {
                timers.remove(timer);
                task.run();
            }));
        }
    }

    @Override
    public void wake(long delayMs, Runnable task) {
        vertx.cancelTimer(alarm);
        alarm = closed
                ? NONE
                : vertx.setTimer(Math.max(1, delayMs), timer -> {
                    alarm = NONE;
                    task.run();
                });
    }

    /** Drops what is scheduled: the loop outlives the replica. Loop only. */
    void close() {
        closed = true;
        vertx.cancelTimer(alarm);
        timers.forEach(vertx::cancelTimer);
        timers.clear();
    }

    @Override
    public <T> void read(Callable<T> read, BiConsumer<@Nullable T, @Nullable Exception> done) {
        context.executeBlocking(read, false).onComplete(result -> {
            if (result.succeeded()) {
                done.accept(result.result(), null);
            } else {
                Throwable cause = result.cause();
                if (cause instanceof VirtualMachineError fatal) {
                    // On the loop now: its exception handler stops the member.
                    throw fatal;
                }
                LOG.debug("a read off the loop failed", cause);
                done.accept(null, cause instanceof Exception known ? known : new IllegalStateException(cause));
            }
        });
    }

    @Override
    public long newIncarnation() {
        return DirectoryIdentity.incarnationNow();
    }

    @Override
    public long greatestIncarnation() {
        return DirectoryIdentity.greatestIncarnation();
    }

    @Override
    public int jitter(int bound) {
        return ThreadLocalRandom.current().nextInt(bound);
    }
}
