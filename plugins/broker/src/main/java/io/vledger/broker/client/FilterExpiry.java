package io.vledger.broker.client;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.KnownFilters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * On a leader, has recorded expressions forgotten whose group had no consumer online for a day, as RocketMQ does. A new leader takes every
 * group for one that was online when its leadership began. Loop only.
 */
public final class FilterExpiry implements BrokerListener {
    private static final long CHECK_MS = 60_000;
    private static final long KEPT_MS = 86_400_000;

    private final Group group;
    private final BrokerState state;
    private final KnownFilters known;
    private final ConsumerRegistry consumers;
    private final MetadataProposals metadata;
    private final LongSupplier clock;
    private final Map<String, Long> onlineMs = new HashMap<>();
    private long leadingSinceMs;

    /** For one group; to be registered with the state. The clock gives milliseconds since the epoch. */
    public FilterExpiry(
            Group group,
            BrokerState state,
            ConsumerRegistry consumers,
            MetadataProposals metadata,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.known = state.part(KnownFilters.class);
        this.consumers = consumers;
        this.metadata = metadata;
        this.clock = clock;
    }

    /** Starts to look, until the member stops. */
    public void start() {
        group.schedule(CHECK_MS, () -> {
            if (state.leads()) {
                expire();
            }
            start();
        });
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        onlineMs.clear();
        leadingSinceMs = clock.getAsLong();
    }

    private void expire() {
        long nowMs = clock.getAsLong();
        Map<String, List<String>> topics = known.topicsByGroup();
        onlineMs.keySet().retainAll(topics.keySet());
        topics.forEach((consumerGroup, names) -> {
            if (consumers.group(consumerGroup) != null) {
                onlineMs.put(consumerGroup, nowMs);
            } else if (nowMs - onlineMs.getOrDefault(consumerGroup, leadingSinceMs) > KEPT_MS) {
                names.forEach(topic -> forget(consumerGroup, topic));
            }
        });
    }

    private void forget(String consumerGroup, String topic) {
        KnownFilters.Filter filter = known.find(consumerGroup, topic);
        if (filter != null) {
            metadata.putFilter(consumerGroup, topic, new KnownFilters.Filter(filter.version(), ""), Completion.NONE);
        }
    }
}
