package io.vledger.broker.pop;

import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;

/** One pop, or one wait for a notification, from its arrival to its answer. */
final class Pop {
    /** Queue id of a pop from all queues. */
    static final int ALL_QUEUES = -1;

    final RpcRequest request;
    final GroupTopic key;
    final int queueId;
    final MessageFilter filter;
    final Wish wish;
    /** When it must be answered, milliseconds of the node's clock; 0 if it does not wait. */
    final long deadlineMs;
    /** Most messages; lowered when they cannot be read together. */
    int maxMessages;

    boolean detached;
    /** Of {@link PopWaits}: the tick of its deadline while it waits. */
    long tickMs;

    /**
     * How it is to be served.
     *
     * @param order whether messages are consumed in order
     * @param attemptId of a pop in order, or an empty text
     * @param invisibleMs how long the messages are invisible
     * @param fromEnd where a group that never consumed the topic begins
     * @param noticeOnly whether only the fact that there are messages is wanted
     */
    record Wish(boolean order, String attemptId, long invisibleMs, boolean fromEnd, boolean noticeOnly) {}

    Pop(
            RpcRequest request,
            GroupTopic key,
            int queueId,
            MessageFilter filter,
            Wish wish,
            int maxMessages,
            long deadlineMs) {
        this.request = request;
        this.key = key;
        this.queueId = queueId;
        this.filter = filter;
        this.wish = wish;
        this.maxMessages = maxMessages;
        this.deadlineMs = deadlineMs;
    }

    boolean wants(int queue) {
        return queueId == ALL_QUEUES || queueId == queue;
    }

    /** Keeps the request beyond the handler's return. */
    void detach() {
        if (!detached) {
            detached = true;
            request.detach();
        }
    }
}
