package io.vledger.grpc.service;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SendResultEntry;
import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.grpc.broker.TopicRoute;
import io.vledger.grpc.broker.TopicRoute.Queue;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.grpc.call.Statuses;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.message.MessageToSend;
import io.vledger.grpc.message.TransactionId;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.message.OffsetMessageId;
import io.vledger.protocol.message.SysFlag;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** SendMessage: one message, or several of one topic as a batch. */
public final class SendService {
    private static final int MAX_BATCH = 1 << 10;

    private final Brokers brokers;
    private final QueueChoice choice = new QueueChoice();

    /** Made once. */
    public SendService(Brokers brokers) {
        this.brokers = brokers;
    }

    /** Sends. */
    public Future<SendMessageResponse> send(Client client, CallContext context, SendMessageRequest request) {
        if (request.getMessagesCount() == 0) {
            throw new StatusException(Code.MESSAGE_CORRUPTED, "no message to send");
        }
        if (request.getMessagesCount() > MAX_BATCH) {
            throw new StatusException(
                    Code.PAYLOAD_TOO_LARGE, request.getMessagesCount() + " messages in one call; at most " + MAX_BATCH);
        }
        Resource resource = request.getMessages(0).getTopic();
        String topic = Names.topic(resource);
        String remote =
                context.remote().getHostString() + ":" + context.remote().getPort();
        List<MessageToSend> messages = new ArrayList<>(request.getMessagesCount());
        for (Message each : request.getMessagesList()) {
            if (!each.getTopic().equals(resource)) {
                throw new StatusException(Code.MESSAGE_CORRUPTED, "topic in message is not same");
            }
            messages.add(MessageToSend.of(each, topic, remote, brokers.nowMs()));
        }
        return brokers.routes()
                .find(topic)
                .otherwise(TopicRoute.NONE) // no type fits a topic that is not there
                .compose(route -> send(client, topic, route, messages));
    }

    private Future<SendMessageResponse> send(
            Client client, String topic, TopicRoute route, List<MessageToSend> messages) {
        MessageToSend first = messages.get(0);
        MessageToSend.checkType(route.messageType(), first.type());
        String group =
                messages.size() == 1 ? first.message().getSystemProperties().getMessageGroup() : "";
        Queue queue = choice.choose(route, group);
        if (queue == null) {
            throw new StatusException(Code.FORBIDDEN, "no writable queue");
        }
        boolean batch = messages.size() > 1;
        return client.links()
                .call(
                        queue.broker(),
                        batch ? RequestCode.SEND_BATCH_MESSAGE : RequestCode.SEND_MESSAGE_V2,
                        fields(topic, queue.id(), first, batch),
                        batch ? batch(messages) : body(first.message().getBody()),
                        Brokers.TIMEOUT_MS)
                .map(answer -> response(answer, queue.broker(), messages));
    }

    private static FieldWriter fields(String topic, int queueId, MessageToSend message, boolean batch) {
        return fields -> fields.put("a", topic)
                .put("b", topic)
                .put("c", "TBW102")
                .put("d", 4)
                .put("e", queueId)
                .put("f", message.sysFlag())
                .put("g", message.bornMs())
                .put("h", 0)
                .put("i", message.properties())
                .put("j", 0)
                .put("k", false)
                .put("m", batch);
    }

    /** The body where it lies. */
    static ByteBuf body(ByteString body) {
        return Unpooled.wrappedBuffer(body.asReadOnlyByteBuffer());
    }

    private static ByteBuf batch(List<MessageToSend> messages) {
        ByteBuf batch = Unpooled.buffer();
        for (MessageToSend each : messages) {
            byte[] properties = each.properties().getBytes(StandardCharsets.UTF_8);
            if (properties.length > Short.MAX_VALUE) { // a longer length would be read as another one
                throw new StatusException(
                        Code.MESSAGE_PROPERTIES_TOO_LARGE,
                        "properties of " + properties.length + " bytes; at most " + Short.MAX_VALUE);
            }
            ByteString body = each.message().getBody();
            batch.writeInt(5 * Integer.BYTES + body.size() + Short.BYTES + properties.length);
            batch.writeInt(0).writeInt(0).writeInt(0);
            batch.writeInt(body.size()).writeBytes(body.asReadOnlyByteBuffer());
            batch.writeShort(properties.length).writeBytes(properties);
        }
        return batch;
    }

    private static SendMessageResponse response(RpcAnswer answer, String broker, List<MessageToSend> messages) {
        SendResultEntry entry =
                switch (answer.code()) {
                    case ResponseCode.SUCCESS -> stored(answer, broker, messages);
                    case ResponseCode.FLUSH_DISK_TIMEOUT ->
                        unsure(Code.MASTER_PERSISTENCE_TIMEOUT, "FLUSH_DISK_TIMEOUT");
                    case ResponseCode.FLUSH_SLAVE_TIMEOUT ->
                        unsure(Code.SLAVE_PERSISTENCE_TIMEOUT, "FLUSH_SLAVE_TIMEOUT");
                    case ResponseCode.SLAVE_NOT_AVAILABLE -> unsure(Code.HA_NOT_AVAILABLE, "SLAVE_NOT_AVAILABLE");
                    default -> throw Statuses.refusal(answer.code(), answer.remark());
                };
        Code code = entry.getStatus().getCode();
        return SendMessageResponse.newBuilder()
                .setStatus(Statuses.of(code, code.name()))
                .addEntries(entry)
                .build();
    }

    private static SendResultEntry unsure(Code code, String status) {
        return SendResultEntry.newBuilder()
                .setStatus(Statuses.of(code, "send message failed, sendStatus=" + status))
                .build();
    }

    private static SendResultEntry stored(RpcAnswer answer, String broker, List<MessageToSend> messages) {
        long queueOffset = answer.fields().longNumber("queueOffset", 0);
        String ids = messages.stream()
                .map(each -> each.message().getSystemProperties().getMessageId())
                .collect(Collectors.joining(","));
        SendResultEntry.Builder entry = SendResultEntry.newBuilder()
                .setStatus(Statuses.OK)
                .setMessageId(ids)
                .setOffset(queueOffset);
        String recall = answer.fields().text("recallHandle");
        if (recall != null) {
            entry.setRecallHandle(recall);
        }
        String offsetId = answer.fields().text("msgId");
        OffsetMessageId.Parsed place = offsetId == null ? null : OffsetMessageId.parse(offsetId);
        if (messages.size() > 1) {
            return entry.build();
        }
        boolean half = (messages.get(0).sysFlag() & SysFlag.TRANSACTION_PREPARED) != 0;
        return entry.setTransactionId(
                        half && place != null
                                ? new TransactionId(ids, broker, queueOffset, place.physicalOffset()).text()
                                : ids)
                .build();
    }
}
