package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.JsonBody;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Divides queues among consumers at the broker (400) for clients that do not do it themselves, and serves the mode of
 * consumption (401, 402), which is always pull. Loop only.
 */
public final class AssignmentHandler {
    private static final String AVERAGE = "AVG";
    private static final String BY_CIRCLE = "AVG_BY_CIRCLE";

    private final String brokerName;
    private final ConsumerRegistry consumers;
    private final ToIntFunction<String> readQueues;

    /**
     * A handler of the broker of this name.
     *
     * @param readQueues queues of a topic that consumers read, or a negative number if there is no such topic
     */
    public AssignmentHandler(String brokerName, ConsumerRegistry consumers, ToIntFunction<String> readQueues) {
        this.brokerName = brokerName;
        this.consumers = consumers;
        this.readQueues = readQueues;
    }

    /** 400: the queues of a topic on this broker that a client is to consume. */
    public void queryAssignment(RpcRequest request) {
        Query query = JsonBody.read(request, Query::read);
        int queues = readQueues.applyAsInt(query.topic());
        if (queues < 0) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "the topic " + query.topic() + " does not exist");
        }
        JsonWriter json =
                JsonWriter.create().beginObject().key("messageQueueAssignments").beginArray();
        for (int queueId = 0; queueId < queues; queueId++) {
            if (query.broadcasting() || isAssigned(query, queueId, queues)) {
                json.beginObject().key("messageQueue").beginObject();
                json.field("brokerName", brokerName).field("queueId", queueId).field("topic", query.topic());
                json.endObject().field("mode", "PULL").endObject();
            }
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    /** 401: sets the mode of a group on a topic. */
    public void setMode(RpcRequest request) {
        String mode = JsonBody.read(request, json -> JsonFields.text(json, "mode", "PULL"));
        if (!mode.equals("PULL")) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER, "the mode " + mode + " is not served by this broker; use PULL");
        }
        request.reply(ResponseCode.SUCCESS, null);
    }

    /** 402: the modes that differ from the usual: none. */
    public void allModes(RpcRequest request) {
        request.replyBody(JsonWriter.create()
                .beginObject()
                .key("messageRequestModeMap")
                .beginObject()
                .endObject()
                .endObject()
                .toBytes());
    }

    private boolean isAssigned(Query query, int queueId, int queues) {
        ConsumerGroup group = consumers.group(query.group());
        List<String> clients = group == null ? List.of() : group.clientIds();
        int self = clients.indexOf(query.clientId());
        if (self < 0) {
            return false;
        }
        if (query.strategy().equals(BY_CIRCLE)) {
            return queueId % clients.size() == self;
        }
        int share = queues / clients.size();
        int rest = queues % clients.size();
        // The first `rest` clients have one queue more.
        int start = self * share + Math.min(self, rest);
        int count = share + (self < rest ? 1 : 0);
        return queueId >= start && queueId < start + count;
    }

    private record Query(String clientId, String group, boolean broadcasting, String strategy, String topic) {
        static Query read(Map<?, ?> json) {
            String strategy = JsonFields.text(json, "strategyName", AVERAGE);
            if (!strategy.equals(AVERAGE) && !strategy.equals(BY_CIRCLE)) {
                throw new JsonException(
                        "the strategy " + strategy + " is not known; use " + AVERAGE + " or " + BY_CIRCLE);
            }
            String topic = JsonFields.text(json, "topic", "");
            if (topic.isEmpty()) {
                throw new JsonException("topic must be given");
            }
            return new Query(
                    JsonFields.text(json, "clientId", ""),
                    JsonFields.text(json, "consumerGroup", ""),
                    "BROADCASTING".equals(JsonFields.text(json, "messageModel", "CLUSTERING")),
                    strategy,
                    topic);
        }
    }
}
