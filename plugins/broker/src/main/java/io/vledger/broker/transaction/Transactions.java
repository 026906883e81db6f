package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.origin.InitialState;
import io.vledger.broker.state.Ahead;
import io.vledger.broker.state.MessageObserver;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The part of a group's state that knows which half messages have no outcome. All others below the end of the half topic's queue are
 * settled. Loop only.
 *
 * <p>An entry of its kind settles half messages; each part's header is: byte {@linkplain Outcome number of the outcome}, long queue offset of
 * the half message. That of one which is not open is a broken invariant, since leaders propose for none but open ones.
 *
 * <p>A snapshot is: int n, n texts, the topics; int n, n open half messages in their order, each long queue offset, long first queue offset,
 * long born timestamp, int immunity in seconds, short checks, int number of its topic.
 */
public final class Transactions implements StatePart {
    /** The kind of its entries. */
    public static final byte SETTLED = 25;
    /** Bytes of a header of its entries. */
    static final int HEADER_BYTES = Byte.BYTES + Long.BYTES;
    /** Above this many open half messages leaders take no more of them: each takes some 130 bytes of memory and 34 of a snapshot. */
    public static final int MAX_OPEN = 500_000;

    private static final int SECTION = 25;
    private static final int MAX_TOPICS = 1_000_000;

    private final TreeMap<Long, OpenHalf> open = new TreeMap<>();
    /** Those that were stored again: their present queue offset by their first one. */
    private final Map<Long, Long> moved = new HashMap<>();
    /** Open half messages by topic; metrics read it on other threads. */
    private final ConcurrentSkipListMap<String, Integer> byTopic = new ConcurrentSkipListMap<>();

    private final HalfProperties properties = new HalfProperties();
    private @Nullable String lastTopic;

    /** No half messages yet. */
    public Transactions() {}

    @Override
    public int section() {
        return SECTION;
    }

    @Override
    public boolean delivers(byte kind) {
        return kind == SETTLED;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == SETTLED;
    }

    @Override
    public Map<String, MessageObserver> observers() {
        return Map.of(TopicNames.HALF, this::stored);
    }

    private void stored(TopicQueue queue, MessageView message) {
        if (queue.id() == 0) {
            properties.scan(message);
            String topic = properties.topic(lastTopic);
            lastTopic = topic;
            long queueOffset = message.queueOffset();
            add(new OpenHalf(
                    queueOffset,
                    properties.first(queueOffset),
                    message.bornTimestamp(),
                    properties.immunitySeconds(),
                    properties.checks(),
                    topic));
        }
    }

    private void add(OpenHalf half) {
        open.put(half.queueOffset(), half);
        if (half.first() != half.queueOffset()) {
            moved.put(half.first(), half.queueOffset());
        }
        byTopic.merge(half.topic(), 1, Integer::sum);
    }

    @Override
    public void check(byte kind, long position, ByteBuf header, Ahead ahead) {
        Outcome outcome = Outcome.of(header.readByte());
        long queueOffset = header.readLong();
        if (!open.containsKey(queueOffset)) {
            throw new ContradictionException("the entry before position " + position + " settles the half message "
                    + queueOffset + " (" + outcome + "), which is not open");
        }
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        header.skipBytes(Byte.BYTES);
        OpenHalf half = Objects.requireNonNull(open.remove(header.readLong()), "was checked before");
        moved.remove(half.first());
        byTopic.merge(half.topic(), -1, Integer::sum);
    }

    @Override
    public void clear() {
        open.clear();
        moved.clear();
        byTopic.clear();
        lastTopic = null;
    }

    @Override
    public void fill(InitialState known) {
        known.openHalves()
                .forEach(half -> add(new OpenHalf(
                        half.queueOffset(),
                        half.first(),
                        half.bornMs(),
                        half.immunitySeconds(),
                        half.checks(),
                        half.topic())));
    }

    @Override
    public void topicRemoved(String topic) {
        if (byTopic.getOrDefault(topic, 0) == 0) {
            byTopic.remove(topic);
        }
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(byTopic.size());
        Map<String, Integer> numbers = new HashMap<>();
        for (String topic : byTopic.keySet()) {
            numbers.put(topic, numbers.size());
            StateText.write(target, topic);
        }
        target.writeInt(open.size());
        for (OpenHalf half : open.values()) {
            target.writeLong(half.queueOffset());
            target.writeLong(half.first());
            target.writeLong(half.bornMs());
            target.writeInt(half.immunitySeconds());
            target.writeShort(half.checks());
            target.writeInt(numbers.getOrDefault(half.topic(), -1));
        }
    }

    @Override
    public void tryHeader(byte kind, long position, ByteBuf header) {
        Outcome.of(header.readByte());
        header.skipBytes(Long.BYTES);
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int topicCount = StateText.count(source.readInt(), MAX_TOPICS, "topics of half messages");
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < topicCount; i++) {
            String topic = StateText.read(source);
            topics.add(topic);
            byTopic.put(topic, 0);
        }
        int count = StateText.count(source.readInt(), source.readableBytes(), "open half messages");
        for (int i = 0; i < count; i++) {
            long queueOffset = source.readLong();
            long first = source.readLong();
            long bornMs = source.readLong();
            int immunity = source.readInt();
            int checks = source.readShort();
            int topic = StateText.count(source.readInt(), topicCount - 1, "as the topic of a half message");
            add(new OpenHalf(queueOffset, first, bornMs, immunity, checks, topics.get(topic)));
        }
    }

    /** How many half messages have no outcome. */
    public int openCount() {
        return open.size();
    }

    /** How many half messages have no outcome, by the topic that they are for. A view, for any thread. */
    public Map<String, Integer> openByTopic() {
        return Collections.unmodifiableMap(byTopic);
    }

    /** The half message at a queue offset if it has no outcome, else null. */
    @Nullable
    OpenHalf open(long queueOffset) {
        return open.get(queueOffset);
    }

    /** The half message that was stored first at a queue offset, and again since, if it has no outcome; else null. */
    @Nullable
    OpenHalf movedFrom(long first) {
        Long now = moved.get(first);
        return now == null ? null : open.get(now);
    }

    /** The first half message from a queue offset on that has no outcome; null if there is none. */
    @Nullable
    OpenHalf nextOpen(long fromQueueOffset) {
        Map.Entry<Long, OpenHalf> next = open.ceilingEntry(fromQueueOffset);
        return next == null ? null : next.getValue();
    }

    /** The queue offset below which all half messages are settled. */
    long settledBelow(TopicQueue halfQueue) {
        return open.isEmpty() ? halfQueue.maxOffset() : open.firstKey();
    }
}
