package io.vledger.broker.send;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.group.GroupBroker;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.Topic;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import org.jspecify.annotations.Nullable;

/** A send that waits for its entry to be applied; then answers with where the message lies. */
final class PendingSend implements Completion, FieldWriter {
    private final GroupBroker broker;
    private final OffsetMessageId messageIds;
    private final RpcRequest request;
    private final Topic topic;
    private final int queueId;
    private final long queueOffset;
    private final long[] positions;
    private final byte[] transactionId;
    private final int bytes;
    private final Traffic.MessageType type;
    private final @Nullable String deadOf;
    private final long arrivedMs;

    /**
     * A send that waits.
     *
     * @param positions where its messages lie
     * @param bytes how many they take together as stored
     * @param deadOf the topic and the group, {@code topic@group}, whose dead letter it is; else null
     */
    PendingSend(
            GroupBroker broker,
            OffsetMessageId messageIds,
            RpcRequest request,
            Topic topic,
            int queueId,
            long queueOffset,
            long[] positions,
            byte[] transactionId,
            int bytes,
            Traffic.MessageType type,
            @Nullable String deadOf) {
        this.type = type;
        this.deadOf = deadOf;
        this.broker = broker;
        this.messageIds = messageIds;
        this.request = request;
        this.topic = topic;
        this.queueId = queueId;
        this.queueOffset = queueOffset;
        this.positions = positions;
        this.transactionId = transactionId;
        this.bytes = bytes;
        this.arrivedMs = broker.clock().getAsLong();
    }

    @Override
    public void done(@Nullable Refusal refusal) {
        if (refusal != null) {
            // Leadership may have gone between the handler and the end of its turn: its bytes went with the handler.
            broker.traffic().sendFailed();
            Refusals.replyHere(request, refusal, broker);
            return;
        }
        long nowMs = broker.clock().getAsLong();
        broker.traffic().putTimes().add(nowMs - arrivedMs, nowMs);
        broker.traffic().in(topic.name(), type, positions.length, bytes);
        String dead = deadOf;
        if (dead != null) {
            broker.traffic().dead(dead, bytes);
        }
        request.reply(ResponseCode.SUCCESS, null, this, null);
    }

    @Override
    public void writeTo(FieldSink sink) {
        sink.put("msgId", positions.length == 1 ? messageIds.at(positions[0]) : joinedIds());
        sink.put("queueId", queueId);
        sink.put("queueOffset", queueOffset);
        if (transactionId.length > 0) {
            sink.put("transactionId", new Ascii(transactionId));
        }
        sink.put("MSG_REGION", SendProperties.REGION);
        sink.put("TRACE_ON", "true");
    }

    private CharSequence joinedIds() {
        StringBuilder ids = new StringBuilder(positions.length * (messageIds.length() + 1));
        for (int i = 0; i < positions.length; i++) {
            if (i > 0) {
                ids.append(',');
            }
            ids.append(messageIds.at(positions[i]));
        }
        return ids;
    }
}
