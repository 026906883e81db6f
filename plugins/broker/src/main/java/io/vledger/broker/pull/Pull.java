package io.vledger.broker.pull;

import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.TopicQueue;

/** One pull from its arrival to its answer. */
final class Pull {
    final RpcRequest request;
    final SubscriptionGroup group;
    final String topicAtGroup;
    final MessageFilter filter;
    final long requested;
    final int maxBytes;
    /** Most messages of the answer; lowered when they cannot be read together. */
    int maxMessages;
    /** The queue; looked up again after waiting, since the topic may have been deleted or recreated. */
    TopicQueue queue;
    /** Where scanning continues: units before were scanned and do not match. */
    long from;
    /** When it must be answered, milliseconds of the clock; 0 for a pull that does not wait. */
    long deadlineMs;

    /** When reading began, milliseconds of the clock. */
    long readFromMs;

    /** Steps of scanning since it last waited. */
    int steps;

    /** Whether it was woken by new messages, so that it waits for no more. */
    boolean gathered;

    boolean detached;

    Pull(
            RpcRequest request,
            SubscriptionGroup group,
            TopicQueue queue,
            MessageFilter filter,
            long requested,
            int maxMessages,
            int maxBytes) {
        this.request = request;
        this.group = group;
        this.queue = queue;
        this.filter = filter;
        this.requested = requested;
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
        this.from = requested;
        this.topicAtGroup = queue.topic().name() + "@" + group.name();
    }

    /** Keeps the request beyond the handler's return. */
    void detach() {
        if (!detached) {
            detached = true;
            request.detach();
        }
    }
}
