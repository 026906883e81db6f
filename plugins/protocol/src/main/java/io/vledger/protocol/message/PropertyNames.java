package io.vledger.protocol.message;

/** Names of message properties that have a meaning to the broker. */
public final class PropertyNames {
    /** Key by which a producer chose the queue of a message that is sent in order. */
    public static final String SHARDING_KEY = "__SHARDINGKEY";

    public static final String KEYS = "KEYS";
    public static final String TAGS = "TAGS";
    public static final String WAIT = "WAIT";
    public static final String DELAY = "DELAY";
    public static final String UNIQ_KEY = "UNIQ_KEY";
    public static final String REAL_TOPIC = "REAL_TOPIC";
    public static final String REAL_QID = "REAL_QID";
    public static final String RETRY_TOPIC = "RETRY_TOPIC";
    public static final String ORIGIN_MESSAGE_ID = "ORIGIN_MESSAGE_ID";
    public static final String RECONSUME_TIME = "RECONSUME_TIME";
    public static final String MAX_RECONSUME_TIMES = "MAX_RECONSUME_TIMES";
    public static final String REPLY_TO_CLIENT = "REPLY_TO_CLIENT";
    public static final String TRAN_MSG = "TRAN_MSG";
    public static final String PGROUP = "PGROUP";
    /** Of a half message: its unique key once more. */
    public static final String TRANSACTION_ID = "__transactionId__";
    /** How often the producer of a half message was asked for its outcome. */
    public static final String TRANSACTION_CHECK_TIMES = "TRANSACTION_CHECK_TIMES";
    /** Of a half message that was stored again: its first queue offset. */
    public static final String TRAN_PREPARED_QUEUE_OFFSET = "TRAN_PREPARED_QUEUE_OFFSET";
    /** Age in seconds below which the producer of a half message is not asked. */
    public static final String CHECK_IMMUNITY_TIME = "CHECK_IMMUNITY_TIME_IN_SECONDS";

    public static final String TIMER_DELAY_SEC = "TIMER_DELAY_SEC";
    public static final String TIMER_DELAY_MS = "TIMER_DELAY_MS";
    public static final String TIMER_DELIVER_MS = "TIMER_DELIVER_MS";
    public static final String TIMER_DEL_UNIQKEY = "TIMER_DEL_UNIQKEY";
    public static final String TIMER_OUT_MS = "TIMER_OUT_MS";
    public static final String TIMER_ENQUEUE_MS = "TIMER_ENQUEUE_MS";
    public static final String TIMER_DEQUEUE_MS = "TIMER_DEQUEUE_MS";
    public static final String TIMER_ROLL_TIMES = "TIMER_ROLL_TIMES";
    public static final String MSG_REGION = "MSG_REGION";
    public static final String TRACE_ON = "TRACE_ON";
    public static final String CLUSTER = "CLUSTER";
    public static final String POP_CK = "POP_CK";
    /** When a message was popped first, milliseconds since the epoch. */
    public static final String FIRST_POP_TIME = "1ST_POP_TIME";
    /** When a reply was handed to its requester, milliseconds since the epoch. */
    public static final String PUSH_REPLY_TIME = "PUSH_REPLY_TIME";

    /** Names of light queues that a message is in too, with commas between. */
    public static final String INNER_MULTI_DISPATCH = "INNER_MULTI_DISPATCH";

    /** The queue offsets in these queues, in the same order. */
    public static final String INNER_MULTI_QUEUE_OFFSET = "INNER_MULTI_QUEUE_OFFSET";

    /** A number; the greater, the higher the queue that the message goes to. */
    public static final String PRIORITY = "_SYS_MSG_PRIORITY_";

    /** The lite topic that a message belongs to. */
    public static final String LITE_TOPIC = "__LITE_TOPIC";

    private PropertyNames() {}
}
