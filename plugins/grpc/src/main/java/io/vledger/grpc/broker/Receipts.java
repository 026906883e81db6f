package io.vledger.grpc.broker;

import apache.rocketmq.v2.Code;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.message.ReceiptHandle;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.function.LongSupplier;

/**
 * What one consumer does with messages that it was given. Each of these may be repeated, and is where its outcome is not known: a broker
 * answers the second time like the first.
 */
public final class Receipts {
    private static final int TIMEOUT_MS = 3_000;
    private static final int MAX_TRIES = 3;

    private final BrokerLinks links;
    private final LongSupplier clock;

    /**
     * Over a consumer's connections.
     *
     * @param clock milliseconds since the epoch
     */
    public Receipts(BrokerLinks links, LongSupplier clock) {
        this.clock = clock;
        this.links = links;
    }

    /** Acknowledges a message: it is consumed. */
    public Future<Void> acknowledge(String group, String topic, ReceiptHandle handle) {
        return call(handle, RequestCode.ACK_MESSAGE, fields(group, topic, handle), 1)
                .compose(answer -> answer.code() == ResponseCode.SUCCESS
                        ? Future.succeededFuture()
                        : Future.failedFuture(refusal(answer, handle, "ack")));
    }

    /**
     * Changes for how long a message stays invisible, from now on.
     *
     * @return the receipt that counts from now on
     */
    public Future<ReceiptHandle> change(String group, String topic, ReceiptHandle handle, long invisibleMs) {
        FieldWriter named = fields(group, topic, handle);
        FieldWriter fields = sink -> {
            named.writeTo(sink);
            sink.put("invisibleTime", invisibleMs);
        };
        return call(handle, RequestCode.CHANGE_MESSAGE_INVISIBLETIME, fields, MAX_TRIES)
                .compose(answer -> {
                    if (answer.code() != ResponseCode.SUCCESS) {
                        return Future.failedFuture(refusal(answer, handle, "changeInvisibleDuration"));
                    }
                    String text = handle.changed(
                            answer.fields().requiredLong("popTime"),
                            answer.fields().requiredLong("invisibleTime"),
                            answer.fields().requiredNumber("reviveQid"));
                    ReceiptHandle changed = ReceiptHandle.parse(text);
                    return Future.succeededFuture(changed == null ? handle : changed);
                });
    }

    /** Makes a message a dead letter, and acknowledges it. */
    public Future<RpcAnswer> bury(String group, String topic, ReceiptHandle handle, String messageId) {
        String realTopic = handle.realTopic(topic, group);
        return call(
                        handle,
                        RequestCode.CONSUMER_SEND_MSG_BACK,
                        fields -> fields.put("offset", handle.physicalOffset())
                                .put("group", group)
                                .put("delayLevel", -1)
                                .put("originMsgId", messageId)
                                .put("originTopic", realTopic)
                                .put("unitMode", false)
                                .put("maxReconsumeTimes", 0),
                        MAX_TRIES)
                .compose(answer -> answer.code() == ResponseCode.SUCCESS
                        ? acknowledge(group, topic, handle).otherwiseEmpty().map(answer)
                        : Future.succeededFuture(answer));
    }

    private Future<RpcAnswer> call(ReceiptHandle handle, int code, FieldWriter fields, int tries) {
        return links.call(handle.broker(), code, fields, null, TIMEOUT_MS)
                .compose(answer -> answer.code() == ResponseCode.SYSTEM_ERROR && tries < MAX_TRIES
                        ? call(handle, code, fields, tries + 1)
                        : Future.succeededFuture(answer));
    }

    private static FieldWriter fields(String group, String topic, ReceiptHandle handle) {
        String realTopic = handle.realTopic(topic, group);
        return sink -> sink.put("consumerGroup", group)
                .put("topic", realTopic)
                .put("queueId", handle.queueId())
                .put("extraInfo", handle.text())
                .put("offset", handle.queueOffset());
    }

    /** The broker decided that the receipt does not count; RocketMQ's proxy says otherwise whether it is over or made up. */
    private StatusException refusal(RpcAnswer answer, ReceiptHandle handle, String what) {
        if (answer.code() != ResponseCode.NO_MESSAGE && answer.code() != ResponseCode.MESSAGE_ILLEGAL) {
            return Statuses.refusal(answer.code(), answer.remark());
        }
        return handle.visibleMs() <= clock.getAsLong()
                ? new StatusException(Code.INVALID_RECEIPT_HANDLE, "receipt handle is expired")
                : new StatusException(Code.INTERNAL_SERVER_ERROR, what + " failed: status is abnormal");
    }
}
