package io.vledger.broker.group;

import io.vledger.api.group.Group;
import io.vledger.broker.state.BrokerState;
import java.util.ArrayList;
import java.util.List;

/**
 * Holds answers back until name servers publish the topics that the answers are about, as RocketMQ's brokers register before they
 * answer: a client that looks for the route then finds it, and need not wait for its next poll, 30 s later. Loop only, but
 * for {@link #published}.
 */
public final class PublishedRoutes {
    /** Longest time that an answer is held back, milliseconds: a name server may not answer, and clients wait for 3 s. */
    public static final int MAX_WAIT_MS = 1_000;

    private final Group group;
    private final BrokerState state;
    private final List<Waiter> waiting = new ArrayList<>();
    private boolean watched;
    private long published = Long.MIN_VALUE;

    /** For one group. */
    public PublishedRoutes(Group group, BrokerState state) {
        this.group = group;
        this.state = state;
    }

    /** Whether a name service publishes topics and reports it through {@link #published}. */
    public void watched(boolean now) {
        watched = now;
        if (!now) {
            published = Long.MIN_VALUE;
            List<Waiter> all = new ArrayList<>(waiting);
            waiting.clear();
            all.forEach(waiter -> waiter.then.run());
        }
    }

    /** Topics are published as of this version of {@link BrokerState#topics}, as far as they can be. Any thread. */
    public void published(long version) {
        group.execute(() -> {
            published = version;
            List<Waiter> done = new ArrayList<>();
            waiting.removeIf(waiter -> waiter.version <= version && done.add(waiter));
            done.forEach(waiter -> waiter.then.run());
        });
    }

    /** Runs something once the topics are published as they are now: at once, soon, or after {@value #MAX_WAIT_MS} ms. */
    public void await(Runnable then) {
        long wanted = state.topics().version();
        if (!watched || published >= wanted) {
            then.run();
            return;
        }
        Waiter waiter = new Waiter(wanted, then);
        waiting.add(waiter);
        group.schedule(MAX_WAIT_MS, () -> {
            if (waiting.remove(waiter)) {
                then.run();
            }
        });
    }

    /** Distinguished by identity. */
    private static final class Waiter {
        private final long version;
        private final Runnable then;

        Waiter(long version, Runnable then) {
            this.version = version;
            this.then = then;
        }
    }
}
