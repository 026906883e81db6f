package io.vledger.nameservice;

import io.vledger.api.rpc.RpcRequest;
import io.vledger.nameservice.RouteTable.BrokerView;
import io.vledger.nameservice.RouteTable.Route;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.json.JsonWriter;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Answers of the name server as JSON. Broker ids are keys of an object, and RocketMQ has written them in two ways: bare up to
 * 4.9.3, and since then quoted for clients that are as new or say that they want standard JSON. Go clients up to 2.1.1, which call
 * themselves older, read every quoted id as 0.
 */
final class RouteJson {
    private RouteJson() {}

    /** Whether a request is to be answered in standard JSON; by RocketMQ's {@code ClientRequestProcessor}. */
    static boolean standard(RpcRequest request) {
        return request.version() >= MqVersion.V4_9_4 || request.fields().flag("acceptStandardJsonOnly", false);
    }

    /**
     * {@code TopicRouteData}.
     *
     * @param standard whether broker ids are quoted
     */
    static byte[] route(Route route, @Nullable String orderConf, boolean standard) {
        JsonWriter json = JsonWriter.create();
        json.beginObject().key("brokerDatas").beginArray();
        route.brokers().forEach(broker -> broker(json, broker, standard));
        json.endArray().key("filterServerTable").beginObject().endObject();
        json.field("orderTopicConf", orderConf).key("queueDatas").beginArray();
        route.queues().forEach((broker, queues) -> json.beginObject()
                .field("brokerName", broker)
                .field("perm", queues.perm())
                .field("readQueueNums", queues.readQueues())
                .field("topicSysFlag", queues.sysFlag())
                .field("writeQueueNums", queues.writeQueues())
                .endObject());
        return json.endArray().endObject().toBytes();
    }

    /**
     * {@code ClusterInfo}.
     *
     * @param others brokers that can be looked up by name and are in no cluster
     */
    static byte[] clusters(Collection<BrokerView> brokers, Collection<BrokerView> others, boolean standard) {
        Map<String, TreeSet<String>> clusters = new TreeMap<>();
        JsonWriter json = JsonWriter.create();
        json.beginObject().key("brokerAddrTable").beginObject();
        for (BrokerView broker : brokers) {
            broker(json.key(broker.name()), broker, standard);
            clusters.computeIfAbsent(broker.cluster(), name -> new TreeSet<>()).add(broker.name());
        }
        others.forEach(broker -> broker(json.key(broker.name()), broker, standard));
        return json.endObject()
                .key("clusterAddrTable")
                .any(clusters)
                .endObject()
                .toBytes();
    }

    /** {@code GetBrokerMemberGroupResponseBody}; null for a broker that is not known. */
    static byte[] members(String cluster, String name, @Nullable BrokerView broker, boolean standard) {
        JsonWriter json = JsonWriter.create();
        json.beginObject().key("brokerMemberGroup").beginObject();
        addresses(json, broker == null ? Map.of() : broker.addresses(), standard);
        return json.field("brokerName", name)
                .field("cluster", cluster)
                .endObject()
                .endObject()
                .toBytes();
    }

    /** {@code TopicList}. */
    static byte[] topicList(Collection<String> topics, @Nullable String brokerAddress) {
        return JsonWriter.create()
                .beginObject()
                .field("brokerAddr", brokerAddress)
                .key("topicList")
                .any(topics)
                .endObject()
                .toBytes();
    }

    /** {@code KVTable}. */
    static byte[] table(Map<String, String> table) {
        return JsonWriter.create()
                .beginObject()
                .key("table")
                .any(table)
                .endObject()
                .toBytes();
    }

    private static void broker(JsonWriter json, BrokerView broker, boolean standard) {
        json.beginObject();
        addresses(json, broker.addresses(), standard);
        json.field("brokerName", broker.name())
                .field("cluster", broker.cluster())
                .field("enableActingMaster", false)
                .endObject();
    }

    private static void addresses(JsonWriter json, Map<Long, String> addresses, boolean standard) {
        json.key("brokerAddrs").beginObject();
        addresses.forEach((id, address) -> (standard ? json.key(id.longValue()) : json.bareKey(id)).value(address));
        json.endObject();
    }
}
