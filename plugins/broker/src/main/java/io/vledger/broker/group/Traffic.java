package io.vledger.broker.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what this process took in and gave out since it started, for tools. Loop only. */
public final class Traffic {
    private static final int MAX_COUNTERS = 100_000;

    private final Counter in = new Counter();
    private final Counter out = new Counter();
    private final Map<String, Counter> inByTopic = new HashMap<>();
    private final Map<String, Counter> outByTopicAndGroup = new HashMap<>();
    private final Map<String, Counter> backByTopicAndGroup = new HashMap<>();
    private long pullsFound;
    private long pullsMissed;

    /** Messages acknowledged to producers. */
    public void in(String topic, int messages, long bytes) {
        in.add(messages, bytes);
        counter(inByTopic, topic).add(messages, bytes);
    }

    /** Messages given to a consumer group. */
    public void out(String topicAtGroup, int messages, long bytes) {
        pullsFound++;
        out.add(messages, bytes);
        counter(outByTopicAndGroup, topicAtGroup).add(messages, bytes);
    }

    /** A pull was answered without messages. */
    public void missed() {
        pullsMissed++;
    }

    /** A message was given back by a consumer group. */
    public void back(String topicAtGroup, long bytes) {
        counter(backByTopicAndGroup, topicAtGroup).add(1, bytes);
    }

    private static Counter counter(Map<String, Counter> counters, String key) {
        @Nullable Counter counter = counters.get(key);
        if (counter == null) {
            counter = new Counter();
            if (counters.size() < MAX_COUNTERS) {
                counters.put(key, counter);
            }
        }
        return counter;
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
    public Map<String, Counter> inByTopic() {
        return Collections.unmodifiableMap(inByTopic);
    }

    /** Given out, by {@code topic@group}. A view. */
    public Map<String, Counter> outByTopicAndGroup() {
        return Collections.unmodifiableMap(outByTopicAndGroup);
    }

    /** Given back, by {@code topic@group}. A view. */
    public Map<String, Counter> backByTopicAndGroup() {
        return Collections.unmodifiableMap(backByTopicAndGroup);
    }

    /** Pulls that were answered with messages. */
    public long pullsFound() {
        return pullsFound;
    }

    /** Pulls that were answered without. */
    public long pullsMissed() {
        return pullsMissed;
    }

    /** Counts messages and bytes. */
    public static final class Counter {
        private long messages;
        private long bytes;

        private Counter() {}

        void add(int moreMessages, long moreBytes) {
            messages += moreMessages;
            bytes += moreBytes;
        }

        /** Messages so far. */
        public long messages() {
            return messages;
        }

        /** Bytes so far. */
        public long bytes() {
            return bytes;
        }
    }
}
