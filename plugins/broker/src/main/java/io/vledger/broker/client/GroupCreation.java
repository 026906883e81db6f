package io.vledger.broker.client;

import io.vledger.api.group.GroupRole;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.group.Proposals;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.TopicConfig;
import java.util.HashSet;
import java.util.Set;

/**
 * Creates the settings and the retry topic of consumer groups that are seen for the first time. The leader alone proposes,
 * once for a group at a time; heartbeats do not wait for it and are the retry. Loop only.
 */
final class GroupCreation implements BrokerListener {
    private final GroupBroker broker;
    private final Proposals proposals;
    private final Set<String> inFlight = new HashSet<>();

    GroupCreation(GroupBroker broker) {
        this.broker = broker;
        this.proposals = new Proposals(broker.group());
    }

    /** A heartbeat named this consumer group. */
    void seen(String name) {
        if (!broker.state().leads()) {
            return;
        }
        SubscriptionGroup group = broker.state().groups().find(name);
        if (group == null) {
            if (!broker.config().broker().autoCreateSubscriptionGroup()) {
                return;
            }
            group = SubscriptionGroup.of(name);
            SubscriptionGroup created = group;
            propose("group " + name, BrokerEntry.GROUP_PUT, created::write);
        }
        String retryTopic = Names.retryTopic(name);
        if (group.retryQueues() > 0
                && !SystemNames.systemGroup(name)
                && SystemNames.validTopic(retryTopic)
                && broker.state().topics().find(retryTopic) == null) {
            TopicConfig topic = TopicConfig.of(
                    retryTopic,
                    Math.min(group.retryQueues(), TopicConfig.MAX_QUEUES),
                    TopicConfig.READ | TopicConfig.WRITE);
            propose("topic " + retryTopic, BrokerEntry.TOPIC_PUT, topic::write);
        }
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        inFlight.clear();
    }

    private void propose(String what, byte kind, java.util.function.Consumer<io.netty.buffer.ByteBuf> payload) {
        if (inFlight.add(what)) {
            proposals.propose(kind, payload, refusal -> inFlight.remove(what));
        }
    }
}
