package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex;
import io.vledger.protocol.TopicNames;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All topics, found by name or by the name's bytes. */
public final class Topics {
    private static final int MAX_TOPICS = 1_000_000;
    private static final int MIN_SLOTS = 64;

    private final TreeMap<String, Topic> byName = new TreeMap<>();
    private final QueueIndex index;
    private @Nullable Topic[] slots = new Topic[MIN_SLOTS];
    private @Nullable Topic last;
    private long nextQueueKey = 1;
    private long version;
    private long maxQueues = Long.MAX_VALUE;

    private final Map<String, MessageObserver> observers;

    private final Function<String, @Nullable Topic> others;

    /**
     * No topics yet.
     *
     * @param observers by the name of the topic whose messages they see
     * @param others what is shown under names that no topic has
     */
    Topics(QueueIndex index, Map<String, MessageObserver> observers, Function<String, @Nullable Topic> others) {
        this.index = index;
        this.others = others;
        this.observers = Map.copyOf(observers);
    }

    /** Refuses snapshots with more queues. Of a trial only: a group has what it has. */
    void bound(long queues) {
        maxQueues = queues;
    }

    /** Counts changes; part of the replicated state. */
    public long version() {
        return version;
    }

    /** Number of topics. */
    public int size() {
        return byName.size();
    }

    /** Every topic, by name. A view. */
    public Collection<Topic> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    /** The topic of a name, or what a {@link StatePart} shows under it, or null. */
    public @Nullable Topic find(String name) {
        Topic topic = byName.get(name);
        return topic == null ? others.apply(name) : topic;
    }

    /** How many queues of a topic consumers read; -1 if there is no such topic. */
    public int readQueues(String name) {
        Topic topic = find(name);
        return topic == null ? -1 : topic.config().readQueues();
    }

