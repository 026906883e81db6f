package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ClientChannel;
import io.vledger.broker.client.ConsumerGroup;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.client.SubscriptionData;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.util.Collection;

/** Tells tools who is online (203, 204, 328) and what a group subscribes to (345). Loop only. */
final class ConnectionsHandler {
    private final ConsumerRegistry consumers;
    private final ProducerRegistry producers;

    /** A handler of a group. */
    public ConnectionsHandler(ConsumerRegistry consumers, ProducerRegistry producers) {
        this.consumers = consumers;
        this.producers = producers;
    }

    /** 203: the consumers of a group. Code 206 means that none is online; tools branch on it. */
    public void consumerConnections(RpcRequest request) {
        String name = request.fields().requiredText("consumerGroup");
        ConsumerGroup group = consumers.group(name);
        if (group == null) {
            throw new RequestException(ResponseCode.CONSUMER_NOT_ONLINE, "the consumer group " + name + " not online");
        }
        JsonWriter json = JsonWriter.create().beginObject().key("connectionSet");
        connections(json, group.members());
        json.field("consumeFromWhere", group.consumeFromWhere());
        json.field("consumeType", group.consumeType());
        json.field("messageModel", group.messageModel());
        json.key("subscriptionTable").beginObject();
        for (SubscriptionData subscription : group.subscriptions().values()) {
            json.key(subscription.topic());
            subscription.write(json);
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 204: the producers of a group. */
    public void producerConnections(RpcRequest request) {
        String name = request.fields().requiredText("producerGroup");
        Collection<ClientChannel> members = producers.members(name);
        if (members.isEmpty()) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "the producer group " + name + " not online");
        }
        JsonWriter json = JsonWriter.create().beginObject().key("connectionSet");
        connections(json, members);
        request.replyBody(json.endObject().toBytes());
    }

    /** 328: all producers. */
    public void allProducers(RpcRequest request) {
        JsonWriter json = JsonWriter.create().beginObject().key("data").beginObject();
        for (String group : producers.groups()) {
            json.key(group).beginArray();
            for (ClientChannel member : producers.members(group)) {
                json.beginObject()
                        .field("clientId", member.clientId())
                        .field("language", member.language())
                        .field("lastUpdateTimestamp", member.lastHeardMs())
                        .field("remoteIP", "/" + member.address()) // as Java writes a socket's address
                        .field("version", member.version())
                        .endObject();
            }
            json.endArray();
        }
        request.replyBody(json.endObject().endObject().toBytes());
    }

    /** 345: what a group subscribes to on a topic; without a subscription if it is not online. */
    public void subscription(RpcRequest request) {
        String name = request.fields().requiredText("group");
        String topic = request.fields().requiredText("topic");
        ConsumerGroup group = consumers.group(name);
        JsonWriter json = JsonWriter.create().beginObject().field("group", name);
        SubscriptionData subscription = group == null ? null : group.subscription(topic);
        if (subscription != null) {
            json.key("subscriptionData");
            subscription.write(json);
        }
        request.replyBody(json.field("topic", topic).endObject().toBytes());
    }

    private static void connections(JsonWriter json, Collection<ClientChannel> members) {
        json.beginArray();
        for (ClientChannel member : members) {
            json.beginObject()
                    .field("clientAddr", member.address())
                    .field("clientId", member.clientId())
                    .field("language", member.language())
                    .field("version", member.version())
                    .endObject();
        }
        json.endArray();
    }
}
