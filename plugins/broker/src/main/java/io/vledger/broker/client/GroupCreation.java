package io.vledger.broker.client;

import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;
import java.util.function.Consumer;

/**
 * Creates the settings and the retry topic of consumer groups that are seen for the first time. The leader alone proposes;
 * heartbeats do not wait for it and are the retry. Loop only.
 */
final class GroupCreation {
    /** Time for name servers to be told of a new topic, milliseconds. */
    private static final long ROUTE_MS = 200;

    private final GroupBroker broker;
    private final Consumer<String> rebalance;

    /**
     * A creator.
     *
     * @param rebalance told a group whose retry topic has become known: a client that looked for its route before would
     *     otherwise do without its retries until it divides the queues by itself, every 20 s
     */
    GroupCreation(GroupBroker broker, Consumer<String> rebalance) {
        this.broker = broker;
        this.rebalance = rebalance;
    }

    /** A heartbeat named this consumer group. */
    void seen(String name) {
        if (!broker.state().leads() || SystemNames.systemGroup(name)) {
            return;
        }
        SubscriptionGroup group = broker.metadata().groupOrCreate(name);
        String retryTopic = Names.retryTopic(name);
        if (group != null
                && group.retryQueues() > 0
                && SystemNames.validTopic(retryTopic)
                && broker.state().topics().find(retryTopic) == null) {
            TopicConfig topic = TopicConfig.of(retryTopic, group.retryQueues(), TopicConfig.READ | TopicConfig.WRITE);
            broker.metadata().ensureTopic(topic, refusal -> {
                if (refusal == null) {
                    // The first makes clients ask for the route, the second finds it there.
                    broker.group().schedule(ROUTE_MS, () -> rebalance.accept(name));
                    broker.group().schedule(3 * ROUTE_MS, () -> rebalance.accept(name));
                }
            });
        }
    }
}
