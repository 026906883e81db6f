package io.vledger.broker.state;

import io.vledger.protocol.GroupNames;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Names of topics and groups that every broker has, what they may be used for, and which names are valid. */
public final class SystemNames {
    /** RocketMQ's default {@code regionId}. */
    public static final String REGION = "DefaultRegion";
    /** Half messages. */
    public static final String HALF_TOPIC = TopicNames.HALF;
    /** Marks of finished half messages. */
    public static final String OP_HALF_TOPIC = TopicNames.OP_HALF;
    /** Queues of {@link TopicNames#TEMPLATE}; what new topics get is bounded by the leader's configuration. */
    public static final int TEMPLATE_QUEUES = 8;
    /** Delay levels for which {@link TopicNames#SCHEDULE} has queues. */
    public static final int MAX_DELAY_LEVELS = 64;

    private static final int SHOWN_DELAY_LEVELS = 18;
    private static final int MAX_TOPIC_CHARS = 127;
    private static final int MAX_RETRY_TOPIC_CHARS = 255;
    private static final int MAX_GROUP_CHARS = 255;

    private static final Set<String> TOPICS = Set.of(
            TopicNames.TEMPLATE,
            TopicNames.SCHEDULE,
            "BenchmarkTest",
            HALF_TOPIC,
            OP_HALF_TOPIC,
            TopicNames.TRACE,
            TopicNames.TRANS_CHECK_MAX_TIME,
            "SELF_TEST_TOPIC",
            "OFFSET_MOVED_EVENT",
            "CHECKPOINT_TOPIC",
            "RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC",
            "RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC");
    private static final Set<String> NOT_FOR_PRODUCERS = Set.of(
            TopicNames.SCHEDULE,
            TopicNames.TIMER,
            HALF_TOPIC,
            OP_HALF_TOPIC,
            TopicNames.TRANS_CHECK_MAX_TIME,
            "SELF_TEST_TOPIC",
            "OFFSET_MOVED_EVENT");
    private static final List<String> GROUPS = List.of(
            "TOOLS_CONSUMER",
            "FILTERSRV_CONSUMER",
            "SELF_TEST_C_GROUP",
            "CID_ONS-HTTP-PROXY",
            "CID_ONSAPI_PULL",
            "CID_ONSAPI_PERMISSION",
            "CID_ONSAPI_OWNER",
            GroupNames.TRANSACTIONS);
    private static final Set<String> OTHER_GROUPS = Set.of(
            "DEFAULT_PRODUCER",
            "DEFAULT_CONSUMER",
            "SCHEDULE_CONSUMER",
            "__MONITOR_CONSUMER",
            "CLIENT_INNER_PRODUCER",
            "SELF_TEST_P_GROUP");

    private SystemNames() {}

    /** The topics that a new group starts with. */
    static List<TopicConfig> initialTopics(String cluster, String broker) {
        List<TopicConfig> topics = new ArrayList<>();
        topics.add(TopicConfig.of(TopicNames.TEMPLATE, TEMPLATE_QUEUES, Permission.READ_WRITE | Permission.INHERIT));
        topics.add(TopicConfig.of(TopicNames.SCHEDULE, SHOWN_DELAY_LEVELS, Permission.READ_WRITE));
        topics.add(TopicConfig.of(TopicNames.TIMER, 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of("SELF_TEST_TOPIC", 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of("BenchmarkTest", 1024, Permission.READ_WRITE));
        topics.add(TopicConfig.of("OFFSET_MOVED_EVENT", 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of(HALF_TOPIC, 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of(OP_HALF_TOPIC, 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of(cluster + "_REPLY_TOPIC", 1, Permission.READ_WRITE));
        topics.add(TopicConfig.of(cluster, 16, Permission.READ_WRITE | Permission.INHERIT));
        if (!broker.equals(cluster)) {
            topics.add(TopicConfig.of(broker, 1, Permission.READ_WRITE | Permission.INHERIT));
        }
        return topics;
    }

    /** The groups that a new group of brokers starts with. */
    static List<SubscriptionGroup> initialGroups() {
        return GROUPS.stream().map(SubscriptionGroup::of).toList();
    }

    /** Whether a topic belongs to the system, apart from those named after cluster and broker. */
    public static boolean systemTopic(String topic) {
        return TOPICS.contains(topic) || topic.startsWith("rmq_sys_");
    }

    /** Whether a group belongs to the system. */
    public static boolean systemGroup(String group) {
        return GROUPS.contains(group) || OTHER_GROUPS.contains(group) || group.startsWith("CID_RMQ_SYS_");
    }

    /** Whether producers may send to a topic, as far as its name decides. */
    public static boolean sendAllowed(String topic) {
        return !NOT_FOR_PRODUCERS.contains(topic);
    }

    /** Whether this is a group's retry topic. */
    public static boolean retryTopic(String topic) {
        return topic.startsWith(TopicNames.RETRY_PREFIX);
    }

    /** Whether this is a group's dead letter topic. */
    public static boolean deadLetterTopic(String topic) {
        return topic.startsWith(TopicNames.DEAD_LETTER_PREFIX);
    }

    /** Whether a text can be a topic's name: not blank, in RocketMQ's alphabet, not too long. */
    public static boolean validTopic(String topic) {
        int bound = retryTopic(topic) || deadLetterTopic(topic) ? MAX_RETRY_TOPIC_CHARS : MAX_TOPIC_CHARS;
        return valid(topic, bound);
    }

    /** Whether a text can be a group's name. */
    public static boolean validGroup(String group) {
        return valid(group, MAX_GROUP_CHARS);
    }

    private static boolean valid(String name, int bound) {
        if (name.isEmpty() || name.length() > bound) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!ok && c != '%' && c != '|' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }
}
