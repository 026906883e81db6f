package io.vledger.broker.admin;

import io.vledger.broker.state.Topic;
import io.vledger.broker.state.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Rates of what was stored for each topic, counted by what this member has applied: all members count the same, so a new leader goes on
 * where the last one was. Only topics that got something since the start of this process have meters. Loop only.
 */
final class TopicPuts {
    private final Topics topics;
    private final LongSupplier clock;
    /** What was applied before the first look: from the log, at the start. */
    private final Map<String, Long> before = new HashMap<>();

    private final Map<String, Meter> messages = new HashMap<>();
    private final Map<String, Meter> bytes = new HashMap<>();
    private long stored;
    private final Map<String, Long> counted = new HashMap<>();

    /** Looks for the first time at the topics of a group. */
    TopicPuts(Topics topics, LongSupplier clock) {
        this.topics = topics;
        this.clock = clock;
        for (Topic topic : topics.all()) {
            if (topic.messagesIn() > 0) {
                before.put(topic.name(), topic.messagesIn());
            }
        }
    }

    /** Messages that were stored since the start, of all topics, as of the last sample. */
    long stored() {
        return stored;
    }

    /** Messages of a topic; null if there were none. */
    @Nullable
    Meter messages(String topic) {
        return found(messages, topic);
    }

    /** Bytes of a topic's messages; null if there were none. */
    @Nullable
    Meter bytes(String topic) {
        return found(bytes, topic);
    }

    private @Nullable Meter found(Map<String, Meter> meters, String name) {
        Meter meter = meters.get(name);
        Topic topic = meter == null ? topics.find(name) : null;
        if (topic != null) {
            look(topic);
            meter = meters.get(name);
        }
        return meter;
    }

    void sample() {
        messages.keySet().removeIf(name -> topics.find(name) == null);
        bytes.keySet().removeIf(name -> topics.find(name) == null);
        counted.keySet().removeIf(name -> topics.find(name) == null);
        before.keySet().removeIf(name -> topics.find(name) == null);
        topics.all().forEach(this::look);
        messages.values().forEach(Meter::sample);
        bytes.values().forEach(Meter::sample);
    }

    /** Gives a topic its meters once it got something. */
    private void look(Topic topic) {
        String name = topic.name();
        long base = before.getOrDefault(name, 0L);
        long now = topic.messagesIn();
        if (now <= base) {
            return;
        }
        stored += now - counted.getOrDefault(name, base);
        counted.put(name, now);
        if (!messages.containsKey(name)) {
            messages.put(name, new Meter(() -> count(name, Topic::messagesIn), clock, base));
            // Of what came before the first message of this process only the number is known: its bytes by the mean.
            bytes.put(name, new Meter(() -> count(name, Topic::bytesIn), clock, topic.bytesIn() / now * base));
        }
    }

    private long count(String name, ToLongFunction<Topic> counter) {
        Topic topic = topics.find(name);
        return topic == null ? 0 : counter.applyAsLong(topic);
    }
}
