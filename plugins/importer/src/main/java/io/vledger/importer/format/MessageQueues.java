package io.vledger.importer.format;

import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;

/**
 * Which queues an old broker put a message into: its own one, and light queues ({@code %LMQ%}), which the message names together with
 * its queue offset in each. The broker did so when it stored the message in its topic: copies that it kept in topics of its own, and
 * those that are tried again, have the same properties and are in no light queue.
 */
public final class MessageQueues {
    private MessageQueues() {}

    /** A queue and a queue offset in it. */
    @FunctionalInterface
    public interface Place {
        /** The message is there. */
        void at(String topic, int queue, long queueOffset);
    }

    /**
     * Reports every place of a message.
     *
     * @param light whether light queues count
     */
    public static void of(MessageView message, boolean light, Place place) {
        String topic = message.topic();
        place.at(topic, message.queueId(), message.queueOffset());
        if (!light || hasNone(topic)) {
            return;
        }
        String names = message.property(PropertyNames.INNER_MULTI_DISPATCH);
        String offsets = message.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET);
        if (names == null || offsets == null) {
            return;
        }
        String[] name = names.split(",");
        String[] offset = offsets.split(",");
        for (int i = 0; i < name.length && name.length == offset.length; i++) {
            if (name[i].startsWith(TopicNames.LIGHT_PREFIX) && offset[i].matches("\\d{1,18}")) {
                place.at(name[i], 0, Long.parseLong(offset[i]));
            }
        }
    }

    private static boolean hasNone(String topic) {
        return topic.startsWith(TopicNames.RETRY_PREFIX)
                || topic.startsWith(TopicNames.OWN_PREFIX)
                || topic.equals(TopicNames.SCHEDULE);
    }

    /** Whether a message is in a queue at a queue offset. */
    public static boolean holds(MessageView message, String topic, int queue, long queueOffset) {
        boolean[] found = {false};
        of(
                message,
                topic.startsWith(TopicNames.LIGHT_PREFIX),
                (name, id, at) -> found[0] |= at == queueOffset && id == queue && name.equals(topic));
        return found[0];
    }
}
