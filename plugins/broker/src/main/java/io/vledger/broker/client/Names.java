package io.vledger.broker.client;

import io.vledger.api.rpc.RequestException;
import io.vledger.protocol.ResponseCode;
import java.util.Set;

/** RocketMQ's rules for names of topics and consumer groups, and the names that have a meaning. */
public final class Names {
    /** Prefix of a consumer group's retry topic. */
    public static final String RETRY = "%RETRY%";
    /** Prefix of a consumer group's dead-letter topic. */
    public static final String DLQ = "%DLQ%";

    private static final int MAX_TOPIC = 127;
    private static final int MAX_GROUP = 255;
    private static final String SYSTEM_TOPIC_PREFIX = "rmq_sys_";
    private static final String SYSTEM_GROUP_PREFIX = "CID_RMQ_SYS_";
    private static final Set<String> SYSTEM_TOPICS = Set.of(
            "TBW102",
            "SCHEDULE_TOPIC_XXXX",
            "BenchmarkTest",
            "RMQ_SYS_TRANS_HALF_TOPIC",
            "RMQ_SYS_TRANS_OP_HALF_TOPIC",
            "RMQ_SYS_TRACE_TOPIC",
            "TRANS_CHECK_MAX_TIME_TOPIC",
            "SELF_TEST_TOPIC",
            "OFFSET_MOVED_EVENT",
            "CHECKPOINT_TOPIC");
    private static final Set<String> SYSTEM_GROUPS = Set.of(
            "DEFAULT_PRODUCER",
            "DEFAULT_CONSUMER",
            "TOOLS_CONSUMER",
            "SCHEDULE_CONSUMER",
            "FILTERSRV_CONSUMER",
            "__MONITOR_CONSUMER",
            "CLIENT_INNER_PRODUCER",
            "SELF_TEST_P_GROUP",
            "SELF_TEST_C_GROUP",
            "CID_ONS-HTTP-PROXY",
            "CID_ONSAPI_PERMISSION",
            "CID_ONSAPI_OWNER",
            "CID_ONSAPI_PULL");

    private Names() {}

    /** Name of a group's retry topic. */
    public static String retryTopic(String group) {
        return RETRY + group;
    }

    /** Name of a group's dead-letter topic. */
    public static String deadLetterTopic(String group) {
        return DLQ + group;
    }

    /** Refuses a name that no topic may have, with code 29. */
    public static void checkTopic(String name) {
        int max = name.startsWith(RETRY) || name.startsWith(DLQ) ? MAX_GROUP : MAX_TOPIC;
        check("topic", name, max);
    }

    /** Refuses a name that no consumer group may have, with code 29. */
    public static void checkGroup(String name) {
        check("consumer group", name, MAX_GROUP);
    }

    /** Whether a topic is RocketMQ's own; those of a cluster or broker name are not known here. */
    public static boolean isSystemTopic(String name) {
        return SYSTEM_TOPICS.contains(name) || name.startsWith(SYSTEM_TOPIC_PREFIX);
    }

    /** Whether a consumer group is RocketMQ's own. */
    public static boolean isSystemGroup(String name) {
        return SYSTEM_GROUPS.contains(name) || name.startsWith(SYSTEM_GROUP_PREFIX);
    }

    private static void check(String what, String name, int max) {
        if (name.isBlank()) {
            throw invalid("the " + what + " name is blank");
        }
        if (name.length() > max) {
            throw invalid("the " + what + " name has " + name.length() + " characters, at most " + max + " are allowed");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '%'
                    || c == '|'
                    || c == '-'
                    || c == '_';
            if (!allowed) {
                throw invalid("the " + what + " name contains a character at " + i
                        + " that is not allowed; use letters, digits and %|-_ only");
            }
        }
    }

    private static RequestException invalid(String remark) {
        return new RequestException(ResponseCode.INVALID_PARAMETER, remark);
    }
}
