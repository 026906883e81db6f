package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.ContradictionException;
import io.vledger.api.origin.InitialState;
import io.vledger.api.store.IndexSink;
import io.vledger.api.store.QueueIndex;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * RocketMQ's light queues: {@code %LMQ%} queues of units that point to messages of ordinary topics. One comes into being with its first
 * message. Clients find it as a topic of that name with the one queue 0, which no list of topics has. Loop only.
 *
 * <p>The leader gives out the queue offsets and says them in the header of {@link #DISPATCH}; applying checks that each is the next
 * one. What the properties of a message that a client sends say decides nothing here. A message that waited, as a delayed one or as a half one, gets into
 * its light queues with the entry that delivers it: there its properties say the queue offsets, which the leader wrote and nobody else can. A queue goes with an entry that deletes the topic of its name. The header:
 *
 * <pre>
 * int bytes of the one message that follows, long its tags code, short n, n times: text name, long queue offset
 * </pre>
 *
 * <p>The snapshot section: long next key, int n, n times: text name, long key, long next queue offset, long position of the last
 * message.
 */
public final class LightQueues implements StatePart {
    /** A message that is in light queues too. */
    public static final byte DISPATCH = 51;

    /** Queue keys begin here: far above those of topics. */
    private static final long FIRST_KEY = 1L << 51;

    /** The key of the queue that stands for all that do not exist; it never has a unit. */
    private static final long ABSENT_KEY = FIRST_KEY - 1;

    private static final int MAX_QUEUES = 10_000_000;
    /** How many names without a queue are remembered, for pulls that wait for their first message. */
    private static final int MAX_ABSENT = 10_000;

    private static final int READ_WRITE = 6;

    private final QueueIndex index;
    private final TreeMap<String, Topic> queues = new TreeMap<>();
    /** Where the last message of each queue is. */
    private final Map<String, Long> lastPositions = new HashMap<>();

    private final Map<String, Topic> absent = new LinkedHashMap<>();
    private final List<TopicQueue> dirty = new ArrayList<>();
    private final List<Consumer<String>> removals = new ArrayList<>();
    private BooleanSupplier showsAbsent = () -> false;
    private long nextKey = FIRST_KEY;

    /** No queues yet. */
    public LightQueues(QueueIndex index) {
        this.index = index;
    }

    /** The queue offset that a stored message has in a light queue by its properties; negative if it is not there. */
    static long offsetIn(MessageView message, String name) {
        String names = message.property(PropertyNames.INNER_MULTI_DISPATCH);
        String offsets = message.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET);
        if (names == null || offsets == null) {
            return -1;
        }
        int at = List.of(names.split(",", -1)).indexOf(name);
        String[] each = offsets.split(",", -1);
        try {
            return at < 0 || at >= each.length ? -1 : Long.parseLong(each[at]);
        } catch (NumberFormatException notWrittenHere) {
            return -1;
        }
    }

    /**
     * Whether messages of a topic may be in light queues: those that applications send, not those that wait or are tried again. Nobody else
     * but the leader writes queue offsets in light queues into messages that are delivered to such topics.
     */
    public static boolean mayHold(String topic) {
        return !topic.startsWith(TopicNames.RETRY_PREFIX)
                && !topic.startsWith(TopicNames.DEAD_LETTER_PREFIX)
                && !topic.startsWith(TopicNames.OWN_PREFIX)
                && !topic.equals(TopicNames.SCHEDULE)
                && !topic.equals(TopicNames.HALF)
                && !topic.equals(TopicNames.TRANS_CHECK_MAX_TIME);
    }

    /** Whether a name is one of a light queue. */
    public static boolean isLight(String topic) {
        return topic.startsWith(TopicNames.LIGHT_PREFIX);
    }

    /** Lets clients ask for queues that have no message yet, which are empty then, while {@code shown} says so. */
    public void showAbsent(BooleanSupplier shown) {
        showsAbsent = shown;
    }

    /** Calls a listener with the name of each queue that is removed, before the next entry is applied. */
    public void onRemoval(Consumer<String> listener) {
        removals.add(listener);
    }

    /** Number of queues. */
    public int size() {
        return queues.size();
    }

    /** Every queue's topic, by name. A view. */
    public Collection<Topic> all() {
        return Collections.unmodifiableCollection(queues.values());
    }

    /** The topic of a queue that has had a message, or null. */
    public @Nullable Topic find(String name) {
        return queues.get(name);
    }

    /** Log position of a queue's last message; 0 if there is no such queue. */
    public long lastPosition(String name) {
        return lastPositions.getOrDefault(name, 0L);
    }

    @Override
    public @Nullable Topic topic(String name) {
        if (!isLight(name)) {
            return null;
        }
        Topic topic = queues.get(name);
        if (topic != null || !showsAbsent.getAsBoolean()) {
            return topic;
        }
        Topic known = absent.get(name);
        if (known == null) {
            if (absent.size() >= MAX_ABSENT) {
                absent.remove(absent.keySet().iterator().next());
            }
            known = topicOf(name, ABSENT_KEY);
            absent.put(name, known);
        }
        return known;
    }

    private Topic topicOf(String name, long key) {
        return new Topic(TopicConfig.of(name, 1, READ_WRITE), new long[] {key}, index, null);
    }

    @Override
    public int section() {
        return DISPATCH;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == DISPATCH;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        int size = header.readInt();
        long tagsCode = header.readLong();
        for (int i = header.readShort(); i > 0; i--) {
            append(StateText.read(header), header.readLong(), position, size, tagsCode);
        }
    }

    @Override
    public void check(byte kind, long position, ByteBuf header, Ahead ahead) {
        header.skipBytes(Integer.BYTES + Long.BYTES);
        for (int i = header.readShort(); i > 0; i--) {
            next(StateText.read(header), header.readLong(), position, ahead);
        }
    }

    @Override
    public void checkDelivered(String topic, MessageView message, Ahead ahead) {
        each(topic, message, (name, queueOffset) -> next(name, queueOffset, message.physicalOffset(), ahead));
    }

    private void next(String name, long queueOffset, long position, Ahead ahead) {
        Topic topic = queues.get(name);
        long expected = ahead.take(name, topic == null ? 0 : only(topic).maxOffset());
        if (queueOffset != expected) {
            throw new ContradictionException("message at position " + position + " has queue offset " + queueOffset
                    + " in light queue " + name + "; expected " + expected);
        }
    }

    private void append(String name, long queueOffset, long position, int size, long tagsCode) {
        TopicQueue queue = existing(name);
        queue.log().append(queueOffset, position, size, tagsCode);
        lastPositions.put(name, position);
        if (queue.watcher() != null && queue.markDirty()) {
            dirty.add(queue);
        }
    }

    @Override
    public void delivered(String topic, MessageView message, long tagsCode) {
        each(
                topic,
                message,
                (name, queueOffset) ->
                        append(name, queueOffset, message.physicalOffset(), message.totalSize(), tagsCode));
    }

    @Override
    public void indexDelivered(String topic, MessageView message, long tagsCode, IndexSink sink) {
        each(topic, message, (name, queueOffset) -> {
            Topic known = queues.get(name);
            if (known != null) {
                sink.unit(only(known).key(), queueOffset, message.physicalOffset(), message.totalSize(), tagsCode);
            }
        });
    }

    /** The light queues of a message that was delivered, and its queue offsets there. */
    private static void each(String topic, MessageView message, ObjLongConsumer<String> queue) {
        String offsets = mayHold(topic) ? message.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET) : null;
        String names = offsets == null ? null : message.property(PropertyNames.INNER_MULTI_DISPATCH);
        if (offsets == null || names == null) {
            return;
        }
        String[] name = names.split(",", -1);
        String[] offset = offsets.split(",", -1);
        if (offset.length != name.length) {
            throw noOffsets(message, names, offsets);
        }
        for (int i = 0; i < name.length; i++) {
            long queueOffset;
            try {
                queueOffset = Long.parseLong(offset[i]);
            } catch (NumberFormatException notWrittenByALeader) {
                throw noOffsets(message, names, offsets);
            }
            queue.accept(name[i], queueOffset);
        }
    }

    private static ContradictionException noOffsets(MessageView message, String names, String offsets) {
        return new ContradictionException("message at position " + message.physicalOffset() + " is in the light queues "
                + names + " with the queue offsets " + offsets);
    }

    /** The queue of a name, made if it is not there; those that wait for its first message wait at it then. */
    private TopicQueue existing(String name) {
        Topic topic = queues.get(name);
        if (topic == null) {
            topic = topicOf(name, nextKey++);
            queues.put(name, topic);
            Topic awaited = absent.remove(name);
            if (awaited != null) {
                only(topic).watch(only(awaited).watcher());
            }
        }
        return only(topic);
    }

    private static TopicQueue only(Topic topic) {
        TopicQueue queue = topic.queue(0);
        if (queue == null) {
            throw new IllegalStateException("light queue " + topic.name() + " has no queue 0");
        }
        return queue;
    }

    @Override
    public void tryHeader(byte kind, long position, ByteBuf header) {
        header.skipBytes(Integer.BYTES + Long.BYTES);
        int names = StateText.count(header.readShort(), Short.MAX_VALUE, "light queues of a message");
        for (int i = 0; i < names; i++) {
            StateText.read(header);
            header.skipBytes(Long.BYTES);
        }
    }

    @Override
    public void index(byte kind, long position, ByteBuf header, IndexSink sink) {
        int size = header.readInt();
        long tagsCode = header.readLong();
        for (int i = header.readShort(); i > 0; i--) {
            Topic topic = queues.get(StateText.read(header));
            long queueOffset = header.readLong();
            if (topic != null) {
                sink.unit(only(topic).key(), queueOffset, position, size, tagsCode);
            }
        }
    }

    @Override
    public void applied() {
        for (TopicQueue queue : dirty) {
            queue.clearDirty();
            TopicQueue.@Nullable QueueWatcher watcher = queue.watcher();
            if (watcher != null) {
                watcher.appended(queue);
            }
        }
        dirty.clear();
    }

    @Override
    public void topicRemoved(String name) {
        Topic topic = queues.remove(name);
        if (topic != null) {
            lastPositions.remove(name);
            index.remove(only(topic).key());
            removals.forEach(listener -> listener.accept(name));
        }
    }

    @Override
    public void clear() {
        queues.clear();
        lastPositions.clear();
        dirty.clear();
        nextKey = FIRST_KEY;
    }

    /** An earlier broker's light queues keep the keys that the topics of their names have. Where their last messages lie is not known. */
    @Override
    public void fill(InitialState known, long end) {
        for (InitialState.OriginTopic origin : known.topics()) {
            if (isLight(origin.name()) && !origin.maxOffsets().isEmpty()) {
                Topic topic = topicOf(origin.name(), origin.firstQueueKey());
                topic.restoreTail(0, origin.maxOffsets().get(0));
                queues.put(origin.name(), topic);
                lastPositions.put(origin.name(), end);
            }
        }
    }

    @Override
    public void write(ByteBuf target) {
        target.writeLong(nextKey);
        target.writeInt(queues.size());
        for (Topic topic : queues.values()) {
            StateText.write(target, topic.name());
            target.writeLong(only(topic).key());
            target.writeLong(topic.tail(0));
            target.writeLong(lastPosition(topic.name()));
        }
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        nextKey = source.readLong();
        int count = StateText.count(source.readInt(), MAX_QUEUES, "light queues");
        for (int i = 0; i < count; i++) {
            String name = StateText.read(source);
            Topic topic = topicOf(name, source.readLong());
            topic.restoreTail(0, source.readLong());
            queues.put(name, topic);
            lastPositions.put(name, source.readLong());
        }
    }

    /** Bytes of a header of {@link #DISPATCH}. */
    public static int headerBytes(List<String> names) {
        int bytes = Integer.BYTES + Long.BYTES + Short.BYTES;
        for (String name : names) {
            bytes += StateText.bytes(name) + Long.BYTES;
        }
        return bytes;
    }

    /**
     * Appends a header of {@link #DISPATCH}.
     *
     * @param offsets the queue offset in each queue, with commas between
     */
    public static void writeHeader(
            ByteBuf target, int messageBytes, long tagsCode, List<String> names, String offsets) {
        target.writeInt(messageBytes);
        target.writeLong(tagsCode);
        target.writeShort(names.size());
        String[] each = offsets.split(",", -1);
        for (int i = 0; i < names.size(); i++) {
            StateText.write(target, names.get(i));
            target.writeLong(Long.parseLong(each[i]));
        }
    }
}
