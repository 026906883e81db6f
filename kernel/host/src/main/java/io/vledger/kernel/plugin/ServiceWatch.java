package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One listener for the services of one type. Calls it on its own context with what there is when the call runs, so that
 * several changes at once may be one call, and the last call always has the last state. Safe for use by any thread.
 */
final class ServiceWatch<T> implements AutoCloseable {
    private final Class<T> type;
    private final Context context;
    private final Supplier<Map<String, T>> snapshot;
    private final Consumer<ServiceWatch<?>> ended;
    private final AtomicReference<@Nullable Consumer<Map<String, T>>> listener;
    private final AtomicBoolean pending = new AtomicBoolean();

    ServiceWatch(
            Class<T> type,
            Context context,
            Supplier<Map<String, T>> snapshot,
            Consumer<Map<String, T>> listener,
            Consumer<ServiceWatch<?>> ended) {
        this.type = type;
        this.context = context;
        this.snapshot = snapshot;
        this.listener = new AtomicReference<>(listener);
        this.ended = ended;
    }

    Class<T> type() {
        return type;
    }

    /** Says that the services of the type may be others now. */
    void changed() {
        if (listener.get() != null && pending.compareAndSet(false, true)) {
            try {
                context.runOnContext(unused -> deliver());
            } catch (RejectedExecutionException e) {
                // The plugin's own thread has ended: it stops, or could not start.
                close();
            }
        }
    }

    private void deliver() {
        pending.set(false);
        Consumer<Map<String, T>> current = listener.get();
        if (current != null) {
            current.accept(snapshot.get());
        }
    }

    @Override
    public void close() {
        if (listener.getAndSet(null) != null) {
            ended.accept(this);
        }
    }
}
