package io.vledger.broker.group;

import io.vledger.api.metrics.Histogram;
import io.vledger.api.metrics.Tally;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts the messages received and delivered since the start of this process, for tools and metrics. Counted on the loop; the counters may
 * be read by any thread.
 */
public final class Traffic {
    private static final int MAX_COUNTERS = 100_000;

    private final Counter in = new Counter();
    private final Counter out = new Counter();
    private final Map<String, Incoming> inByTopic = new ConcurrentHashMap<>();
    private final Map<String, Outgoing> outByTopicAndGroup = new ConcurrentHashMap<>();
    private final Map<String, Counter> backByTopicAndGroup = new ConcurrentHashMap<>();
    private final Map<String, Counter> deadByTopicAndGroup = new ConcurrentHashMap<>();
    private final Tally pullsFound = new Tally();
    private final Tally pullsMissed = new Tally();
    private final Tally sendsFailed = new Tally();
    private final Tally evaluated = new Tally();
    private final Tally selected = new Tally();
    private final Tally lightUnits = new Tally();
    private final PutTimes putTimes = new PutTimes();
    private long longestReadMs;

    /** Kinds of messages as in RocketMQ's metrics. */
    public enum MessageType {
        /** None of the others. */
        NORMAL,
        /** With a sharding key. */
        FIFO,
        /** To be delivered later. */
        DELAY,
        /** A half message, or one that was committed. */
        TRANSACTION
    }

    /** Messages acknowledged to producers; {@code bytes} as stored. */
    public void in(String topic, MessageType type, int messages, long bytes) {
        in.add(messages, bytes);
        Incoming counter = inByTopic.get(topic);
        if (counter == null) {
            counter = new Incoming();
            keep(inByTopic, topic, counter);
        }
        counter.add(type, messages, bytes);
    }

    /** A send was taken and its outcome was not a success. */
    public void sendFailed() {
        sendsFailed.increment();
    }

    /** How long sends take. Loop only. */
    public PutTimes putTimes() {
        return putTimes;
    }

    /** Messages given to a consumer group. */
    public void out(String topicAtGroup, int messages, long bytes) {
        pullsFound.increment();
        out.add(messages, bytes);
        outgoing(topicAtGroup).add(messages, bytes);
    }

    /**
     * The next queue offset of a group changed.
     *
     * @param next queue offset after what it was given or was to skip
     */
    public void pulled(String topicAtGroup, int queueId, long next) {
        outgoing(topicAtGroup).pulled(queueId, next);
    }

    private Outgoing outgoing(String topicAtGroup) {
        Outgoing counter = outByTopicAndGroup.get(topicAtGroup);
        if (counter == null) {
            counter = new Outgoing();
            keep(outByTopicAndGroup, topicAtGroup, counter);
        }
        return counter;
    }

    /** Reading for a pull took this long. Loop only. */
    public void readTook(long ms) {
        longestReadMs = Math.max(longestReadMs, ms);
    }

    /** The longest time that reading for a pull took since the start, milliseconds. Loop only. */
    public long longestReadMs() {
        return longestReadMs;
    }

    /** A filter that reads properties has selected some of so many messages. */
    public void filtered(int ofMessages, int selectedMessages) {
        evaluated.add(ofMessages);
        selected.add(selectedMessages);
    }

    /** A message was acknowledged that is in so many light queues. */
    public void light(int queues) {
        lightUnits.add(queues);
    }

    /** A pull was answered without messages. */
    public void pullMissed() {
        pullsMissed.increment();
    }

    /** A message was given back by a consumer group. */
    public void givenBack(String topicAtGroup, long bytes) {
        count(backByTopicAndGroup, topicAtGroup, bytes);
    }

    /** A message became a dead letter of a consumer group. */
    public void deadLetter(String topicAtGroup, long bytes) {
        count(deadByTopicAndGroup, topicAtGroup, bytes);
    }

    private static void count(Map<String, Counter> counters, String key, long bytes) {
        Counter counter = counters.get(key);
        if (counter == null) {
            counter = new Counter();
            keep(counters, key, counter);
        }
        counter.add(1, bytes);
    }

