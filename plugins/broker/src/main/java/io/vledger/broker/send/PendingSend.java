package io.vledger.broker.send;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.PropertyNames;
import org.jspecify.annotations.Nullable;

/** A send that waits until its entry is applied, and is then answered with the place of its messages. */
final class PendingSend implements Completion, FieldWriter {
    private static final byte[] NONE = {};

    private final SendReplies replies;
    private final RpcRequest request;
    private final Topic topic;
    private final int queueId;
    private final long queueOffset;
    private final long[] positions;
    private final int bytes;
    private final Traffic.MessageType type;
    private final long arrivedMs;
    private byte[] transactionId = NONE;
    private byte[] batchKey = NONE;
    private @Nullable String recallHandle;
    private @Nullable String deadLetterSource;

    /**
     * A send to a queue.
     *
     * @param queueOffset queue offset of its first message
     * @param positions log positions of its messages
     * @param bytes stored bytes of all of them
     */
    PendingSend(
            SendReplies replies,
            RpcRequest request,
            Topic topic,
            int queueId,
            long queueOffset,
            long[] positions,
            int bytes,
            Traffic.MessageType type) {
        this.replies = replies;
        this.request = request;
        this.topic = topic;
        this.queueId = queueId;
        this.queueOffset = queueOffset;
        this.positions = positions;
        this.bytes = bytes;
        this.type = type;
        this.arrivedMs = replies.nowMs();
    }

    /** Sets the transaction id of the answer, in ASCII: the message's unique key. */
    PendingSend transactionId(byte[] uniqueKey) {
        transactionId = uniqueKey;
        return this;
    }

    /**
     * Sets the unique key of a batch, in ASCII, where RocketMQ would store the batch as one message: the answer then names the batch instead of
     * each of its messages.
     */
    PendingSend batchKey(byte[] uniqueKey) {
        batchKey = uniqueKey;
        return this;
    }

    /** Sets by what the producer can recall the message. */
    PendingSend recallHandle(String handle) {
        recallHandle = handle;
        return this;
    }

    /** Sets whose dead letter the message is, as {@code topic@group}; null for none. */
    PendingSend deadLetterSource(@Nullable String topicAtGroup) {
        deadLetterSource = topicAtGroup;
        return this;
    }

    @Override
    public void done(@Nullable Refusal refusal) {
        Traffic traffic = replies.traffic();
        if (refusal != null) {
            // Leadership may have gone between the handler and the end of its turn: the
            // request's bytes went with the handler.
            traffic.sendFailed();
            replies.refusals().replyHere(request, refusal);
            return;
        }
        long nowMs = replies.nowMs();
        traffic.putTimes().add(nowMs - arrivedMs, nowMs);
        traffic.in(topic.name(), type, positions.length, bytes);
        String source = deadLetterSource;
        if (source != null) {
            traffic.deadLetter(source, bytes);
        }
        request.reply(ResponseCode.SUCCESS, null, this, null);
    }

    @Override
    public void writeTo(FieldSink sink) {
        boolean single = positions.length == 1 || batchKey.length > 0;
        sink.put("msgId", single ? replies.messageIds().at(positions[0]) : joinedIds());
        sink.put("queueId", queueId);
        sink.put("queueOffset", queueOffset);
        if (transactionId.length > 0) {
            sink.put("transactionId", new Ascii(transactionId));
        }
        if (batchKey.length > 0) {
            sink.put("batchUniqId", new Ascii(batchKey));
        }
        String handle = recallHandle;
        if (handle != null) {
            sink.put("recallHandle", handle);
        }
        sink.put(PropertyNames.MSG_REGION, SystemNames.REGION);
        sink.put("TRACE_ON", "true");
    }

    private CharSequence joinedIds() {
        StringBuilder ids =
                new StringBuilder(positions.length * (replies.messageIds().length() + 1));
        for (int i = 0; i < positions.length; i++) {
            if (i > 0) {
                ids.append(',');
            }
            ids.append(replies.messageIds().at(positions[i]));
        }
        return ids;
    }
}
