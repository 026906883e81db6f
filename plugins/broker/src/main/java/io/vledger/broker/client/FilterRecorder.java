package io.vledger.broker.client;

import io.vledger.api.group.Completion;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.KnownFilters;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** On a leader, has the expressions that heartbeats announce become part of the replicated state. Loop only. */
public final class FilterRecorder {
    private static final int MAX_PENDING = 10_000;

    private final BrokerState state;
    private final KnownFilters known;
    private final MetadataProposals metadata;
    /** Versions that are proposed and not applied yet, by group and topic. */
    private final Map<String, Long> pending = new HashMap<>();

    /** For one group. */
    public FilterRecorder(BrokerState state, MetadataProposals metadata) {
        this.state = state;
        this.known = state.part(KnownFilters.class);
        this.metadata = metadata;
    }

    /** Takes what a heartbeat says. */
    void heard(ConsumerData data) {
        if (!state.leads()) {
            return;
        }
        for (SubscriptionData subscription : data.subscriptions()) {
            KnownFilters.Filter before = known.find(data.group(), subscription.topic());
            boolean sql = !subscription.isTag();
            if (sql ? before == null || before.version() < subscription.subVersion() : before != null) {
                record(data.group(), subscription, sql);
            }
        }
    }

    private void record(String group, SubscriptionData subscription, boolean sql) {
        String expression = sql ? subscription.subString() : "";
        boolean fits = expression.getBytes(StandardCharsets.UTF_8).length <= KnownFilters.MAX_EXPRESSION_BYTES;
        String key = group + "@" + subscription.topic();
        Long underWay = pending.get(key);
        if (!fits
                || pending.size() >= MAX_PENDING
                || (underWay != null && underWay >= subscription.subVersion())
                || (sql && !subscription.forPulls().wrong().isEmpty())) {
            return;
        }
        pending.put(key, subscription.subVersion());
        Completion done = outcome -> pending.remove(key, subscription.subVersion());
        metadata.putFilter(
                group, subscription.topic(), new KnownFilters.Filter(subscription.subVersion(), expression), done);
    }
}
