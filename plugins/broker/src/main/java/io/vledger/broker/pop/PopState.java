package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicsByGroup;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What groups have popped and not acknowledged, as part of the replicated state. See {@link PopOp} for the bytes of its entries.
 *
 * <p>Invariants: a message of a queue is in at most one flight of a group; each flight lies before its queue's cursor; a group's consumer
 * offset on a queue that it pops is never above the lowest message in flight unless somebody else committed it; an operation that
 * does not fit the state changes nothing, and its proposer hears so.
 *
 * <p>A snapshot section is: long latest time, int n, n times: text group, text topic, int m, m {@link PopQueue}s.
 */
public final class PopState implements StatePart {
    /** Takes, acknowledgements and changes of one turn. */
    public static final byte TURN = 35;
    /** Messages that were not acknowledged in time are stored again. */
    public static final byte REVIVE = 36;

    /** Up to what a topic may have. */
    private static final Pattern QUEUE_ID = Pattern.compile("[0-9]{1,5}");

    private static final int MAX_KEYS = 10_000_000;
    private static final Comparator<GroupTopic> ORDER =
            Comparator.comparing(GroupTopic::group).thenComparing(GroupTopic::topic);

    private final Map<GroupTopic, PopQueues> queues = new HashMap<>();
    private final KeyReader keys = new KeyReader();
    /** Those that were asked for last. */
    private @Nullable PopQueues last;

    private @Nullable ConsumerOffsets offsets;
    private Observer observer = Observer.NONE;
    private int flights;
    private long latestMs;

    /** An empty state. */
    public PopState() {}

    /** Hears on this member what was applied; it is not part of the state, and decides nothing about it. */
    interface Observer {
        /** Nobody listens. */
        Observer NONE = new Observer() {};

        /** An operation of a {@link #TURN} was applied, or it did not fit the state. */
        default void applied(boolean fits) {}

        /** A flight began. */
        default void began(Flight flight) {}

        /** Messages of a flight are gone, maybe all. */
        default void left(PopQueue queue, Flight flight) {}

        /** A queue is locked, locked for another time, or not locked any more. */
        default void locked(PopQueue queue) {}

        /** A group's queue was sent to another queue offset by a tool, or is gone. */
        default void forgotten(PopQueue queue) {}

        /** An entry names a time of its proposer's clock. */
        default void stamped(long ms) {}
    }

    void observe(Observer newObserver) {
        observer = newObserver;
    }

    @Override
    public void attach(ConsumerOffsets consumerOffsets) {
        offsets = consumerOffsets;
    }

    private ConsumerOffsets offsets() {
        ConsumerOffsets known = offsets;
        if (known == null) {
            throw new IllegalStateException("not part of a state");
        }
        return known;
    }

    @Override
    public int section() {
        return TURN;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == TURN || kind == REVIVE;
    }

    /** The queue as a group pops it, or null if it never did. */
    @Nullable
    PopQueue find(GroupTopic key, int queueId) {
        PopQueues known = known(key);
        return known == null ? null : known.find(queueId);
    }

    /** Most operations of an entry are about the same topic as the one before. */
    private @Nullable PopQueues known(GroupTopic key) {
        PopQueues before = last;
        if (before != null && before.key.equals(key)) {
            return before;
        }
        PopQueues known = queues.get(key);
        last = known;
        return known;
    }

    /** The queue as a group pops it; one that nothing was applied to is kept, but not part of the state. */
    PopQueue queue(GroupTopic key, int queueId) {
        return queues(key).queue(queueId);
    }

    /** The queues of a topic as a group pops them, to be used at once. */
    PopQueues queues(GroupTopic key) {
        PopQueues known = known(key);
        if (known == null) {
            known = new PopQueues(key);
            queues.put(key, known);
        }
        return known;
    }

    /** Every queue that was popped, in no order. */
    List<PopQueue> all() {
        List<PopQueue> found = new ArrayList<>();
        queues.values().forEach(known -> found.addAll(known.all()));
        return found;
    }

    /** Drops what is not part of the state. */
    void dropUnborn() {
        last = null;
        queues.values().removeIf(PopQueues::dropUnborn);
    }

    /** The queues of a topic that a group pops. */
    Collection<PopQueue> of(GroupTopic key) {
        PopQueues known = queues.get(key);
        return known == null ? List.of() : known.all();
    }

    /** Groups of messages in flight, in all. */
    int flights() {
        return flights;
    }

    /** Messages in flight of a group on a topic. */
    public long inFlight(String group, String topic) {
        return of(new GroupTopic(group, topic)).stream()
                .mapToLong(PopQueue::inFlight)
                .sum();
    }

    /** Messages in flight of a group on a queue; -1 if it never popped the queue, or pops it in order. */
    public long inFlight(String group, String topic, int queueId) {
        PopQueue queue = find(new GroupTopic(group, topic), queueId);
        return queue == null || queue.cursor == ConsumerOffsets.NONE ? -1 : queue.inFlight();
    }

