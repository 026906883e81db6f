package io.vledger.broker.admin;

import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.Topic;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Rates of what consumer groups were given, by {@code topic@group}. The leader counts what it gives out; the others what groups commit, which
 * they learn from the log: so a new leader's figures go on where the last one's were, but for what was given out and not yet committed.
 * Loop only.
 */
final class GroupGets {
    private static final int MAX_METERS = 100_000;
    /** Least time between two looks because of a question, milliseconds. */
    private static final long LOOK_MS = 1_000;

    private final BrokerState state;
    private final Traffic traffic;
    private final LongSupplier clock;
    private final Map<String, Counted> counted = new HashMap<>();
    private final Map<GroupTopic, Long> committed = new HashMap<>();
    private final Map<String, long[]> givenOut = new HashMap<>();
    private long lookedMs = Long.MIN_VALUE / 2;
    private boolean looked;

    private static final class Counted {
        private long messages;
        private long bytes;
        private final Meter messagesMeter;
        private final Meter bytesMeter;

        Counted(LongSupplier clock) {
            messagesMeter = new Meter(() -> messages, clock, 0);
            bytesMeter = new Meter(() -> bytes, clock, 0);
        }

        void add(long moreMessages, long moreBytes) {
            messages += moreMessages;
            bytes += moreBytes;
        }
    }

    GroupGets(BrokerState state, Traffic traffic, LongSupplier clock) {
        this.state = state;
        this.traffic = traffic;
        this.clock = clock;
        look();
    }

    /** Messages given to a group; null if there were none. */
    @Nullable
    Meter messages(String topicAtGroup) {
        Counted found = find(topicAtGroup);
        return found == null ? null : found.messagesMeter;
    }

    /** Bytes of the messages given to a group; null if there were none. */
    @Nullable
    Meter bytes(String topicAtGroup) {
        Counted found = find(topicAtGroup);
        return found == null ? null : found.bytesMeter;
    }

    private @Nullable Counted find(String topicAtGroup) {
        if (clock.getAsLong() - lookedMs >= LOOK_MS) {
            look();
        }
        return counted.get(topicAtGroup);
    }

    void sample() {
        look();
        counted.values().forEach(each -> {
            each.messagesMeter.sample();
            each.bytesMeter.sample();
        });
    }

    private void look() {
        boolean leads = state.leads();
        lookedMs = clock.getAsLong();
        traffic.outByTopicAndGroup().forEach((key, out) -> {
            long[] last = givenOut.computeIfAbsent(key, fresh -> new long[2]);
            if (leads && out.messages() > last[0]) {
                add(key, out.messages() - last[0], out.bytes() - last[1]);
            }
            last[0] = out.messages();
            last[1] = out.bytes();
        });
        committed.keySet().removeIf(key -> state.offsets().all(key.group(), key.topic()).length == 0);
        for (GroupTopic key : state.offsets().keys()) {
            long sum = 0;
            for (long queueOffset : state.offsets().all(key.group(), key.topic())) {
                sum += queueOffset == ConsumerOffsets.NONE ? 0 : queueOffset;
            }
            Long last = committed.put(key, sum);
            if (!leads && looked && last != null && sum > last) {
                add(key.topic() + "@" + key.group(), sum - last, (sum - last) * meanBytes(key.topic()));
            }
        }
        looked = true;
    }

    private void add(String key, long messages, long bytes) {
        Counted existing = counted.get(key);
        if (existing == null) {
            if (counted.size() >= MAX_METERS) {
                return;
            }
            existing = new Counted(clock);
            counted.put(key, existing);
        }
        existing.add(messages, bytes);
    }

    private long meanBytes(String name) {
        Topic topic = state.topics().find(name);
        return topic == null || topic.messagesIn() == 0 ? 0 : topic.bytesIn() / topic.messagesIn();
    }
}
