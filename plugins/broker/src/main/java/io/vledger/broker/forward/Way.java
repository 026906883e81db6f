package io.vledger.broker.forward;

import io.vledger.protocol.RequestCode;

/** Who can serve a request, and what may be done with it on the way there. */
enum Way {
    /** Every member, of itself. */
    HERE(false, false, 0),
    /** The leader, once: what became of it is unknown if the answer is lost. */
    CHANGE(true, false, 4_000),
    /** The leader; asking again does no harm. */
    ASK(true, true, 5_000),
    /** The leader, which may have to ask a client before it answers. */
    ASK_CLIENT(false, true, 12_000),
    /** The leader, which may let it wait for messages. Clients give up after 30 s. */
    PULL(false, true, 30_000),
    /** The leader; but a standby finds nothing, since whoever asks it asks the leader too. */
    SEARCH(true, true, 5_000);

    /** Whether later requests must not reach a new leader before this one has left the old one. */
    final boolean ordered;
    /** Whether it may be sent again although it may have been served. */
    final boolean repeatable;
    /** Longest time to wait for a leader's answer. */
    final int timeoutMs;

    Way(boolean ordered, boolean repeatable, int timeoutMs) {
        this.ordered = ordered;
        this.repeatable = repeatable;
        this.timeoutMs = timeoutMs;
    }

    /** The way of a request code; see the table in the module's README. */
    static Way of(int code) {
        return switch (code) {
            case RequestCode.SEND_MESSAGE,
                    RequestCode.SEND_MESSAGE_V2,
                    RequestCode.SEND_BATCH_MESSAGE,
                    RequestCode.CONSUMER_SEND_MSG_BACK,
                    RequestCode.UPDATE_AND_CREATE_TOPIC,
                    RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
                    RequestCode.DELETE_TOPIC_IN_BROKER,
                    RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
                    RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
                    RequestCode.DELETE_SUBSCRIPTIONGROUP,
                    RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
                    RequestCode.CLONE_GROUP_OFFSET,
                    RequestCode.SET_MESSAGE_REQUEST_MODE -> CHANGE;
            case RequestCode.PULL_MESSAGE, RequestCode.LITE_PULL_MESSAGE -> PULL;
            case RequestCode.QUERY_MESSAGE -> SEARCH;
            case RequestCode.GET_CONSUMER_RUNNING_INFO,
                    RequestCode.CONSUME_MESSAGE_DIRECTLY,
                    RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS -> ASK_CLIENT;
            case RequestCode.QUERY_CONSUMER_OFFSET,
                    RequestCode.UPDATE_CONSUMER_OFFSET,
                    RequestCode.LOCK_BATCH_MQ,
                    RequestCode.UNLOCK_BATCH_MQ,
                    RequestCode.GET_CONSUMER_LIST_BY_GROUP,
                    RequestCode.SEARCH_OFFSET_BY_TIMESTAMP,
                    RequestCode.GET_MAX_OFFSET,
                    RequestCode.GET_MIN_OFFSET,
                    RequestCode.GET_EARLIEST_MSG_STORETIME,
                    RequestCode.VIEW_MESSAGE_BY_ID,
                    RequestCode.GET_CONSUMER_CONNECTION_LIST,
                    RequestCode.GET_PRODUCER_CONNECTION_LIST,
                    RequestCode.GET_ALL_PRODUCER_INFO,
                    RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER,
                    RequestCode.QUERY_ASSIGNMENT,
                    RequestCode.GET_ALL_MESSAGE_REQUEST_MODE,
                    RequestCode.GET_ALL_TOPIC_CONFIG,
                    RequestCode.GET_TOPIC_CONFIG,
                    RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
                    RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
                    RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG,
                    RequestCode.GET_TOPIC_STATS_INFO,
                    RequestCode.QUERY_TOPIC_CONSUME_BY_WHO,
                    RequestCode.QUERY_TOPICS_BY_CONSUMER,
                    RequestCode.QUERY_CONSUME_TIME_SPAN,
                    RequestCode.QUERY_CONSUME_QUEUE,
                    RequestCode.GET_CONSUME_STATS,
                    RequestCode.GET_BROKER_CONSUME_STATS -> ASK;
            default -> HERE;
        };
    }
}
