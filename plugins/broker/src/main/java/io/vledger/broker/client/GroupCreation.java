package io.vledger.broker.client;

import io.vledger.api.group.Completion;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;

/**
 * Creates the settings and the retry topic of consumer groups that are seen for the first time. The leader alone proposes;
 * heartbeats do not wait for it and are the retry. Loop only.
 */
final class GroupCreation {
    private final GroupBroker broker;

    GroupCreation(GroupBroker broker) {
        this.broker = broker;
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
            broker.metadata().ensureTopic(topic, Completion.NONE);
        }
    }
}
