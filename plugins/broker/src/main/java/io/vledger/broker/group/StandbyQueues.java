package io.vledger.broker.group;

import io.vledger.broker.state.SystemNames;

/**
 * Which write queues of a topic producers are shown under the group's second broker name; see
 * {@link io.vledger.api.group.RouteSource#standbyQueues}. Pure.
 */
public final class StandbyQueues {
    private StandbyQueues() {}

    /**
     * How many of a topic's write queues have a second name: none where clients rely on the one queue that a key has, and where no
     * client of ours sends.
     *
     * @param order whether the topic was created as an ordered one
     */
    public static int of(GroupBroker broker, String topic, boolean order, int writeQueues) {
        String cluster = broker.state().cluster();
        boolean template = topic.equals(SystemNames.TEMPLATE_TOPIC);
        boolean system = SystemNames.systemTopic(topic)
                || topic.equals(cluster)
                || topic.equals(broker.group().name())
                || topic.equals(cluster + "_REPLY_TOPIC");
        if (order || (system && !template) || SystemNames.retryTopic(topic) || SystemNames.deadLetterTopic(topic)) {
            return 0;
        }
        return Math.min(broker.config().broker().standbyQueues(), writeQueues);
    }
}