    /** The next message that a group will pop of a queue; -1 as above. */
    public long cursor(String group, String topic, int queueId) {
        PopQueue queue = find(new GroupTopic(group, topic), queueId);
        return queue == null ? ConsumerOffsets.NONE : queue.cursor;
    }

    /** The latest time that any entry named, milliseconds of its proposer's clock; 0 before the first. */
    long latestMs() {
        return latestMs;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        if (kind == REVIVE) {
            applyRevive(header);
            return;
        }
        while (header.isReadable()) {
            byte op = header.readByte();
            PopOp.Where where = PopOp.Where.read(keys, header);
            boolean fits =
                    switch (op) {
                        case PopOp.TAKE -> applyTake(where, header);
                        case PopOp.ACK -> applyAck(where, header);
                        case PopOp.CHANGE -> applyChange(where, header);
                        case PopOp.ORDER_TAKE -> applyOrderTake(where, header);
                        case PopOp.ORDER_ACK -> applyOrderAck(where, header);
                        case PopOp.ORDER_CHANGE -> applyOrderChange(where, header);
                        default ->
                            throw new IllegalStateException(
                                    "operation " + op
                                            + " of POP is not known to this version; run the version that wrote it, or a later one");
                    };
            observer.applied(fits);
        }
    }

    private void stamp(long ms) {
        latestMs = Math.max(latestMs, ms);
        observer.stamped(ms);
    }

    private boolean applyTake(PopOp.Where where, ByteBuf header) {
        long expected = header.readLong();
        long start = header.readLong();
        long next = header.readLong();
        long popMs = header.readLong();
        long invisibleMs = header.readLong();
        Flight flight = Flight.readMessages(header, start, popMs, invisibleMs);
        PopQueue known = find(where.key(), where.queueId());
        if ((known == null ? ConsumerOffsets.NONE : known.cursor) != expected) {
            return false;
        }
        PopQueue queue = queue(where.key(), where.queueId());
        queue.cursor = next;
        stamp(popMs);
        if (flight.open() != 0) {
            add(queue, flight);
        }
        advance(queue);
        return true;
    }

    private void add(PopQueue queue, Flight flight) {
        queue.add(flight);
        flights++;
        observer.began(flight);
    }

    private int close(PopQueue queue, Flight flight, int messages) {
        int closed = queue.close(flight, messages);
        if (closed != 0) {
            closed(queue, flight);
        }
        return closed;
    }

    private void closed(PopQueue queue, Flight flight) {
        if (flight.open() == 0) {
            flights--;
        }
        observer.left(queue, flight);
    }

    /** Everything below the lowest message in flight is consumed. */
    private void advance(PopQueue queue) {
        offsets().raise(queue.key, queue.queueId, queue.lowest());
    }

    private @Nullable Flight flight(@Nullable PopQueue queue, ByteBuf header) {
        long start = header.readLong();
        long popMs = header.readLong();
        return queue == null ? null : queue.find(start, popMs);
    }

    private boolean applyAck(PopOp.Where where, ByteBuf header) {
        PopQueue queue = find(where.key(), where.queueId());
        Flight flight = flight(queue, header);
        int messages = header.readInt();
        if (queue == null || flight == null || close(queue, flight, messages) == 0) {
            return false;
        }
        advance(queue);
        return true;
    }

    private boolean applyChange(PopOp.Where where, ByteBuf header) {
        PopQueue queue = find(where.key(), where.queueId());
        Flight flight = flight(queue, header);
        byte message = header.readByte();
        boolean suspended = (message & PopOp.SUSPENDED) != 0;
        int index = StateText.count(message & ~PopOp.SUSPENDED, Flight.MAX_MESSAGES - 1, "as message");
        long popMs = header.readLong();
        long invisibleMs = header.readLong();
        if (queue == null || flight == null || (flight.open() & 1 << index) == 0) {
            return false;
        }
        Flight next = Flight.changed(flight.queueOffset(index), popMs, invisibleMs, suspended);
        queue.changed(flight, 1 << index, next);
        closed(queue, flight);
        add(queue, next);
        stamp(popMs);
        return true;
    }

    private void applyRevive(ByteBuf header) {
        PopOp.Where where = PopOp.Where.read(keys, header);
        PopQueue queue = find(where.key(), where.queueId());
        Flight flight = flight(queue, header);
        int messages = header.readInt();
        if (queue != null && flight != null) {
            // Its time was over for the leader that proposed this, so no leader may go back behind it.
            stamp(flight.deadlineMs() == Long.MAX_VALUE ? latestMs : flight.deadlineMs());
            close(queue, flight, messages);
            advance(queue);
        }
    }

