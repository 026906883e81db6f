package io.vledger.broker.client;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Answers where a queue begins and ends and what was stored when (29 to 32), from what this member has applied. An unknown
 * queue counts as empty, as with RocketMQ, since clients ask about queues that nobody has sent to yet. Loop only.
 */
public final class QueueHandler {
    private final Topics topics;
    private final QueueTimes times;

    /** A handler of a group. */
    public QueueHandler(Topics topics, QueueTimes times) {
        this.topics = topics;
        this.times = times;
    }

    /** 29: the message stored at a time. */
    public void search(RpcRequest request) {
        TopicQueue queue = queue(request);
        long timeMs = request.fields().requiredLong("timestamp");
        boolean upper = "UPPER".equalsIgnoreCase(request.fields().text("boundaryType"));
        reply(request, queue == null ? 0 : times.search(queue, timeMs, upper));
    }

    /** 30: the queue offset of the next message. */
    public void max(RpcRequest request) {
        TopicQueue queue = queue(request);
        reply(request, queue == null ? 0 : queue.maxOffset());
    }

    /** 31: the queue offset of the oldest message. */
    public void min(RpcRequest request) {
        TopicQueue queue = queue(request);
        reply(request, queue == null ? 0 : queue.minOffset());
    }

    /** 32: when the oldest message was stored; -1 if there is none. */
    public void earliestStoreTime(RpcRequest request) {
        TopicQueue queue = queue(request);
        long timestamp = queue == null ? QueueTimes.NONE : times.storedAt(queue, queue.minOffset());
        request.reply(ResponseCode.SUCCESS, null, fields -> fields.put("timestamp", timestamp), null);
    }

    private @Nullable TopicQueue queue(RpcRequest request) {
        String name = request.fields().requiredText("topic");
        int queueId = request.fields().requiredNumber("queueId");
        if (queueId < 0) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "queueId " + queueId + " of topic " + name + " is negative");
        }
        Topic topic = topics.find(name);
        return topic == null ? null : topic.queue(queueId);
    }

    private static void reply(RpcRequest request, long queueOffset) {
        request.reply(ResponseCode.SUCCESS, null, fields -> fields.put("offset", queueOffset), null);
    }
}
