package io.vledger.broker.pull;

import io.vledger.api.group.Group;
import io.vledger.broker.state.TopicQueue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pulls that wait for messages, by queue, with one timer for all. A woken pull is no longer parked; it may be parked
 * again. Loop only.
 */
final class ParkedPulls {
    /** Bound of all parked pulls of a group; more are answered at once. */
    static final int MAX_PARKED = 100_000;

    /** Pulls are checked at most this often, milliseconds, so that many deadlines share a check. */
    private static final int MIN_CHECK_MS = 200;
    /** Pulls are checked at least this often while any is parked, so that those of closed connections are forgotten. */
    private static final int MAX_CHECK_MS = 5_000;

    private final Group group;
    private final LongSupplier clock;
    private final Waker waker;
    private final Set<Pull> parked = new LinkedHashSet<>();
    /** When the earliest timer fires. */
    private long timerMs = Long.MAX_VALUE;

    ParkedPulls(Group group, LongSupplier clock, Waker waker) {
        this.group = group;
        this.clock = clock;
        this.waker = waker;
    }

    /** Serves pulls that were woken. */
    @FunctionalInterface
    interface Waker {
        /**
         * Serves a pull.
         *
         * @param mayWait whether it may be parked again; false if it must be answered now
         */
        void wake(Pull pull, boolean mayWait);
    }

    /** Parks a pull at its queue; false if there are too many. */
    boolean park(Pull pull) {
        if (parked.size() >= MAX_PARKED) {
            return false;
        }
        pull.detach();
        parked.add(pull);
        TopicQueue.@Nullable QueueWatcher watcher = pull.queue.watcher();
        if (watcher instanceof AtQueue waiting && waiting.owner == this) {
            waiting.pulls.add(pull);
        } else {
            AtQueue waiting = new AtQueue(this);
            waiting.pulls.add(pull);
            pull.queue.watch(waiting);
        }
        checkBy(pull.deadlineMs);
        return true;
    }

    private void checkBy(long deadlineMs) {
        long now = clock.getAsLong();
        long atMs = now + Math.max(MIN_CHECK_MS, Math.min(MAX_CHECK_MS, deadlineMs - now));
        if (atMs < timerMs) {
            timerMs = atMs;
            group.schedule(atMs - now, this::check);
        }
    }

    private void check() {
        timerMs = Long.MAX_VALUE;
        long now = clock.getAsLong();
        long nextMs = Long.MAX_VALUE;
        List<Pull> over = new ArrayList<>();
        for (Pull pull : parked) {
            if (now >= pull.deadlineMs || !pull.request.connection().open()) {
                over.add(pull);
            } else {
                nextMs = Math.min(nextMs, pull.deadlineMs);
            }
        }
        over.forEach(this::end);
        if (!parked.isEmpty()) {
            checkBy(nextMs);
        }
    }

    private void end(Pull pull) {
        if (remove(pull) && pull.request.connection().open()) {
            waker.wake(pull, false);
        }
    }

    private boolean remove(Pull pull) {
        if (!parked.remove(pull)) {
            return false;
        }
        if (pull.queue.watcher() instanceof AtQueue waiting && waiting.owner == this) {
            waiting.pulls.remove(pull);
            if (waiting.pulls.isEmpty()) {
                pull.queue.watch(null);
            }
        }
        return true;
    }

    /** Ends the waiting of all parked pulls. */
    void wakeAll() {
        new ArrayList<>(parked).forEach(this::end);
    }

    /** Ends the waiting of pulls that satisfy a condition. */
    void wakeIf(Predicate<Pull> condition) {
        new ArrayList<>(parked).stream().filter(condition).forEach(this::end);
    }

    /** Those that wait at one queue. */
    private static final class AtQueue implements TopicQueue.QueueWatcher {
        private final ParkedPulls owner;
        private List<Pull> pulls = new ArrayList<>(2);

        AtQueue(ParkedPulls owner) {
            this.owner = owner;
        }

        @Override
        public void appended(TopicQueue queue) {
            List<Pull> woken = pulls;
            pulls = new ArrayList<>(2);
            for (int i = 0; i < woken.size(); i++) {
                Pull pull = woken.get(i);
                if (owner.parked.remove(pull) && pull.request.connection().open()) {
                    owner.waker.wake(pull, true);
                }
            }
            if (pulls.isEmpty() && queue.watcher() == this) {
                queue.watch(null);
            }
        }
    }
}
