package io.vledger.access.rights;

import static io.vledger.access.rights.Action.CREATE;
import static io.vledger.access.rights.Action.SUB;
import static io.vledger.access.rights.Action.UPDATE;

import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What requests need whose body names the resources, as JSON. */
final class BodyNeeds {
    private static final Set<Action> CONSUME = Set.of(SUB);

    private BodyNeeds() {}

    private static Map<Object, @Nullable Object> body(RpcRequest request) {
        return request.body().isReadable() ? Json.readObject(request.body().duplicate()) : Map.of();
    }

    /** A retry topic needs no right beside its group's. */
    private static void addTopic(String topic, List<Need> needs) {
        if (!topic.startsWith(TopicNames.RETRY_PREFIX)) {
            needs.add(Need.topic(topic, CONSUME));
        }
    }

    static void heartbeat(RpcRequest request, List<Need> needs) {
        for (Object element : JsonFields.array(body(request), "consumerDataSet")) {
            Map<?, ?> consumer = JsonFields.asObject(element);
            needs.add(Need.group(JsonFields.text(consumer, "groupName", ""), CONSUME));
            for (Object subscription : JsonFields.array(consumer, "subscriptionDataSet")) {
                addTopic(JsonFields.text(JsonFields.asObject(subscription), "topic", ""), needs);
            }
        }
    }

    static void locks(RpcRequest request, List<Need> needs) {
        Map<?, ?> body = body(request);
        needs.add(Need.group(JsonFields.text(body, "consumerGroup", ""), CONSUME));
        for (Object queue : JsonFields.array(body, "mqSet")) {
            addTopic(JsonFields.text(JsonFields.asObject(queue), "topic", ""), needs);
        }
    }

    static void acknowledgements(RpcRequest request, List<Need> needs) {
        for (Object element : JsonFields.array(body(request), "acks")) {
            Map<?, ?> ack = JsonFields.asObject(element);
            needs.add(Need.group(either(ack, "c", "consumerGroup"), CONSUME));
            addTopic(either(ack, "t", "topic"), needs);
        }
    }

    private static String either(Map<?, ?> object, String name, String longName) {
        return JsonFields.text(object, name, JsonFields.text(object, longName, ""));
    }

    static void topics(RpcRequest request, List<Need> needs) {
        for (Object topic : JsonFields.array(body(request), "topicConfigList")) {
            needs.add(Need.topic(JsonFields.text(JsonFields.asObject(topic), "topicName", ""), Set.of(CREATE)));
        }
    }

    static void group(RpcRequest request, List<Need> needs) {
        needs.add(Need.group(JsonFields.text(body(request), "groupName", ""), Set.of(CREATE)));
    }

    static void groups(RpcRequest request, List<Need> needs) {
        for (Object group : JsonFields.array(body(request), "groupConfigList")) {
            needs.add(Need.group(JsonFields.text(JsonFields.asObject(group), "groupName", ""), Set.of(CREATE)));
        }
    }

    static void requestMode(RpcRequest request, List<Need> needs) {
        Map<?, ?> body = body(request);
        needs.add(Need.topic(JsonFields.text(body, "topic", ""), Set.of(UPDATE)));
        needs.add(Need.group(JsonFields.text(body, "consumerGroup", ""), Set.of(UPDATE)));
    }
}
