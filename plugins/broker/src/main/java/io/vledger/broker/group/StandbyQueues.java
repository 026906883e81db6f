package io.vledger.broker.group;

import io.vledger.broker.state.SystemNames;
import io.vledger.protocol.TopicNames;

/**
 * Which write queues of a topic are published under the group's second broker name; see
 * {@link io.vledger.api.group.RouteSource#standbyQueues}. Pure.
 *
 * @param cluster RocketMQ's cluster name
 * @param broker RocketMQ's broker name
 * @param maxQueues the most queues of a topic that have a second name, as configured
 */
public record StandbyQueues(String cluster, String broker, int maxQueues) {
    /**
     * How many of a topic's write queues have a second name: none where clients rely on a key always having the same queue, and none
     * of topics that clients do not send to.
     *
     * @param order whether the topic was created as an ordered one
     */
    public int of(String topic, boolean order, int writeQueues) {
        boolean template = topic.equals(TopicNames.TEMPLATE);
        boolean system = SystemNames.systemTopic(topic)
                || topic.equals(cluster)
                || topic.equals(broker)
                || topic.equals(cluster + "_REPLY_TOPIC");
        if (order || (system && !template) || SystemNames.retryTopic(topic) || SystemNames.deadLetterTopic(topic)) {
            return 0;
        }
        return Math.min(maxQueues, writeQueues);
    }
}
