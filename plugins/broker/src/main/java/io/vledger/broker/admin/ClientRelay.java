package io.vledger.broker.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.StoredMessages;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Forwards tools' requests to a consumer over the consumer's own connection: for its state (307), or to consume a message (309). */
final class ClientRelay {
    private static final int TIMEOUT_MS = 10_000;

    private final String broker;
    private final ConsumerRegistry consumers;
    private final StoredMessages messages;

    /** A relay of the broker of this name. */
    public ClientRelay(String broker, ConsumerRegistry consumers, StoredMessages messages) {
        this.broker = broker;
        this.consumers = consumers;
        this.messages = messages;
    }

    /** 307: what a consumer is doing. */
    public void runningInfo(RpcRequest request) {
        ClientChannel client = client(request);
        relay(request, client, RequestCode.GET_CONSUMER_RUNNING_INFO, fieldsOf(request), null);
    }

    /** 309: has a consumer consume one message now. */
    public void consumeDirectly(RpcRequest request) {
        ClientChannel client = client(request);
        String id = request.fields().requiredText("msgId");
        OffsetMessageId.Parsed parsed = OffsetMessageId.parse(id);
        if (parsed == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, id + " is not the offset id of a message");
        }
        Map<String, String> fields = fieldsOf(request);
        fields.put("brokerName", broker);
        messages.find(parsed.physicalOffset(), (message, failure) -> {
            if (failure != null) {
                request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            } else if (message == null) {
                request.reply(ResponseCode.SYSTEM_ERROR, "no message with the id " + id + " on this broker");
            } else {
                relay(request, client, RequestCode.CONSUME_MESSAGE_DIRECTLY, fields, message);
            }
        });
    }

    private static Map<String, String> fieldsOf(RpcRequest request) {
        Map<String, String> values = new LinkedHashMap<>();
        request.fields().forEach(values::put);
        return values;
    }

    private ClientChannel client(RpcRequest request) {
        String groupName = request.fields().requiredText("consumerGroup");
        String clientId = request.fields().requiredText("clientId");
        ConsumerGroup group = consumers.group(groupName);
        ClientChannel client = group == null ? null : group.member(clientId);
        if (client == null || !client.connection().open()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "The Consumer <" + groupName + "> <" + clientId + "> not online");
        }
        if (client.version() < MqVersion.V3_1_8_SNAPSHOT) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "The Consumer <" + clientId + "> Version <" + MqVersion.describe(client.version())
                            + "> too low to finish, please upgrade it to V3_1_8_SNAPSHOT");
        }
        return client;
    }

    private static void relay(
            RpcRequest request, ClientChannel client, int code, Map<String, String> values, @Nullable ByteBuf body) {
        FieldWriter fields = sink -> values.forEach(sink::put);
        client.connection().call(code, fields, body, TIMEOUT_MS).onComplete(outcome -> {
            if (outcome.succeeded()) {
                byte[] answer = outcome.result().body();
                request.reply(
                        outcome.result().code(),
                        outcome.result().remark(),
                        FieldWriter.NONE,
                        answer.length == 0 ? null : Unpooled.wrappedBuffer(answer));
            } else {
                request.reply(
                        ResponseCode.CONSUME_MSG_TIMEOUT,
                        "the client " + client.clientId() + " at " + client.address() + " did not answer: "
                                + outcome.cause().getMessage());
            }
        });
    }
}