    private static <T> void keep(Map<String, T> counters, String key, T counter) {
        if (counters.size() < MAX_COUNTERS) {
            counters.put(key, counter);
        }
    }

    /** Everything taken in. */
    public Counter in() {
        return in;
    }

    /** Everything given out. */
    public Counter out() {
        return out;
    }

    /** Taken in, by topic. A view. */
    public Map<String, Incoming> inByTopic() {
        return Collections.unmodifiableMap(inByTopic);
    }

    /** Given out, by {@code topic@group}. A view. */
    public Map<String, Outgoing> outByTopicAndGroup() {
        return Collections.unmodifiableMap(outByTopicAndGroup);
    }

    /** Given back, by {@code topic@group}. A view. */
    public Map<String, Counter> backByTopicAndGroup() {
        return Collections.unmodifiableMap(backByTopicAndGroup);
    }

    /** Dead letters, by {@code topic@group} where the topic is the one that the message was consumed from. A view. */
    public Map<String, Counter> deadByTopicAndGroup() {
        return Collections.unmodifiableMap(deadByTopicAndGroup);
    }

    /** Pulls that were answered with messages. */
    public long pullsFound() {
        return pullsFound.get();
    }

    /** Pulls that were answered without. */
    public long pullsMissed() {
        return pullsMissed.get();
    }

    /** Messages that filters evaluated which read properties. */
    public long evaluated() {
        return evaluated.get();
    }

    /** Messages of those that were selected. */
    public long selected() {
        return selected.get();
    }

    /** Units that acknowledged messages have in light queues. */
    public long lightUnits() {
        return lightUnits.get();
    }

    /** Sends that were taken and failed. */
    public long sendsFailed() {
        return sendsFailed.get();
    }

    /** Counts messages and bytes. */
    public static class Counter {
        private final Tally messages = new Tally();
        private final Tally bytes = new Tally();

        Counter() {}

        final void add(int moreMessages, long moreBytes) {
            messages.add(moreMessages);
            bytes.add(moreBytes);
        }

        /** Messages so far. */
        public final long messages() {
            return messages.get();
        }

        /** Bytes so far. */
        public final long bytes() {
            return bytes.get();
        }
    }

    /** Messages of one type, with the distribution of their sizes. */
    public static final class Sized extends Counter {
        private static final double KIB = 1024;
        private static final double MIB = KIB * KIB;

        private final Histogram sizes =
                new Histogram(1, KIB, 4 * KIB, 512 * KIB, MIB, 2 * MIB, 4 * MIB); // RocketMQ's buckets

        Sized() {}

        /** Bytes of each message as stored. */
        public Histogram sizes() {
            return sizes;
        }
    }

    /** What came in for a topic. */
    public static final class Incoming extends Counter {
        private final Map<MessageType, Sized> types = new ConcurrentHashMap<>(4);

        Incoming() {}

        void add(MessageType type, int messages, long bytes) {
            add(messages, bytes);
            Sized sized = types.get(type);
            if (sized == null) {
                sized = new Sized();
                types.put(type, sized);
            }
            sized.add(messages, bytes);
            sized.sizes.add(bytes / Math.max(1, messages), messages);
        }

        /** Those of one type; null if there were none. */
        public @Nullable Sized of(MessageType type) {
            return types.get(type);
        }
    }

    /** What a group took of a topic. */
    public static final class Outgoing extends Counter {
        private static final long[] NONE = {};

        private long[] pulled = NONE;

        Outgoing() {}

        void pulled(int queueId, long next) {
            if (queueId >= pulled.length) {
                int before = pulled.length;
                pulled = Arrays.copyOf(pulled, queueId + 1);
                Arrays.fill(pulled, before, pulled.length, -1);
            }
            pulled[queueId] = next;
        }

        /** Queue offset up to which the group has pulled a queue from this node, or -1. Loop only. */
        public long pulledTo(int queueId) {
            return queueId < pulled.length ? pulled[queueId] : -1;
        }
    }
}
