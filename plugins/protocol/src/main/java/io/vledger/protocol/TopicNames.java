package io.vledger.protocol;

/** Names that RocketMQ gives to topics of its own. */
public final class TopicNames {
    /** The topic whose configuration automatically created topics inherit. */
    public static final String TEMPLATE = "TBW102";
    /** The topic in which delayed messages wait, with a queue for each level. */
    public static final String SCHEDULE = "SCHEDULE_TOPIC_XXXX";
    /** Before the name of a consumer group: its retry topic. */
    public static final String RETRY_PREFIX = "%RETRY%";
    /** Before the name of a consumer group: its dead letter topic. */
    public static final String DEAD_LETTER_PREFIX = "%DLQ%";

    /** Prefix of light queues, whose messages are in queues of other topics too. */
    public static final String LIGHT_PREFIX = "%LMQ%";

    /** Before the names of most topics that are RocketMQ's own. */
    public static final String OWN_PREFIX = "rmq_sys_";

    /** Half messages. */
    public static final String HALF = "RMQ_SYS_TRANS_HALF_TOPIC";

    /** Marks of finished half messages. */
    public static final String OP_HALF = "RMQ_SYS_TRANS_OP_HALF_TOPIC";

    /** Messages that wait for a time of delivery. */
    public static final String TIMER = "rmq_sys_wheel_timer";

    /** Half messages that were given up. */
    public static final String TRANS_CHECK_MAX_TIME = "TRANS_CHECK_MAX_TIME_TOPIC";

    /** Where clients send what they trace. */
    public static final String TRACE = "RMQ_SYS_TRACE_TOPIC";

    private TopicNames() {}
}
