package io.vledger.grpc.call;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Resource;
import io.vledger.protocol.TopicNames;
import java.util.Locale;
import java.util.Set;

/** Checks of topic and consumer group names, in RocketMQ's order and with its words. */
public final class Names {
    private static final int MAX_TOPIC_LENGTH = 127;
    private static final int MAX_GROUP_LENGTH = 120;
    private static final String SYSTEM_PREFIX = "rmq_sys_";
    private static final String SYSTEM_GROUP_PREFIX = "CID_RMQ_SYS_";
    private static final String ALLOWED = "^[%|a-zA-Z0-9_-]+$";
    private static final Set<String> SYSTEM_TOPICS = Set.of(
            TopicNames.TEMPLATE,
            TopicNames.SCHEDULE,
            "BenchmarkTest",
            TopicNames.HALF,
            TopicNames.TRACE,
            TopicNames.OP_HALF,
            TopicNames.TRANS_CHECK_MAX_TIME,
            "SELF_TEST_TOPIC",
            "OFFSET_MOVED_EVENT",
            "CHECKPOINT_TOPIC");

    private Names() {}

    /** The topic's name; refuses one that clients may not use. */
    public static String topic(Resource topic) {
        String name = topic.getName();
        if (name.isBlank()) {
            throw new StatusException(Code.ILLEGAL_TOPIC, "The specified topic is blank");
        }
        if (name.length() > MAX_TOPIC_LENGTH) {
            throw new StatusException(
                    Code.ILLEGAL_TOPIC,
                    "The specified topic is longer than topic max length " + MAX_TOPIC_LENGTH + ".");
        }
        if (illegal(name)) {
            throw new StatusException(
                    Code.ILLEGAL_TOPIC,
                    "The specified topic[" + name + "] contains illegal characters, allowing only " + ALLOWED);
        }
        if (SYSTEM_TOPICS.contains(name) || name.toLowerCase(Locale.ROOT).startsWith(SYSTEM_PREFIX)) {
            throw new StatusException(Code.ILLEGAL_TOPIC, "cannot access system topic");
        }
        return name;
    }

    /** The consumer group's name; refuses one that clients may not use. */
    public static String group(Resource group) {
        String name = group.getName();
        if (name.isBlank()) {
            throw new StatusException(Code.ILLEGAL_CONSUMER_GROUP, "the specified group is blank");
        }
        if (name.length() > MAX_GROUP_LENGTH) {
            throw new StatusException(
                    Code.ILLEGAL_CONSUMER_GROUP,
                    "the specified group[" + name + "] is longer than group max length: " + MAX_GROUP_LENGTH + ".");
        }
        if (illegal(name)) {
            throw new StatusException(
                    Code.ILLEGAL_CONSUMER_GROUP,
                    "the specified group[" + name + "] contains illegal characters, allowing only " + ALLOWED);
        }
        if (name.startsWith(SYSTEM_GROUP_PREFIX)) {
            throw new StatusException(Code.ILLEGAL_CONSUMER_GROUP, "cannot use system consumer group");
        }
        return name;
    }

    /** Whether a text has a control character. */
    public static boolean hasControl(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean illegal(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean allowed = (c >= '0' && c <= '9')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || c == '%'
                    || c == '-'
                    || c == '_'
                    || c == '|';
            if (!allowed) {
                return true;
            }
        }
        return false;
    }
}
