package io.vledger.raft.driver.wire;

import io.netty.util.concurrent.AbstractEventExecutor;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;

/** Hands a group's loop what need not be done at once. Any thread. */
public final class LoopTasks {
    private LoopTasks() {}

    /** Runs a task on the loop of a context when that does something else next; the loop is not woken for it. */
    public static void runLazily(Context context, Runnable task) {
        if (context instanceof ContextInternal internal
                && internal.nettyEventLoop() instanceof AbstractEventExecutor loop) {
            loop.lazyExecute(() -> internal.dispatch(task));
        } else {
            context.runOnContext(none -> task.run());
        }
    }
}
