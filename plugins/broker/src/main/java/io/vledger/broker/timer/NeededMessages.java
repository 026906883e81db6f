package io.vledger.broker.timer;

import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From where on messages that are delivered later still need the log, so that retention leaves them there. On every member. Loop only.
 */
public final class NeededMessages {
    private static final Logger LOG = LoggerFactory.getLogger(NeededMessages.class);
    private static final long NOTHING = Long.MAX_VALUE;
    /** Units that are looked at in one go: what is beyond is kept until the next time. */
    private static final int MAX_UNITS = 1 << 19;

    private final BrokerState state;
    private final TimerState timers;
    private final DelayLevels delays;
    private final LongSupplier clock;
    /** Queue offset of the first timer that may wait: all before it are delivered. */
    private long first;
    /** Up to where timers were delivered when that was found. */
    private long deliveredMs;

    /** Where a search ended: at a timer, or with {@link #NOTHING} as its position behind the last one. */
    private record Place(long queueOffset, long position) {}

    NeededMessages(BrokerState state, DelayLevels delays, LongSupplier clock) {
        this.state = state;
        this.timers = state.part(TimerState.class);
        this.delays = delays;
        this.clock = clock;
    }

    /** Position of the first message that waits; {@link Long#MAX_VALUE} if none does. */
    public long all() {
        return Math.min(waitingTimers(), levels(dueMs -> true));
    }

    /** Position of the first message that waits although its time has come, or a bound of it. */
    public long overdue() {
        long nowMs = clock.getAsLong();
        return Math.min(overdueTimers(nowMs), levels(dueMs -> dueMs <= nowMs));
    }

    /** How many messages that wait lie below a position; at least this many if there are more than are looked at in one go. */
    public long countBelow(long end) {
        long[] count = {0};
        TopicQueue queue = queue(TopicNames.TIMER, 0);
        if (queue != null) {
            waitingTimers();
            count(queue, Math.max(first, queue.minOffset()), (queueOffset, position, size, code) -> {
                boolean below = position < end;
                count[0] += below && waits(queueOffset, position, size, code, dueMs -> true) ? 1 : 0;
                return below;
            });
        }
        for (int level = 1; level <= delays.count(); level++) {
            TopicQueue ofLevel = queue(TopicNames.SCHEDULE, level - 1);
            if (ofLevel != null) {
                long next = Math.max(state.schedule().next(level), ofLevel.minOffset());
                count(ofLevel, next, (queueOffset, position, size, code) -> {
                    count[0] += position < end ? 1 : 0;
                    return position < end;
                });
            }
        }
        return count[0];
    }

    private static void count(TopicQueue queue, long from, QueueIndex.UnitVisitor visitor) {
        try {
            queue.log().read(from, MAX_UNITS, visitor);
        } catch (StoreException failure) {
            LOG.warn(
                    "{}: messages that wait cannot be counted: {}",
                    queue.topic().name(),
                    failure.getMessage());
        }
    }

    private long waitingTimers() {
        TopicQueue queue = queue(TopicNames.TIMER, 0);
        if (queue == null) {
            return NOTHING;
        }
        if (timers.deliveredMs() < deliveredMs) {
            // Another state was restored.
            first = 0;
        }
        deliveredMs = timers.deliveredMs();
        Place place = scan(queue, Math.max(first, queue.minOffset()), dueMs -> true);
        first = place.queueOffset;
        return place.position;
    }

    private long overdueTimers(long nowMs) {
        Long minute = timers.buckets().firstFrom(TimerBuckets.minuteOf(timers.deliveredMs()));
        boolean maybe = minute != null && minute <= TimerBuckets.minuteOf(nowMs);
        TopicQueue queue = queue(TopicNames.TIMER, 0);
        if (queue == null || !(maybe || timers.origin().hasMore()) || waitingTimers() == NOTHING) {
            return NOTHING;
        }
        return scan(queue, first, dueMs -> dueMs <= nowMs).position;
    }

    /** Looks for the first timer from a queue offset on that waits and has such a time. */
    private Place scan(TopicQueue queue, long from, LongPredicate wanted) {
        long[] next = {from};
        long[] last = {NOTHING};
        boolean[] found = new boolean[1];
        try {
            int visited = queue.log().read(from, MAX_UNITS, (queueOffset, position, size, code) -> {
                last[0] = position;
                found[0] = waits(queueOffset, position, size, code, wanted);
                next[0] = found[0] ? queueOffset : queueOffset + 1;
                return !found[0];
            });
            return new Place(next[0], found[0] || visited == MAX_UNITS ? last[0] : NOTHING);
        } catch (StoreException failure) {
            LOG.warn("timers: their queue cannot be read, so all of the log is kept: {}", failure.getMessage());
            return new Place(from, 0);
        }
    }

    private boolean waits(long queueOffset, long position, int size, long code, LongPredicate wanted) {
        if (position < state.originEnd()) {
            OriginTimers.Run run = timers.origin().from(queueOffset);
            return run != null && run.first() == queueOffset;
        }
        TimerUnit unit = TimerUnit.of(code, position, size);
        // A new leader takes recalls of shortly before again.
        boolean open = unit.recall()
                ? unit.after(timers.deliveredMs() - TimerState.RECALL_SPAN_MS, -1)
                : unit.after(timers.deliveredMs(), timers.deliveredPosition());
        return open && wanted.test(unit.dueMs());
    }

    private long levels(LongPredicate wanted) {
        long lowest = NOTHING;
        for (int level = 1; level <= delays.count(); level++) {
            TopicQueue queue = queue(TopicNames.SCHEDULE, level - 1);
            if (queue != null) {
                lowest = Math.min(lowest, head(queue, level, wanted));
            }
        }
        return lowest;
    }

    private long head(TopicQueue queue, int level, LongPredicate wanted) {
        long next = Math.max(state.schedule().next(level), queue.minOffset());
        if (next >= queue.maxOffset()) {
            return NOTHING;
        }
        long[] found = {NOTHING};
        try {
            queue.log().read(next, 1, (queueOffset, position, size, storedMs) -> {
                long dueMs = position < state.originEnd() ? storedMs : storedMs + delays.delayMs(level);
                if (wanted.test(dueMs)) {
                    found[0] = position;
                }
                return false;
            });
            return found[0];
        } catch (StoreException failure) {
            LOG.warn("level {}: its queue cannot be read, so all of the log is kept: {}", level, failure.getMessage());
            return 0;
        }
    }

    private @Nullable TopicQueue queue(String name, int id) {
        Topic topic = state.topics().find(name);
        return topic == null ? null : topic.queue(id);
    }
}
