package io.vledger.kernel.config;

import static io.vledger.kernel.config.ConfigKey.flag;
import static io.vledger.kernel.config.ConfigKey.number;
import static io.vledger.kernel.config.ConfigKey.text;
import static io.vledger.kernel.config.ConfigKey.word;

import java.util.List;

/** The keys of RocketMQ's behaviour: the part of {@link ConfigKeys} below {@code groups[].broker}. */
final class BrokerKeys {
    private static final long MIB = 1L << 20;

    /** RocketMQ's own levels. */
    private static final String DELAY_LEVELS = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

    /** In the order of the reference page. */
    static final List<ConfigKey> ALL = List.of(
            flag(
                    "groups[].broker.autoCreateTopicEnable",
                    true,
                    "autoCreateTopicEnable",
                    "Whether a send to an unknown topic creates it from `TBW102`."),
            flag(
                    "groups[].broker.autoCreateSubscriptionGroup",
                    true,
                    "autoCreateSubscriptionGroup",
                    "Whether an unknown consumer group is created on use."),
            number(
                    "groups[].broker.defaultTopicQueueNums",
                    8L,
                    "queues",
                    1,
                    1024,
                    "defaultTopicQueueNums",
                    "Queues of `TBW102`."),
            number(
                    "groups[].broker.maxMessageSize",
                    4 * MIB,
                    "bytes",
                    ConfigKeys.KIB,
                    32 * MIB,
                    "maxMessageSize",
                    "Largest message body."),
            text(
                    "groups[].broker.messageDelayLevel",
                    DELAY_LEVELS,
                    "messageDelayLevel",
                    "Delays of the levels 1 and up."),
            number(
                    "groups[].broker.brokerPermission",
                    6L,
                    "",
                    2,
                    6,
                    "brokerPermission",
                    "6 to read and write, 4 to read only, 2 to write only."),
            flag(
                    "groups[].broker.rejectTransactionMessage",
                    false,
                    "rejectTransactionMessage",
                    "Whether half messages of transactions are refused."),
            number(
                    "groups[].broker.transactionTimeOut",
                    6_000L,
                    "ms",
                    0,
                    86_400_000,
                    "transactionTimeOut",
                    "Age below which a producer is not asked for the outcome of a half message, unless the message says otherwise."),
            number(
                    "groups[].broker.transactionCheckMax",
                    15L,
                    "checks",
                    1,
                    10_000,
                    "transactionCheckMax",
                    "Checks without an outcome after which a half message goes to `TRANS_CHECK_MAX_TIME_TOPIC`."),
            number(
                    "groups[].broker.transactionCheckInterval",
                    30_000L,
                    "ms",
                    100,
                    86_400_000,
                    "transactionCheckInterval",
                    "Time between two checks of half messages without an outcome."),
            flag(
                    "groups[].broker.timerWheelEnable",
                    true,
                    "timerWheelEnable",
                    "Whether messages may have a time of delivery; if not, they are refused."),
            number(
                    "groups[].broker.timerMaxDelaySec",
                    259_200L,
                    "s",
                    1,
                    31_622_400,
                    "timerMaxDelaySec",
                    "How far away a time of delivery may be; three days, at most a year."),
            number(
                    "groups[].broker.timerPrecisionMs",
                    1_000L,
                    "ms",
                    100,
                    1_000,
                    "timerPrecisionMs",
                    "What the times in `TIMER_OUT_MS` and in recall handles are rounded down to. Delivery itself is to the millisecond."),
            number(
                    "groups[].broker.timerCongestNumEachSlot",
                    (long) Integer.MAX_VALUE,
                    "messages",
                    1,
                    Integer.MAX_VALUE,
                    "timerCongestNumEachSlot",
                    "Messages that may be due in a second; the mean of the minute counts. More are refused."),
            flag(
                    "groups[].broker.recallMessageEnable",
                    true,
                    "recallMessageEnable",
                    "Whether producers may recall messages whose time of delivery has not come. RocketMQ's default is false."),
            flag(
                    "groups[].broker.storeReplyMessageEnable",
                    true,
                    "storeReplyMessageEnable",
                    "Whether the replies of request-reply are also stored in the reply topic."),
            flag(
                    "groups[].broker.enablePropertyFilter",
                    true,
                    "enablePropertyFilter",
                    "Whether consumers may select messages by SQL92 expressions over their properties."),
            flag(
                    "groups[].broker.enableLmq",
                    false,
                    "enableLmq",
                    "Whether there are light queues (`%LMQ%`), if `enableMultiDispatch` is true too."),
            flag(
                    "groups[].broker.enableMultiDispatch",
                    false,
                    "enableMultiDispatch",
                    "Whether a message is also put into the light queues that its property `INNER_MULTI_DISPATCH` names."),
            number(
                    "groups[].broker.maxLmqConsumeQueueNum",
                    20_000L,
                    "queues",
                    1,
                    1_000_000,
                    "maxLmqConsumeQueueNum",
                    "Most light queues; a message for a new one is refused beyond."),
            flag(
                    "groups[].broker.enableMixedMessageType",
                    false,
                    "enableMixedMessageType",
                    "Whether topics may have the message type `MIXED`, which takes messages of any type."),
            flag(
                    "groups[].broker.enableRetryTopicV2",
                    false,
                    "enableRetryTopicV2",
                    "Whether messages that were popped and not acknowledged are tried again in `%RETRY%group+topic` instead of `%RETRY%group_topic`."),
            word(
                    "groups[].broker.defaultMessageRequestMode",
                    "PULL",
                    List.of("PULL", "POP"),
                    "defaultMessageRequestMode",
                    "How clients that leave the assignment of queues to the broker get messages, unless `mqadmin setConsumeMode` said otherwise."),
            number(
                    "groups[].broker.defaultPopShareQueueNum",
                    -1L,
                    "clients",
                    -1,
                    100_000,
                    "defaultPopShareQueueNum",
                    "How many of the other clients share the queues of one that pops by default; 0 or less for all."),
            flag(
                    "groups[].broker.enablePopMessageThreshold",
                    false,
                    "enablePopMessageThreshold",
                    "Whether `popInflightMessageThreshold` counts; otherwise 100,000 does."),
            number(
                    "groups[].broker.popInflightMessageThreshold",
                    10_000L,
                    "messages",
                    1,
                    100_000,
                    "popInflightMessageThreshold",
                    "Most messages of a group in one queue that are popped and not acknowledged: above it pops find nothing there."));

    private BrokerKeys() {}
}
