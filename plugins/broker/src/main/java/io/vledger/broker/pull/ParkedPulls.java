package io.vledger.broker.pull;

import io.vledger.api.group.Group;
import io.vledger.broker.state.TopicQueue;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

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

    /**
     * Pulls that wait for so long, milliseconds, end at whole seconds, so that those of many consumers end, and are asked anew, together; RocketMQ
     * looks every five seconds.
     */
    private static final long LONG_MS = 10_000;

    private static final long LONG_GRID_MS = 1_000;

    /** Deliveries are counted over so many milliseconds. */
    private static final int WINDOW_MS = 100;
    /**
     * From so many messages in a window on, all pulls together, pulls gather: an answer costs what it costs whatever is in it, and to wake
     * each of ten groups for each of 5,000 messages a second would cost most of a core.
     */
    private static final int BUSY_MESSAGES = 500;
    /** Pulls that gather are answered by then, milliseconds. */
    private static final int LEAST_GATHER_MS = 4;
    /** The more messages in a window are delivered to pulls that waited, the longer pulls gather: a millisecond for so many. */
    private static final int MESSAGES_FOR_A_MS = 250;

    private static final int MOST_GATHER_MS = 16;

    private final Group group;
    private final LongSupplier clock;
    private final Waker waker;
    private final Delivered delivered = new Delivered();
    /** Those of pulls that waited: who catches up makes nobody wait longer. */
    private final Delivered awaited = new Delivered();

    /** Queues whose pulls gather. */
    private List<AtQueue> gathering = new ArrayList<>();

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

    /** When a pull that comes now ends, if it may wait for so long. */
    static long deadlineMs(long nowMs, long suspendMs) {
        long atMs = nowMs + suspendMs;
        return suspendMs < LONG_MS ? atMs : -Math.floorDiv(-atMs, LONG_GRID_MS) * LONG_GRID_MS;
    }

    /** Parks a pull at its queue; false if there are too many. */
    boolean park(Pull pull) {
        if (parked.size() >= MAX_PARKED) {
            return false;
        }
        pull.detach();
        pull.gathered = false;
        parked.add(pull);
        at(pull.queue).pulls.add(pull);
        checkBy(pull.deadlineMs);
        return true;
    }

    private AtQueue at(TopicQueue queue) {
        if (queue.watcher() instanceof AtQueue waiting && waiting.owner == this) {
            return waiting;
        }
        AtQueue waiting = new AtQueue(this, queue);
        queue.watch(waiting);
        return waiting;
    }

    /** Parks a pull for which there are a few messages while many are delivered, for a moment in which more may come; false if it should have them. */
    boolean gather(Pull pull) {
        if (pull.gathered || !delivered.busy() || full(pull) || !park(pull)) {
            return false;
        }
        gather(at(pull.queue));
        return true;
    }

    private void gather(AtQueue waiting) {
        if (!waiting.gathers) {
            waiting.gathers = true;
            if (gathering.isEmpty()) {
                group.schedule(gatherMs(), this::wakeGathered);
            }
            gathering.add(waiting);
        }
    }

    private int gatherMs() {
        return Math.max(LEAST_GATHER_MS, Math.min(MOST_GATHER_MS, awaited.inWindow() / MESSAGES_FOR_A_MS));
    }

    private void wakeGathered() {
        List<AtQueue> ready = gathering;
        gathering = new ArrayList<>();
        for (AtQueue waiting : ready) {
            waiting.gathers = false;
            waiting.wake();
        }
    }

    private static boolean full(Pull pull) {
        return pull.queue.maxOffset() - pull.from >= pull.maxMessages;
    }

    /** Counts messages that a pull is answered with. */
    void delivered(Pull pull, int messages) {
        delivered.add(messages);
        if (pull.gathered) {
            awaited.add(messages);
        }
    }

    /** How many messages are delivered. */
    private final class Delivered {
        private long windowMs;
        private int messages;
        private int before;

        void add(int more) {
            turn();
            messages += more;
        }

        boolean busy() {
            return inWindow() >= BUSY_MESSAGES;
        }

        int inWindow() {
            turn();
            return Math.max(before, messages);
        }

        private void turn() {
            long passed = clock.getAsLong() - windowMs;
            if (passed >= WINDOW_MS) {
                before = passed < 2 * WINDOW_MS ? messages : 0;
                messages = 0;
                windowMs += passed;
            }
        }
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
        private final TopicQueue queue;
        private List<Pull> pulls = new ArrayList<>(2);
        private boolean gathers;

        AtQueue(ParkedPulls owner, TopicQueue queue) {
            this.owner = owner;
            this.queue = queue;
        }

        @Override
        public void appended(TopicQueue of) {
            if (owner.delivered.busy() && !pulls.isEmpty() && !full(pulls.get(0))) {
                owner.gather(this);
            } else {
                wake();
            }
        }

        private void wake() {
            List<Pull> woken = pulls;
            pulls = new ArrayList<>(2);
            for (int i = 0; i < woken.size(); i++) {
                Pull pull = woken.get(i);
                if (owner.parked.remove(pull) && pull.request.connection().open()) {
                    pull.gathered = true;
                    owner.waker.wake(pull, true);
                }
            }
            if (pulls.isEmpty() && queue.watcher() == this) {
                queue.watch(null);
            }
        }
    }
}
