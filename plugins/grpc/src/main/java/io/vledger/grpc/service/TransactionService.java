package io.vledger.grpc.service;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import apache.rocketmq.v2.TransactionSource;
import io.vertx.core.Future;
import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.message.MessageToSend;
import io.vledger.grpc.message.TransactionId;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.SysFlag;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** EndTransaction and RecallMessage: what producers decide of messages that nobody has seen yet. */
public final class TransactionService {
    private static final String RECALL_VERSION = "v1";
    private static final int RECALL_WORDS = 5;

    private final Brokers brokers;

    /** Made once. */
    public TransactionService(Brokers brokers) {
        this.brokers = brokers;
    }

    /** Commits a half message, or rolls it back. */
    public Future<EndTransactionResponse> end(Client client, EndTransactionRequest request) {
        String topic = Names.topic(request.getTopic());
        if (request.getTransactionId().isBlank()) {
            throw new StatusException(Code.INVALID_TRANSACTION_ID, "transaction id cannot be empty");
        }
        TransactionId id = TransactionId.parse(request.getTransactionId());
        if (id == null) {
            throw new StatusException(Code.INTERNAL_SERVER_ERROR, "cannot found transaction data");
        }
        int decision =
                switch (request.getResolution()) {
                    case COMMIT -> SysFlag.TRANSACTION_COMMIT;
                    case ROLLBACK -> SysFlag.TRANSACTION_ROLLBACK;
                    default ->
                        throw new StatusException(
                                Code.INTERNAL_SERVER_ERROR, "the resolution is neither COMMIT nor ROLLBACK");
                };
        boolean asked = request.getSource() == TransactionSource.SOURCE_SERVER_CHECK;
        return client.links()
                .call(
                        id.broker(),
                        RequestCode.END_TRANSACTION,
                        fields -> fields.put("topic", topic)
                                .put("producerGroup", topic)
                                .put("tranStateTableOffset", id.queueOffset())
                                .put("commitLogOffset", id.physicalOffset())
                                .put("commitOrRollback", decision)
                                .put("fromTransactionCheck", asked)
                                .put("msgId", id.messageId())
                                .put("transactionId", id.messageId()),
                        null,
                        Brokers.TIMEOUT_MS)
                .map(answer -> EndTransactionResponse.newBuilder()
                        .setStatus(
                                answer.code() == ResponseCode.SUCCESS
                                        ? Statuses.OK
                                        : Statuses.of(answer.code(), answer.remark()))
                        .build());
    }

    /** Takes a delayed message back. */
    public Future<RecallMessageResponse> recall(Client client, RecallMessageRequest request) {
        String topic = Names.topic(request.getTopic());
        String handle = request.getRecallHandle();
        return brokers.routes().find(topic).otherwise(TopicRoute.NONE).compose(route -> {
            MessageToSend.checkType(route.messageType(), "DELAY");
            return recall(client, topic, handle);
        });
    }

    private static Future<RecallMessageResponse> recall(Client client, String topic, String handle) {
        return client.links()
                .call(
                        broker(handle),
                        RequestCode.RECALL_MESSAGE,
                        fields -> fields.put("topic", topic).put("recallHandle", handle),
                        null,
                        Brokers.TIMEOUT_MS)
                .map(answer -> {
                    if (answer.code() != ResponseCode.SUCCESS) {
                        throw Statuses.refusal(answer.code(), answer.remark());
                    }
                    String messageId = answer.fields().text("msgId");
                    return RecallMessageResponse.newBuilder()
                            .setStatus(Statuses.OK)
                            .setMessageId(messageId == null ? "" : messageId)
                            .build();
                });
    }

    /** The group that gave a recall handle: Base64 of {@code version topic group time id}. */
    private static String broker(String handle) {
        try {
            String[] words = new String(Base64.getUrlDecoder().decode(handle), StandardCharsets.UTF_8).split(" ");
            if (words.length == RECALL_WORDS && words[0].equals(RECALL_VERSION)) {
                return words[2];
            }
        } catch (IllegalArgumentException notBase64) {
            // answered below, like any other text that is no handle
        }
        throw new StatusException(Code.INTERNAL_SERVER_ERROR, "recall handle is invalid");
    }
}