    /** The topic whose name's UTF-8 bytes these are, or null; allocates no string. */
    public @Nullable Topic find(ByteBuf buffer, int at, int length) {
        Topic recent = last;
        if (recent != null && same(recent.utf8(), buffer, at, length)) {
            return recent;
        }
        int mask = slots.length - 1;
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + buffer.getByte(at + i);
        }
        for (int slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
            Topic candidate = slots[slot];
            if (candidate == null) {
                return null;
            }
            if (same(candidate.utf8(), buffer, at, length)) {
                last = candidate;
                return candidate;
            }
        }
    }

    private static boolean same(byte[] name, ByteBuf buffer, int at, int length) {
        if (name.length != length) {
            return false;
        }
        for (int i = length - 1; i >= 0; i--) {
            if (name[i] != buffer.getByte(at + i)) {
                return false;
            }
        }
        return true;
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ (mixed >>> 16);
    }

    void put(TopicConfig config) {
        Topic topic = byName.get(config.name());
        int wanted = queuesOf(config);
        if (topic == null) {
            add(new Topic(config, takeKeys(wanted), index, observers.get(config.name())));
        } else {
            topic.configure(config, takeKeys(Math.max(0, wanted - topic.queueCount())));
        }
        version++;
    }

    /** Reserves the keys from {@code first} on, each for a queue of an earlier broker. */
    void reserveKeys(long first, int count) {
        nextQueueKey = Math.max(nextQueueKey, first + count);
    }

    /** Puts a topic whose first queues have keys already, after {@link #reserveKeys} for all such topics. */
    void putFromOrigin(TopicConfig config, long firstKey, List<Long> tails) {
        int old = tails.size();
        long[] keys = new long[old];
        for (int id = 0; id < old; id++) {
            keys[id] = firstKey + id;
        }
        Topic topic = new Topic(config, keys, index, observers.get(config.name()));
        topic.configure(config, takeKeys(Math.max(0, queuesOf(config) - old)));
        for (int id = 0; id < old; id++) {
            topic.restoreTail(id, tails.get(id));
        }
        add(topic);
        version++;
    }

    private static int queuesOf(TopicConfig config) {
        int shown = Math.max(config.readQueues(), config.writeQueues());
        // Levels are configured on each node, so the queues of all possible ones exist from the start.
        return config.name().equals(TopicNames.SCHEDULE) ? Math.max(shown, SystemNames.MAX_DELAY_LEVELS) : shown;
    }

    private long[] takeKeys(int count) {
        long[] keys = new long[count];
        for (int i = 0; i < count; i++) {
            keys[i] = nextQueueKey++;
        }
        return keys;
    }

    private void add(Topic topic) {
        byName.put(topic.name(), topic);
        if (byName.size() * 2 > slots.length) {
            rebuild(slots.length * 2);
        } else {
            insert(topic);
        }
    }

    /** Removes a topic and its queues; false if there is none. */
    boolean remove(String name) {
        Topic topic = byName.remove(name);
        if (topic == null) {
            return false;
        }
        for (long key : topic.keys()) {
            index.remove(key);
        }
        rebuild(slots.length);
        version++;
        return true;
    }

    private void rebuild(int size) {
        slots = new Topic[size];
        last = null;
        for (Topic topic : byName.values()) {
            insert(topic);
        }
    }

    private void insert(Topic topic) {
        int hash = 0;
        for (byte character : topic.utf8()) {
            hash = 31 * hash + character;
        }
        int mask = slots.length - 1;
        int slot = spread(hash) & mask;
        while (slots[slot] != null) {
            slot = (slot + 1) & mask;
        }
        slots[slot] = topic;
    }

    void clear() {
        byName.clear();
        slots = new Topic[MIN_SLOTS];
        last = null;
        nextQueueKey = 1;
        version = 0;
    }

    /**
     * Appends: long next key, long version, int n, n times: config; int runs, each long first key, int count; int tails, each int
     * queue id, long queue offset.
     */
    void write(ByteBuf target) {
        target.writeLong(nextQueueKey);
        target.writeLong(version);
        target.writeInt(byName.size());
        for (Topic topic : byName.values()) {
            topic.config().write(target);
            writeRuns(target, topic.keys());
            writeTails(target, topic);
        }
    }

    private static void writeRuns(ByteBuf target, long[] keys) {
        int countAt = target.writerIndex();
        target.writeInt(0);
        int runs = 0;
        int from = 0;
        while (from < keys.length) {
            int to = from + 1;
            while (to < keys.length && keys[to] == keys[to - 1] + 1) {
                to++;
            }
            target.writeLong(keys[from]);
            target.writeInt(to - from);
            runs++;
            from = to;
        }
        target.setInt(countAt, runs);
    }

    void read(ByteBuf source) {
        clear();
        nextQueueKey = source.readLong();
        version = source.readLong();
        int count = StateText.count(source.readInt(), MAX_TOPICS, "topics");
        long queues = 0;
        for (int i = 0; i < count; i++) {
            TopicConfig config = TopicConfig.read(source);
            Topic topic = new Topic(config, readRuns(source), index, observers.get(config.name()));
            queues += topic.queueCount();
            if (queues > maxQueues) {
                throw new IllegalStateException("more than " + maxQueues + " queues, for which there is no memory");
            }
            readTails(source, topic);
            add(topic);
        }
    }

    /** The next queue offsets are not in the index alone: it may be empty when all messages of a queue are deleted. */
    private static void writeTails(ByteBuf target, Topic topic) {
        int countAt = target.writerIndex();
        target.writeInt(0);
        int count = 0;
        for (int id = 0; id < topic.queueCount(); id++) {
            long tail = topic.tail(id);
            if (tail > 0) {
                target.writeInt(id).writeLong(tail);
                count++;
            }
        }
        target.setInt(countAt, count);
    }

    private static void readTails(ByteBuf source, Topic topic) {
        int count = StateText.count(source.readInt(), topic.queueCount(), "queue tails");
        for (int i = 0; i < count; i++) {
            int id = StateText.count(source.readInt(), topic.queueCount() - 1, "the queue of a tail");
            topic.restoreTail(id, source.readLong());
        }
    }

    private static long[] readRuns(ByteBuf source) {
        int runs = StateText.count(source.readInt(), TopicConfig.MAX_QUEUES, "runs of queue keys");
        long[] keys = new long[0];
        int count = 0;
        for (int run = 0; run < runs; run++) {
            long first = source.readLong();
            int length = StateText.count(source.readInt(), TopicConfig.MAX_QUEUES - count, "queues in a run");
            if (count + length > keys.length) {
                keys = Arrays.copyOf(keys, Math.max(count + length, Math.min(2 * count, TopicConfig.MAX_QUEUES)));
            }
            for (int i = 0; i < length; i++) {
                keys[count++] = first + i;
            }
        }
        return count == keys.length ? keys : Arrays.copyOf(keys, count);
    }
}
