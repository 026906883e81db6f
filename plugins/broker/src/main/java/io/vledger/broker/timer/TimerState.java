package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex;
import io.vledger.broker.state.MessageObserver;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the group agrees on about timers: in which minute each is due, up to which of them all are delivered, how many wait for each topic,
 * and how far those of an earlier broker are taken over.
 *
 * <pre>
 * TIMERS_DELIVERED   long time, long position: everything up to the unit there is delivered; short n, n times: text topic, int how many of
 *                    its timers wait no more
 * TIMERS_TAKEN_OVER  long queue offset: the earlier broker's messages in the wheel's topic up to it are there again, if they wait
 * </pre>
 */
public final class TimerState implements StatePart {
    /** Delivers timers. */
    static final byte TIMERS_DELIVERED = 30;
    /** Takes over timers of an earlier broker. */
    static final byte TIMERS_TAKEN_OVER = 31;

    /** A recall acts this long before what it recalls, at most. */
    static final long RECALL_SPAN_MS = 2_000;

    private final TimerBuckets buckets;
    private final TreeMap<String, Long> waiting = new TreeMap<>();
    private long deliveredMs;
    private long deliveredPosition;
    private long takenOver;
    private UnitListener unitListener = unit -> {};
    private DelayedListener delayedListener = (queueId, storedMs) -> {};

    /** The state of a group. */
    public TimerState(QueueIndex index) {
        buckets = new TimerBuckets(index);
    }

    /** Hears of each timer that is applied. */
    @FunctionalInterface
    interface UnitListener {
        void appended(TimerUnit unit);
    }

    /** Hears of each message that is applied to a delay level's queue. */
    @FunctionalInterface
    interface DelayedListener {
        void appended(int queueId, long storedMs);
    }

    void onUnit(UnitListener listener) {
        unitListener = listener;
    }

    void onDelayed(DelayedListener listener) {
        delayedListener = listener;
    }

    TimerBuckets buckets() {
        return buckets;
    }

    /** Time of the last unit that was delivered. */
    long deliveredMs() {
        return deliveredMs;
    }

    /** Position of the last unit that was delivered. */
    long deliveredPosition() {
        return deliveredPosition;
    }

    /** Queue offset up to which an earlier broker's timers are taken over. */
    long takenOver() {
        return takenOver;
    }

    /** How many timers wait, by the topic that they are for. */
    public SortedMap<String, Long> waiting() {
        return Collections.unmodifiableSortedMap(waiting);
    }

    /** How many timers wait. */
    public long waitingCount() {
        long all = 0;
        for (long each : waiting.values()) {
            all += each;
        }
        return all;
    }

    @Override
    public int section() {
        return TIMERS_DELIVERED;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == TIMERS_DELIVERED || kind == TIMERS_TAKEN_OVER;
    }

    @Override
    public Map<String, MessageObserver> observers() {
        return Map.of(
                TopicNames.TIMER,
                this::applied,
                TopicNames.SCHEDULE,
                (queue, message) -> delayedListener.appended(queue.id(), message.storeTimestamp()));
    }

    private void applied(TopicQueue queue, MessageView message) {
        TimerUnit wanted = TimerUnit.of(message.preparedOffset(), message.physicalOffset(), message.totalSize());
        // A leader gives no time that is past; what had one all the same comes next.
        TimerUnit unit =
                new TimerUnit(Math.max(wanted.dueMs(), deliveredMs), wanted.position(), wanted.size(), wanted.recall());
        buckets.append(unit);
        if (!unit.recall()) {
            waiting.merge(topicOf(message), 1L, Long::sum);
        }
        unitListener.appended(unit);
    }

    /** The topic that a message is for. */
    static String topicOf(MessageView message) {
        String topic = message.property(PropertyNames.REAL_TOPIC);
        return topic == null ? "" : topic;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        if (kind == TIMERS_TAKEN_OVER) {
            long reached = header.readLong();
            if (reached <= takenOver) {
                throw new IllegalStateException(
                        "timers were taken over up to queue offset " + takenOver + " already, not to " + reached);
            }
            takenOver = reached;
            return;
        }
        long timeMs = header.readLong();
        long place = header.readLong();
        if (timeMs < deliveredMs || (timeMs == deliveredMs && place <= deliveredPosition)) {
            throw new IllegalStateException("timers were delivered up to " + deliveredMs + " and position "
                    + deliveredPosition + " already, not to " + timeMs + " and " + place);
        }
        deliveredMs = timeMs;
        deliveredPosition = place;
        int topics = header.readShort();
        for (int i = 0; i < topics; i++) {
            String topic = StateText.read(header);
            int fewer = header.readInt();
            waiting.computeIfPresent(topic, (name, have) -> have > fewer ? have - fewer : null);
        }
        buckets.dropBefore(TimerBuckets.minuteOf(deliveredMs - RECALL_SPAN_MS));
    }

    @Override
    public void clear() {
        buckets.clear();
        waiting.clear();
        deliveredMs = 0;
        deliveredPosition = 0;
        takenOver = 0;
    }

    /** Appends long time, long position, long taken over, the buckets, int n, n times: text topic, long how many wait. */
    @Override
    public void write(ByteBuf target) {
        target.writeLong(deliveredMs);
        target.writeLong(deliveredPosition);
        target.writeLong(takenOver);
        buckets.write(target);
        target.writeInt(waiting.size());
        waiting.forEach((topic, count) -> {
            StateText.write(target, topic);
            target.writeLong(count);
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        deliveredMs = source.readLong();
        deliveredPosition = source.readLong();
        takenOver = source.readLong();
        buckets.read(source);
        int topics = StateText.count(source.readInt(), source.readableBytes(), "topics with timers");
        for (int i = 0; i < topics; i++) {
            String topic = StateText.read(source);
            waiting.put(topic, source.readLong());
        }
    }
}
