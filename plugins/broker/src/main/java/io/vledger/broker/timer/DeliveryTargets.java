package io.vledger.broker.timer;

import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.Permission;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the queue that a message which waited is for: its properties name it. Retry and dead letter topics are created if they are gone; a
 * message for any other topic that was deleted is passed over. Loop only.
 */
final class DeliveryTargets {
    private static final Logger LOG = LoggerFactory.getLogger(DeliveryTargets.class);

    private final BrokerState state;
    private final MetadataProposals metadata;
    private final MessageView view = new MessageView();

    DeliveryTargets(BrokerState state, MetadataProposals metadata) {
        this.state = state;
        this.metadata = metadata;
    }

    /** Decides on all messages of a batch; parameters as of {@link DeliverySource#decide}. */
    boolean decide(DeliveryBatch batch, String source, Runnable again) {
        for (int item = 0; item < batch.count(); item++) {
            if (!batch.show(item, view)) {
                LOG.warn("{}: the message at {} is gone; it is skipped", source, batch.unit(item));
                batch.target(item, null);
                continue;
            }
            String missing = missing(view);
            if (missing != null) {
                create(missing, again);
                return false;
            }
            batch.target(item, target(view, source, batch.unit(item)));
        }
        return true;
    }

    /** Creates a topic that {@link #missing} named. */
    void create(String topic, Runnable then) {
        metadata.ensureTopic(TopicConfig.of(topic, 1, Permission.READ_WRITE), outcome -> then.run());
    }

    /** The topic that must be created first; null if none. */
    @Nullable
    String missing(MessageView message) {
        String name = message.property(PropertyNames.REAL_TOPIC);
        if (name == null || !(SystemNames.retryTopic(name) || SystemNames.deadLetterTopic(name))) {
            return null;
        }
        Topic topic = state.topics().find(name);
        boolean there = topic != null && !topic.deleting();
        return there || !SystemNames.validTopic(name) ? null : name;
    }

    /** The queue that a message is for; null if there is none any more. */
    @Nullable
    TopicQueue target(MessageView message, String source, Object unit) {
        String name = message.property(PropertyNames.REAL_TOPIC);
        if (name == null || !SystemNames.sendAllowed(name)) {
            LOG.warn("{}: the message at {} names no topic; it is skipped", source, unit);
            return null;
        }
        Topic topic = state.topics().find(name);
        if (topic == null || topic.deleting()) {
            LOG.warn("{}: the topic {} of the message at {} was deleted; it is skipped", source, name, unit);
            return null;
        }
        TopicQueue queue = topic.queue(queueId(message));
        return queue == null ? topic.queue(0) : queue;
    }

    private static int queueId(MessageView message) {
        String text = message.property(PropertyNames.REAL_QID);
        if (text == null || text.isEmpty() || text.length() > 6 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Integer.parseInt(text);
    }
}
