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

    private TopicNames() {}
}
