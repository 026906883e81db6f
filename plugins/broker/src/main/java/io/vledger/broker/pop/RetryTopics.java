package io.vledger.broker.pop;

import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.protocol.TopicNames;

/** RocketMQ's names of the topics in which messages are stored again that a group did not acknowledge, one for each group and topic. */
final class RetryTopics {
    /** In receipts: the message is in the topic that the client names. */
    static final int NORMAL = 0;
    /** In receipts: it is in {@code %RETRY%group_topic}. */
    static final int FIRST = 1;
    /** In receipts: it is in {@code %RETRY%group+topic}. */
    static final int SECOND = 2;

    private static final char SECOND_SEPARATOR = '+';

    private RetryTopics() {}

    /** The older name, in which group and topic cannot be distinguished. */
    static String first(GroupTopic key) {
        return TopicNames.RETRY_PREFIX + key.group() + '_' + key.topic();
    }

    /** The newer name ({@code enableRetryTopicV2}). */
    static String second(GroupTopic key) {
        return TopicNames.RETRY_PREFIX + key.group() + SECOND_SEPARATOR + key.topic();
    }

    static String of(GroupTopic key, boolean second) {
        return second ? second(key) : first(key);
    }

    /** The topic that a client means with a topic and the mark of a receipt. */
    static String of(GroupTopic key, int mark) {
        return mark == NORMAL ? key.topic() : of(key, mark == SECOND);
    }

    /** Whether messages of this topic are tried again in the same topic. */
    static boolean isRetry(String topic) {
        return topic.startsWith(TopicNames.RETRY_PREFIX);
    }

    /** The topic that messages were sent to which are in this topic now. */
    static String original(GroupTopic key) {
        String before = TopicNames.RETRY_PREFIX + key.group();
        boolean retry = key.topic().startsWith(before) && key.topic().length() > before.length() + 1;
        return retry ? key.topic().substring(before.length() + 1) : key.topic();
    }

    /** What a receipt of a message in this topic says. */
    static int mark(String topic) {
        if (!isRetry(topic)) {
            return NORMAL;
        }
        return topic.indexOf(SECOND_SEPARATOR) >= 0 ? SECOND : FIRST;
    }
}
