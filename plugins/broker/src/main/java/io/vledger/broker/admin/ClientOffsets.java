package io.vledger.broker.admin;

import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.state.ConfigJson;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What online consumers hold of a topic: asks them for it (223, which asks them with 221), and tells those of before 5.0 that a tool has
 * moved their group (220), as a broker of their time does. Loop only.
 */
final class ClientOffsets {
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_CLIENTS = 1_000;

    private final String broker;
    private final ConsumerRegistry consumers;

    /** For the broker of this name. */
    ClientOffsets(String broker, ConsumerRegistry consumers) {
        this.broker = broker;
        this.consumers = consumers;
    }

    /** 223: the offsets that each client of a group holds, or that one of them holds. */
    void query(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        String groupName = request.fields().requiredText("group");
        String only = request.fields().text("clientAddr");
        ConsumerGroup group = consumers.group(groupName);
        List<ClientChannel> asked = new ArrayList<>();
        for (ClientChannel member : group == null ? List.<ClientChannel>of() : group.members()) {
            if (member.connection().open()
                    && asked.size() < MAX_CLIENTS
                    && (only == null || only.isEmpty() || only.equals(member.clientId()))) {
                asked.add(member);
            }
        }
        if (asked.isEmpty()) {
            throw new RequestException(
                    ResponseCode.CONSUMER_NOT_ONLINE, "No Any Consumer online in the consumer group: " + groupName);
        }
        for (ClientChannel member : asked) {
            if (member.version() < MqVersion.V3_0_7_SNAPSHOT) {
                throw new RequestException(
                        ResponseCode.CONSUMER_NOT_ONLINE,
                        "the client " + member.clientId() + " does not support this feature. version="
                                + MqVersion.describe(member.version()));
            }
        }
        request.detach();
        FieldWriter fields = sink -> sink.put("topic", topic).put("group", groupName);
        Gathered gathered = new Gathered(request, asked.size());
        for (ClientChannel member : asked) {
            member.connection()
                    .call(RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT, fields, null, TIMEOUT_MS)
                    .onComplete(outcome -> gathered.add(member, outcome.succeeded() ? outcome.result() : null));
        }
    }

    /** The answers of clients; those that do not answer, or not in JSON, are left out. */
    private static final class Gathered {
        private final RpcRequest request;
        private final Map<String, Map<?, ?>> tables = new LinkedHashMap<>();
        private int open;

        Gathered(RpcRequest request, int open) {
            this.request = request;
            this.open = open;
        }

        void add(ClientChannel member, @Nullable RpcAnswer answer) {
            if (answer != null && answer.code() == ResponseCode.SUCCESS) {
                try {
                    Map<?, ?> body = JsonFields.asObject(Json.read(Unpooled.wrappedBuffer(answer.body())));
                    tables.put(member.clientId(), JsonFields.object(body, "messageQueueTable"));
                } catch (JsonException unreadable) {
                    // As if it had not answered.
                }
            }
            if (--open == 0) {
                JsonWriter json = JsonWriter.create().beginObject();
                json.key("consumerTable").any(tables);
                json.key("messageQueueTable").beginObject().endObject();
                request.replyBody(json.endObject().toBytes());
            }
        }
    }

    /**
     * Tells clients of before 5.0 that their group was moved. They move at once, instead of with their next pull; one that misses it
     * learns it from that.
     */
    void push(String groupName, String topic, Map<Integer, Long> offsets) {
        ConsumerGroup group = consumers.group(groupName);
        if (group == null || group.broadcasting()) {
            return;
        }
        for (ClientChannel member : group.members()) {
            if (!member.connection().open()
                    || member.version() < MqVersion.V3_0_7_SNAPSHOT
                    || member.version() >= MqVersion.V5_0_0) {
                continue;
            }
            byte[] body = member.language().equals("CPP") ? list(topic, offsets) : table(broker, topic, offsets);
            member.connection()
                    .send(
                            RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
                            sink -> sink.put("topic", topic)
                                    .put("group", groupName)
                                    .put("timestamp", 0)
                                    .put("isForce", "true"),
                            Unpooled.wrappedBuffer(body));
        }
    }

    /** Offsets by queue, as Java clients and tools read them. */
    static byte[] table(String broker, String topic, Map<Integer, Long> offsets) {
        JsonWriter json = JsonWriter.create().beginObject().key("offsetTable").beginObject();
        offsets.forEach((queueId, queueOffset) -> json.objectKey(key -> ConfigJson.queue(key, broker, topic, queueId))
                .value(queueOffset));
        return json.endObject().endObject().toBytes();
    }

    private byte[] list(String topic, Map<Integer, Long> offsets) {
        JsonWriter json = JsonWriter.create().beginObject().key("offsetTable").beginArray();
        offsets.forEach((queueId, queueOffset) -> json.beginObject()
                .field("brokerName", broker)
                .field("offset", queueOffset)
                .field("queueId", queueId)
                .field("topic", topic)
                .endObject());
        return json.endArray().endObject().toBytes();
    }
}
