package io.vledger.grpc.broker;

import io.vertx.core.Future;
import io.vledger.api.group.RouteSource;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicAttributeNames;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Asks the name servers of this node where topics are, one after the other until one answers, and the leader of a group here for a topic
 * that this member has not learnt of.
 */
final class NameServers implements RouteTable.Asked {
    private static final int TIMEOUT_MS = 2_000;

    private final Rpc rpc;
    private final List<String> addresses;
    private final Map<String, RpcClient> clients = new TreeMap<>();
    private final Map<String, RpcClient> brokers = new TreeMap<>();
    /** The one that answered last. */
    private int preferred;

    NameServers(Rpc rpc, List<String> addresses) {
        this.rpc = rpc;
        this.addresses = List.copyOf(addresses);
    }

    /**
     * What a name server says of a topic.
     *
     * @param brokers queues in each group
     * @param addresses where each group is reached: its leader, if one is known
     * @param messageType which messages the topic takes, as one of these groups says; empty if none did
     */
    record Found(List<TopicRoute.BrokerQueues> brokers, Map<String, String> addresses, String messageType) {
        static final Found NOTHING = new Found(List.of(), Map.of(), "");
    }

    @Override
    public Future<Found> find(String topic) {
        return addresses.isEmpty() ? Future.succeededFuture(Found.NOTHING) : find(topic, 0);
    }

    private Future<Found> find(String topic, int tried) {
        int index = Math.floorMod(preferred + tried, addresses.size());
        return clients.computeIfAbsent(addresses.get(index), rpc::client)
                .call(
                        RequestCode.GET_ROUTEINFO_BY_TOPIC,
                        fields -> fields.put("topic", topic).put("acceptStandardJsonOnly", true),
                        null,
                        TIMEOUT_MS)
                .onSuccess(answer -> preferred = index)
                .map(NameServers::read)
                .compose(found -> withType(topic, found))
                .recover(cause -> tried + 1 < addresses.size() ? find(topic, tried + 1) : Future.failedFuture(cause));
    }

    /** Name servers do not know which messages a topic takes; its brokers do. */
    private Future<Found> withType(String topic, Found found) {
        if (found.brokers.isEmpty()) {
            return Future.succeededFuture(found);
        }
        String address = found.addresses.get(found.brokers.get(0).broker());
        return topic(String.valueOf(address), topic)
                .map(config -> new Found(found.brokers, found.addresses, type(config)))
                .otherwise(found);
    }

    @Override
    public Future<Found> atLeader(String group, String address, String topic) {
        return topic(address, topic).map(config -> {
            TopicRoute.BrokerQueues queues = new TopicRoute.BrokerQueues(
                    group,
                    JsonFields.number(config, "readQueueNums", 0),
                    JsonFields.number(config, "writeQueueNums", 0),
                    JsonFields.number(config, "perm", 0));
            return config.isEmpty() ? Found.NOTHING : new Found(List.of(queues), Map.of(group, address), type(config));
        });
    }

    /** A topic as a broker has it; empty if it has none. */
    private Future<Map<?, ?>> topic(String address, String topic) {
        return brokers.computeIfAbsent(address, rpc::memberClient)
                .call(RequestCode.GET_TOPIC_CONFIG, fields -> fields.put("topic", topic), null, TIMEOUT_MS)
                .map(answer -> answer.code() == ResponseCode.SUCCESS ? Json.readObject(answer.body()) : Map.of());
    }

    private static String type(Map<?, ?> config) {
        return JsonFields.text(JsonFields.object(config, "attributes"), TopicAttributeNames.MESSAGE_TYPE, "");
    }

    private static Found read(RpcAnswer answer) {
        if (answer.code() != ResponseCode.SUCCESS) {
            return Found.NOTHING;
        }
        Map<?, ?> route = Json.readObject(answer.body());
        Map<String, String> reached = new TreeMap<>();
        for (Object each : JsonFields.array(route, "brokerDatas")) {
            Map<?, ?> broker = JsonFields.asObject(each);
            Map<Long, String> byId = new TreeMap<>();
            JsonFields.object(broker, "brokerAddrs")
                    .forEach((id, address) -> byId.put(brokerId(id), String.valueOf(address)));
            byId.values().stream()
                    .findFirst()
                    .ifPresent(address -> reached.put(JsonFields.text(broker, "brokerName", ""), address));
        }
        List<TopicRoute.BrokerQueues> queues = new ArrayList<>();
        for (Object each : JsonFields.array(route, "queueDatas")) {
            Map<?, ?> data = JsonFields.asObject(each);
            String name = JsonFields.text(data, "brokerName", "");
            if (reached.containsKey(name) && !name.endsWith(RouteSource.STANDBY_SUFFIX)) {
                queues.add(new TopicRoute.BrokerQueues(
                        name,
                        JsonFields.number(data, "readQueueNums", 0),
                        JsonFields.number(data, "writeQueueNums", 0),
                        JsonFields.number(data, "perm", 0)));
            }
        }
        return new Found(List.copyOf(queues), Map.copyOf(reached), "");
    }

    private static long brokerId(Object id) {
        try {
            return Long.parseLong(Objects.toString(id));
        } catch (NumberFormatException e) {
            throw new JsonException("a broker id is not a number: " + id);
        }
    }

    /** Closes the connections. */
    void close() {
        clients.values().forEach(RpcClient::close);
        clients.clear();
        brokers.values().forEach(RpcClient::close);
        brokers.clear();
    }
}
