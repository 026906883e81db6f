package io.vledger.broker.pop;

import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.ForbiddenTopics;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import java.util.function.BooleanSupplier;

/** What RocketMQ checks before it serves a request of POP, in its order, with its codes. Loop only. */
final class PopChecks {
    private final BrokerState state;
    private final ForbiddenTopics forbidden;
    private final MetadataProposals metadata;
    private final BooleanSupplier readable;

    PopChecks(BrokerState state, MetadataProposals metadata, BooleanSupplier readable) {
        this.state = state;
        this.forbidden = state.part(ForbiddenTopics.class);
        this.metadata = metadata;
        this.readable = readable;
    }

    /** Refuses if the broker gives no messages to anybody. */
    void broker() {
        if (!readable.getAsBoolean()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the broker " + state.broker() + " is configured without read permission");
        }
    }

    /** Group and topic of a request that reads messages, in a queue or in all if the queue id is negative. */
    GroupTopic reader(Fields fields) {
        String topicName = fields.requiredText("topic");
        Topic topic = topic(topicName);
        if (!topic.config().readable()) {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION, "the topic[" + topicName + "] is without read permission");
        }
        int queueId = fields.requiredNumber("queueId");
        if (queueId >= topic.config().readQueues()) {
            throw new RequestException(ResponseCode.INVALID_PARAMETER, wrongQueue(topic, queueId));
        }
        String name = fields.requiredText("consumerGroup");
        SubscriptionGroup group = metadata.groupOrCreate(name);
        if (group == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "subscription group [" + name + "] does not exist");
        }
        if (!group.consumeEnable()) {
            throw new RequestException(ResponseCode.NO_PERMISSION, "subscription group [" + name + "] may not consume");
        }
        if (forbidden.forbidden(name, topicName)) {
            // RocketMQ refuses pulls alone, so that a group gets by popping what it was forbidden.
            throw new RequestException(
                    ResponseCode.NO_PERMISSION,
                    "the consumer group[" + name + "] is forbidden for topic[" + topicName + "]");
        }
        return new GroupTopic(name, topicName);
    }

    private Topic topic(String name) {
        Topic topic = state.topics().find(name);
        if (topic == null) {
            throw new RequestException(
                    ResponseCode.TOPIC_NOT_EXIST, "topic[" + name + "] not exist, apply first please!");
        }
        return topic;
    }

    private static String wrongQueue(Topic topic, int queueId) {
        return "queue " + queueId + " of topic " + topic.name() + ": there are "
                + topic.config().readQueues() + " to read";
    }

    /**
     * A message that a client says it was given, by the receipt that it shows.
     *
     * @param key group and topic; the topic is a retry topic if the message was tried again
     */
    record Claim(GroupTopic key, int queueId, long queueOffset, Receipt receipt) {}

    /**
     * The message that a request is about.
     *
     * @param atEnd whether the queue offset of the next message is accepted, as RocketMQ does for acknowledgements
     */
    Claim claim(Fields fields, boolean atEnd) {
        String topic = fields.requiredText("topic");
        int queueId = fields.requiredNumber("queueId");
        long queueOffset = fields.requiredLong("offset");
        message(topic, queueId, queueOffset, atEnd);
        Receipt receipt = Receipt.parse(fields.requiredText("extraInfo"), queueId, queueOffset);
        return new Claim(new GroupTopic(fields.requiredText("consumerGroup"), topic), queueId, queueOffset, receipt);
    }

    private void message(String topicName, int queueId, long queueOffset, boolean atEnd) {
        Topic topic = topic(topicName);
        TopicQueue queue = queueId >= topic.config().readQueues() ? null : topic.queue(queueId);
        if (queue == null) {
            throw new RequestException(ResponseCode.MESSAGE_ILLEGAL, wrongQueue(topic, queueId));
        }
        long max = atEnd ? queue.maxOffset() : queue.maxOffset() - 1;
        if (queueOffset < queue.minOffset() || queueOffset > max) {
            throw new RequestException(
                    ResponseCode.NO_MESSAGE,
                    "queue offset " + queueOffset + " of queue " + queueId + " of topic " + topicName
                            + " does not exist: there are " + queue.minOffset() + " to " + queue.maxOffset());
        }
    }
}
