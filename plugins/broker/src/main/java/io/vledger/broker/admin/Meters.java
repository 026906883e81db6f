package io.vledger.broker.admin;

import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rates of messages in, by topic, and of messages consumed, by group and topic. What is consumed is read off the committed
 * offsets, so that it is the same on every member. Loop only; samples itself.
 */
final class Meters {
    private final GroupBroker broker;
    private final Map<String, Meter> messagesIn = new HashMap<>();
    private final Map<String, Meter> bytesIn = new HashMap<>();
    private final Map<ConsumerOffsets.GroupTopic, Meter> consumed = new HashMap<>();
    private final Meter allIn;
    private final Meter allConsumed;
    private long consumedBefore;
    private Map<ConsumerOffsets.GroupTopic, Long> consumedSums = new HashMap<>();

    Meters(GroupBroker broker) {
        this.broker = broker;
        allIn = new Meter(this::totalIn, broker.clock());
        allConsumed = new Meter(this::totalConsumed, broker.clock());
    }

    /** Samples from now on. */
    void start() {
        broker.group().schedule(Meter.SAMPLE_MS, () -> {
            sample();
            start();
        });
    }

    /** All messages in. */
    Meter allIn() {
        return allIn;
    }

    /** All messages consumed. */
    Meter allConsumed() {
        return allConsumed;
    }

    /** Bytes of all messages in since the start. */
    long totalBytesIn() {
        long total = 0;
        for (Topic topic : broker.state().topics().all()) {
            total += topic.bytesIn();
        }
        return total;
    }

    /** Messages into a topic; null until something came. */
    @Nullable
    Meter messagesIn(String topic) {
        return messagesIn.get(topic);
    }

    /** Bytes into a topic; null until something came. */
    @Nullable
    Meter bytesIn(String topic) {
        return bytesIn.get(topic);
    }

    /** Messages of a topic that a group consumed; null until it did. */
    @Nullable
    Meter consumed(String group, String topic) {
        return consumed.get(new ConsumerOffsets.GroupTopic(group, topic));
    }

    void sample() {
        for (Topic topic : broker.state().topics().all()) {
            String name = topic.name();
            if (topic.messagesIn() > 0 && !messagesIn.containsKey(name)) {
                messagesIn.put(name, new Meter(() -> ofTopic(name, false), broker.clock()));
                bytesIn.put(name, new Meter(() -> ofTopic(name, true), broker.clock()));
            }
        }
        messagesIn.keySet().removeIf(name -> broker.state().topics().find(name) == null);
        bytesIn.keySet().retainAll(messagesIn.keySet());
        sumConsumed();
        consumed.keySet().retainAll(consumedSums.keySet());
        for (ConsumerOffsets.GroupTopic key : consumedSums.keySet()) {
            consumed.computeIfAbsent(
                    key, absent -> new Meter(() -> consumedSums.getOrDefault(key, 0L), broker.clock()));
        }
        messagesIn.values().forEach(Meter::sample);
        bytesIn.values().forEach(Meter::sample);
        consumed.values().forEach(Meter::sample);
        allIn.sample();
        allConsumed.sample();
    }

    private void sumConsumed() {
        Map<ConsumerOffsets.GroupTopic, Long> sums = new HashMap<>();
        for (ConsumerOffsets.GroupTopic key : broker.state().offsets().keys()) {
            long sum = 0;
            for (long value : broker.state().offsets().all(key.group(), key.topic())) {
                sum += Math.max(0, value);
            }
            sums.put(key, sum);
            Long before = consumedSums.get(key);
            // A group that is reset to an earlier place has not consumed a negative number of messages.
            if (before != null && sum > before) {
                consumedBefore += sum - before;
            }
        }
        consumedSums = sums;
    }

    private long totalIn() {
        long total = 0;
        for (Topic topic : broker.state().topics().all()) {
            total += topic.messagesIn();
        }
        return total;
    }

    private long totalConsumed() {
        return consumedBefore;
    }

    private long ofTopic(String name, boolean bytes) {
        Topic topic = broker.state().topics().find(name);
        if (topic == null) {
            return 0;
        }
        return bytes ? topic.bytesIn() : topic.messagesIn();
    }
}
