package io.vledger.grpc.message;

import io.vledger.protocol.message.PropertyNames;
import java.util.Set;

/** Names of message properties that are RocketMQ's own: a client may not set them, and is not shown them as its own. */
public final class SystemNames {
    static final String BORN_HOST = "__BORNHOST";
    static final String BORN_TIMESTAMP = "BORN_TIMESTAMP";
    static final String TRACE_CONTEXT = "TRACE_CONTEXT";
    static final String DLQ_ORIGIN_TOPIC = "DLQ_ORIGIN_TOPIC";
    static final String DLQ_ORIGIN_MESSAGE_ID = "DLQ_ORIGIN_MESSAGE_ID";

    /** RocketMQ's {@code MessageConst.STRING_HASH_SET} at 5.5.0: the key of a sharded message is not among them. */
    private static final Set<String> ALL = Set.of(
            PropertyNames.FIRST_POP_TIME,
            "ARRIVE_TIME",
            BORN_TIMESTAMP,
            "BUYER_ID",
            PropertyNames.CLUSTER,
            "CONSUME_START_TIME",
            "CORRECTION_FLAG",
            "CORRELATION_ID",
            PropertyNames.DELAY,
            DLQ_ORIGIN_MESSAGE_ID,
            DLQ_ORIGIN_TOPIC,
            "DUP_INFO",
            "EXTEND_UNIQ_INFO",
            PropertyNames.INNER_MULTI_QUEUE_OFFSET,
            "INSTANCE_ID",
            PropertyNames.KEYS,
            "MAX_OFFSET",
            PropertyNames.MAX_RECONSUME_TIMES,
            "MIN_OFFSET",
            "MQ2_FLAG",
            PropertyNames.MSG_REGION,
            "MSG_TYPE",
            "ORIGIN_GROUP",
            PropertyNames.ORIGIN_MESSAGE_ID,
            PropertyNames.PGROUP,
            PropertyNames.POP_CK,
            "POP_CK_OFFSET",
            PropertyNames.PUSH_REPLY_TIME,
            PropertyNames.REAL_QID,
            PropertyNames.REAL_TOPIC,
            PropertyNames.RECONSUME_TIME,
            PropertyNames.REPLY_TO_CLIENT,
            PropertyNames.RETRY_TOPIC,
            PropertyNames.TAGS,
            "TIMER_DELAY_LEVEL",
            PropertyNames.TIMER_DELAY_MS,
            PropertyNames.TIMER_DELAY_SEC,
            PropertyNames.TIMER_DELIVER_MS,
            PropertyNames.TIMER_DEL_UNIQKEY,
            PropertyNames.TIMER_DEQUEUE_MS,
            PropertyNames.TIMER_ENQUEUE_MS,
            PropertyNames.TIMER_OUT_MS,
            PropertyNames.TIMER_ROLL_TIMES,
            PropertyNames.TRACE_ON,
            "TRANSFER_FLAG",
            PropertyNames.TRAN_MSG,
            PropertyNames.TRAN_PREPARED_QUEUE_OFFSET,
            "TTL",
            PropertyNames.UNIQ_KEY,
            PropertyNames.WAIT,
            PropertyNames.PRIORITY,
            BORN_HOST,
            "__CRC32#",
            PropertyNames.LITE_TOPIC);

    private SystemNames() {}

    /** Whether a name is one of them. */
    public static boolean contains(String name) {
        return ALL.contains(name);
    }
}
