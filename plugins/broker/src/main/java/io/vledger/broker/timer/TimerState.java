package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.QueueIndex;
import io.vledger.broker.state.Ahead;
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
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What the group agrees on about timers: in which minute each is due, up to which of them all are delivered, how many wait for each topic,
 * and how far those of an earlier broker are taken over.
 *
 * <pre>
 * TIMERS_DELIVERED   long time, long position: everything up to the unit there is delivered; short n, n times: text topic, int how many of
 *                    its timers wait no more
 * TIMERS_TAKEN_OVER  long queue offset: the earlier broker's messages in the wheel's topic before it are there again, if they wait
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
    /** Read by other threads too. */
    private final ConcurrentSkipListMap<String, Long> waiting = new ConcurrentSkipListMap<>();

    private final TimerFigures figures = new TimerFigures();
    private long deliveredMs;
    private long deliveredPosition;
    private final OriginTimers origin = new OriginTimers();
    private UnitListener unitListener = (unit, message) -> {};
    private DelayedListener delayedListener = (queueId, storedMs) -> {};

    /** The state of a group. */
    public TimerState(QueueIndex index) {
        buckets = new TimerBuckets(index);
    }

    /** Hears of each timer that is applied. */
    @FunctionalInterface
    interface UnitListener {
        void appended(TimerUnit unit, MessageView message);
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

    /** Counts of this member; no part of the state. */
    public TimerFigures figures() {
        return figures;
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

    /** Timers of an earlier broker that are to be taken over. */
    OriginTimers origin() {
        return origin;
    }

    @Override
    public void fill(InitialState known) {
        origin.fill(known.timers());
    }

    /** How many timers wait, by the topic that they are for. Any thread. */
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
    public boolean delivers(byte kind) {
        return kind == TIMERS_DELIVERED;
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
        unitListener.appended(unit, message);
    }

    @Override
    public void index(String topic, MessageView message, IndexSink sink) {
        if (topic.equals(TopicNames.TIMER)) {
            TimerBuckets.index(
                    TimerUnit.of(message.preparedOffset(), message.physicalOffset(), message.totalSize()), sink);
        }
    }

    /** The topic that a message is for. */
    static String topicOf(MessageView message) {
        String topic = message.property(PropertyNames.REAL_TOPIC);
        return topic == null ? "" : topic;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        if (kind == TIMERS_TAKEN_OVER) {
            origin.reached(header.readLong());
            return;
        }
        deliveredMs = header.readLong();
        deliveredPosition = header.readLong();
        int topics = header.readShort();
        for (int i = 0; i < topics; i++) {
            String topic = StateText.read(header);
            int fewer = header.readInt();
            waiting.computeIfPresent(topic, (name, have) -> have > fewer ? have - fewer : null);
        }
        buckets.dropBefore(TimerBuckets.minuteOf(deliveredMs - RECALL_SPAN_MS));
    }

    @Override
    public void check(byte kind, long position, ByteBuf header, Ahead ahead) {
        if (kind == TIMERS_TAKEN_OVER) {
            origin.check(header.readLong());
            return;
        }
        long timeMs = header.readLong();
        long place = header.readLong();
        if (timeMs < deliveredMs || (timeMs == deliveredMs && place <= deliveredPosition)) {
            throw new ContradictionException("timers were delivered up to " + deliveredMs + " and position "
                    + deliveredPosition + " already, not to " + timeMs + " and " + place);
        }
    }

    @Override
    public void clear() {
        buckets.clear();
        waiting.clear();
        deliveredMs = 0;
        deliveredPosition = 0;
        origin.clear();
    }

    /** Appends long time, long position, the earlier broker's timers, the buckets, int n, n times: text topic, long how many wait. */
    @Override
    public void write(ByteBuf target) {
        target.writeLong(deliveredMs);
        target.writeLong(deliveredPosition);
        origin.write(target);
        buckets.write(target);
        target.writeInt(waiting.size());
        waiting.forEach((topic, count) -> {
            StateText.write(target, topic);
            target.writeLong(count);
        });
    }

    @Override
    public void tryHeader(byte kind, long position, ByteBuf header) {
        header.skipBytes(Long.BYTES);
        if (kind == TIMERS_DELIVERED) {
            header.skipBytes(Long.BYTES);
            int topics = StateText.count(header.readShort(), Short.MAX_VALUE, "topics of timers");
            for (int i = 0; i < topics; i++) {
                StateText.read(header);
                header.skipBytes(Integer.BYTES);
            }
        }
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        deliveredMs = source.readLong();
        deliveredPosition = source.readLong();
        origin.read(source);
        buckets.read(source);
        int topics = StateText.count(source.readInt(), source.readableBytes(), "topics with timers");
        for (int i = 0; i < topics; i++) {
            String topic = StateText.read(source);
            waiting.put(topic, source.readLong());
        }
    }
}
