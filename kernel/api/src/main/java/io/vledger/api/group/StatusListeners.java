package io.vledger.api.group;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of {@link Group#onStatus}, for implementations of {@link Group}. Each call of a listener is a task of its own on
 * the group's loop, so that a listener sees a change after the rest of the group has.
 */
public final class StatusListeners {
    private static final Logger LOG = LoggerFactory.getLogger(StatusListeners.class);

    private final Executor loop;
    private final Supplier<GroupStatus> current;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private GroupStatus last;
    private boolean deliveryQueued;

    /**
     * No listeners yet.
     *
     * @param loop the group's loop
     * @param current the latest status
     */
    public StatusListeners(Executor loop, Supplier<GroupStatus> current) {
        this.loop = loop;
        this.current = current;
        this.last = current.get();
    }

    /** Adds a listener, as {@link Group#onStatus} says. Any thread. */
    public Group.Registration add(Consumer<GroupStatus> target) {
        Listener listener = new Listener(target);
        loop.execute(() -> {
            listener.call(current.get());
            listeners.add(listener);
            if (listener.closed) {
                listeners.remove(listener);
            }
        });
        return listener;
    }

    /** A status was published; listeners are called soon if it differs in more than progress. Loop only. */
    public void published(GroupStatus status) {
        if (status.differsFrom(last)) {
            last = status;
            if (!deliveryQueued && !listeners.isEmpty()) {
                deliveryQueued = true;
                loop.execute(() -> {
                    deliveryQueued = false;
                    GroupStatus now = current.get();
                    listeners.forEach(listener -> listener.call(now));
                });
            }
        }
    }

    private final class Listener implements Group.Registration {
        private final Consumer<GroupStatus> target;
        private volatile boolean closed;

        Listener(Consumer<GroupStatus> target) {
            this.target = target;
        }

        void call(GroupStatus status) {
            if (closed) {
                return;
            }
            try {
                target.accept(status);
            } catch (RuntimeException e) {
                LOG.error("{}: a status listener failed", status.group(), e);
            }
        }

        @Override
        public void close() {
            closed = true;
            listeners.remove(this);
        }
    }
}
