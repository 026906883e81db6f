package io.vledger.broker.timer;

import io.vledger.api.group.Group;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import java.util.Collections;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The next units, in memory: all that come after what was taken and not after the horizon. A minute's bucket is read before it is due, a
 * slice at a time; of a bucket that is too large the first units are kept, and it is read again for the rest. Loop only, on a leader.
 */
final class TimerWindow {
    private static final Logger LOG = LoggerFactory.getLogger(TimerWindow.class);
    /** How long before its minute a bucket is read. */
    static final long AHEAD_MS = 3_000;

    private static final int SLICE_UNITS = 2048;
    private static final int RETRY_MS = 1_000;

    private final Group group;
    private final BrokerState state;
    private final TimerState timers;
    private final int capacity;
    private final Runnable loaded;
    private final PriorityQueue<TimerUnit> units = new PriorityQueue<>();
    private long horizonMs;
    private long horizonPosition;
    private @Nullable Load load;

    /**
     * A window on the timers of a group.
     *
     * @param capacity how many units are in memory, about
     * @param loaded run when there are more
     */
    TimerWindow(Group group, BrokerState state, int capacity, Runnable loaded) {
        this.group = group;
        this.state = state;
        this.timers = state.part(TimerState.class);
        this.capacity = capacity;
        this.loaded = loaded;
    }

    /** Begins again, behind what is delivered. Recalls from shortly before are taken again: they may be of messages that come after. */
    void rewind() {
        units.clear();
        load = null;
        horizonMs = timers.deliveredMs() - TimerState.RECALL_SPAN_MS;
        horizonPosition = -1;
    }

    /** Lets go of everything. */
    void clear() {
        units.clear();
        load = null;
    }

    private boolean wanted(TimerUnit unit) {
        return unit.recall() || unit.after(timers.deliveredMs(), timers.deliveredPosition());
    }

    /** A unit was applied. */
    void appended(TimerUnit unit) {
        if (unit.after(horizonMs, horizonPosition)) {
            return;
        }
        units.add(unit);
        if (units.size() > 4 * capacity) {
            // More came in than is delivered: the bucket has it all.
            TimerUnit next = units.peek();
            units.clear();
            load = null;
            horizonMs = next.dueMs();
            horizonPosition = next.position() - 1;
        }
    }

    /** The next unit; null if none is in memory. */
    @Nullable
    TimerUnit peek() {
        return units.peek();
    }

    /** Takes the next unit. */
    void take() {
        units.poll();
    }

    /** Units in memory. */
    int size() {
        return units.size();
    }

    /** Reads what is due soon, if it is not read yet. */
    void ensure(long nowMs, Alarm alarm) {
        while (load == null && units.size() < capacity / 4) {
            Long minute = timers.buckets().firstFrom(nextMinute());
            if (minute == null) {
                return;
            }
            long startMs = minute * TimerBuckets.MINUTE_MS;
            if (startMs > nowMs + AHEAD_MS) {
                alarm.at(startMs - AHEAD_MS);
                return;
            }
            Load begun = new Load(minute, timers.buckets().log(minute), false);
            load = begun;
            if (!step(begun, alarm)) {
                return;
            }
        }
    }

    private long nextMinute() {
        long minute = TimerBuckets.minuteOf(horizonMs);
        return horizonPosition == Long.MAX_VALUE ? minute + 1 : minute;
    }

    /** Reads a slice; true if it was the last one. */
    private boolean step(Load now, Alarm alarm) {
        try {
            now.read();
        } catch (StoreException failure) {
            load = null;
            restart(now, failure, alarm);
            return false;
        }
        if (now.atEnd()) {
            load = null;
            now.finish();
            return true;
        }
        group.execute(() -> goOn(now, alarm));
        return false;
    }

    private void goOn(Load now, Alarm alarm) {
        if (load == now && step(now, alarm)) {
            loaded.run();
        }
    }

    /** What the bucket has is in the queue of the wheel's topic too, among all other timers. */
    private void restart(Load failed, StoreException failure, Alarm alarm) {
        Topic topic = state.topics().find(TopicNames.TIMER);
        TopicQueue queue = topic == null ? null : topic.queue(0);
        if (failed.wholeTopic || queue == null) {
            LOG.warn("timers of minute {} cannot be found: {}", failed.minute, failure.getMessage());
            alarm.in(RETRY_MS);
            return;
        }
        LOG.warn("timers of minute {} are looked for among all timers: {}", failed.minute, failure.getMessage());
        Load again = new Load(failed.minute, queue.log(), true);
        load = again;
        group.execute(() -> goOn(again, alarm));
    }

    /** One pass through the units of a minute. */
    private final class Load {
        private final long minute;
        private final QueueIndex.QueueLog log;
        private final boolean wholeTopic;
        /** The first units that were found, the last of them first. */
        private final PriorityQueue<TimerUnit> first = new PriorityQueue<>(Collections.reverseOrder());

        private long next;
        private boolean cut;

        Load(long minute, QueueIndex.QueueLog log, boolean wholeTopic) {
            this.minute = minute;
            this.log = log;
            this.wholeTopic = wholeTopic;
            this.next = log.minOffset();
        }

        void read() throws StoreException {
            next = Math.max(next, log.minOffset());
            int visited = log.read(next, SLICE_UNITS, (queueOffset, position, size, code) -> {
                boolean own = !wholeTopic || position >= state.originEnd();
                TimerUnit unit = TimerUnit.of(code, position, size);
                if (own && TimerBuckets.minuteOf(unit.dueMs()) == minute) {
                    keep(unit);
                }
                return true;
            });
            next += visited;
        }

        private void keep(TimerUnit unit) {
            if (!unit.after(horizonMs, horizonPosition) || !wanted(unit)) {
                return;
            }
            if (first.size() < capacity) {
                first.add(unit);
                return;
            }
            cut = true;
            if (unit.compareTo(first.peek()) < 0) {
                first.poll();
                first.add(unit);
            }
        }

        boolean atEnd() {
            return next >= log.maxOffset();
        }

        void finish() {
            TimerUnit last = first.peek();
            units.addAll(first);
            if (cut && last != null) {
                horizonMs = last.dueMs();
                horizonPosition = last.position();
            } else {
                horizonMs = (minute + 1) * TimerBuckets.MINUTE_MS - 1;
                horizonPosition = Long.MAX_VALUE;
            }
        }
    }
}