    private boolean applyOrderTake(PopOp.Where where, ByteBuf header) {
        long expected = header.readLong();
        long before = header.readLong();
        String attemptId = StateText.read(header);
        long popMs = header.readLong();
        long invisibleMs = header.readLong();
        long[] messages = new long[StateText.count(header.readByte(), Flight.MAX_MESSAGES, "messages in order")];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = header.readLong();
        }
        long next = messages.length == 0 ? header.readLong() : messages[0];
        PopQueue known = find(where.key(), where.queueId());
        OrderLock lock = known == null ? null : known.lock();
        boolean fits =
                offsets().find(where.key(), where.queueId()) == expected && (lock == null ? 0 : lock.popMs) == before;
        if (!fits) {
            return false;
        }
        PopQueue queue = queue(where.key(), where.queueId());
        stamp(popMs);
        offsets().set(queue.key, queue.queueId, next);
        queue.lock(messages.length == 0 ? null : OrderLock.after(lock, attemptId, popMs, invisibleMs, messages));
        observer.locked(queue);
        return true;
    }

    private @Nullable OrderLock lock(@Nullable PopQueue queue, ByteBuf header) {
        long popMs = header.readLong();
        OrderLock lock = queue == null ? null : queue.lock();
        return lock == null || lock.popMs != popMs ? null : lock;
    }

    private boolean applyOrderAck(PopOp.Where where, ByteBuf header) {
        PopQueue queue = find(where.key(), where.queueId());
        OrderLock lock = lock(queue, header);
        int index = header.readByte();
        if (queue == null || lock == null || index < 0 || index >= lock.queueOffsets.length) {
            return false;
        }
        lock.ack(index);
        long next = lock.next();
        if (offsets().find(queue.key, queue.queueId) < next) {
            offsets().set(queue.key, queue.queueId, next);
        }
        observer.locked(queue);
        return true;
    }

    private boolean applyOrderChange(PopOp.Where where, ByteBuf header) {
        PopQueue queue = find(where.key(), where.queueId());
        OrderLock lock = lock(queue, header);
        int index = header.readByte();
        long visibleMs = header.readLong();
        if (queue == null || lock == null || index < 0 || index >= lock.queueOffsets.length || lock.acked(index)) {
            return false;
        }
        lock.visibleAt(index, visibleMs);
        observer.locked(queue);
        return true;
    }

    @Override
    public void offsetReset(GroupTopic key, int queueId, long queueOffset) {
        PopQueue queue = find(key, queueId);
        if (queue != null) {
            flights -= queue.flightCount();
            queue.reset(queueOffset < 0 ? ConsumerOffsets.NONE : queueOffset, latestMs);
            observer.forgotten(queue);
        }
    }

    @Override
    public void topicRemoved(String topic) {
        remove(key -> key.topic().equals(topic));
    }

    @Override
    public void groupRemoved(String group) {
        remove(key -> key.group().equals(group));
    }

    private void remove(Predicate<GroupTopic> gone) {
        last = null;
        queues.entrySet().removeIf(entry -> {
            if (!gone.test(entry.getKey())) {
                return false;
            }
            entry.getValue().all().forEach(queue -> {
                flights -= queue.flightCount();
                queue.reset(ConsumerOffsets.NONE, latestMs);
                observer.forgotten(queue);
            });
            return true;
        });
    }

    @Override
    public void clear() {
        last = null;
        queues.clear();
        flights = 0;
        latestMs = 0;
    }

    /** What an earlier broker gave out in order and nobody acknowledged holds its queues here for as long as it did there. */
    @Override
    public void fill(InitialState known) {
        TopicsByGroup.origin(known, ConfigJson.ORDER_FIELD, "messages popped in order", (group, topic, byQueue) -> {
            if (byQueue instanceof Map<?, ?> infos) {
                infos.forEach((queueId, info) -> fill(new GroupTopic(group, topic), String.valueOf(queueId), info));
            }
        });
    }

    private void fill(GroupTopic key, String queueId, @Nullable Object info) {
        if (!(info instanceof Map<?, ?> fields) || !QUEUE_ID.matcher(queueId).matches()) {
            return;
        }
        OrderLock lock = OrderLock.ofOrigin(fields);
        int id = Integer.parseInt(queueId);
        if (lock != null && id < TopicConfig.MAX_QUEUES) {
            queue(key, id).lock(lock);
        }
    }

    @Override
    public void write(ByteBuf target) {
        target.writeLong(latestMs);
        TreeMap<GroupTopic, List<PopQueue>> born = new TreeMap<>(ORDER);
        queues.forEach((key, known) -> {
            List<PopQueue> some =
                    known.all().stream().filter(queue -> !queue.unborn()).toList();
            if (!some.isEmpty()) {
                born.put(key, some);
            }
        });
        target.writeInt(born.size());
        born.forEach((key, known) -> {
            StateText.write(target, key.group());
            StateText.write(target, key.topic());
            target.writeInt(known.size());
            known.forEach(queue -> queue.write(target));
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        latestMs = source.readLong();
        int count = StateText.count(source.readInt(), MAX_KEYS, "groups and topics with messages in flight");
        for (int i = 0; i < count; i++) {
            GroupTopic key = new GroupTopic(StateText.read(source), StateText.read(source));
            int known = StateText.count(source.readInt(), TopicConfig.MAX_QUEUES, "queues with messages in flight");
            PopQueues read = new PopQueues(key);
            for (int j = 0; j < known; j++) {
                PopQueue queue = PopQueue.read(key, source);
                flights += queue.flightCount();
                read.put(queue);
            }
            queues.put(key, read);
        }
    }
}
