package io.vledger.nameservice;

import io.netty.buffer.Unpooled;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.nameservice.RouteTable.BrokerView;
import io.vledger.nameservice.RouteTable.Route;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/** Answers the requests of a name server out of a {@link RouteTable}. Loop only. */
final class NameServer {

    private static final int UNIT = 1;
    private static final int UNIT_SUBSCRIPTION = 2;

    private final RouteTable table;
    private final KvConfigs kv;
    private final LongSupplier clockMs;

    /** @param clockMs a monotonic time */
    NameServer(RouteTable table, KvConfigs kv, LongSupplier clockMs) {
        this.table = table;
        this.kv = kv;
        this.clockMs = clockMs;
    }

    /** Registers everything that a name server answers: the one list of its requests. */
    void serve(Handlers handlers) {
        handlers.register(RequestCode.GET_ROUTEINFO_BY_TOPIC, this::route);
        handlers.register(RequestCode.GET_BROKER_CLUSTER_INFO, this::clusters);
        handlers.register(RequestCode.GET_BROKER_MEMBER_GROUP, this::memberGroup);
        handlers.register(RequestCode.REGISTER_BROKER, this::register);
        handlers.register(RequestCode.UNREGISTER_BROKER, this::unregister);
        handlers.register(RequestCode.BROKER_HEARTBEAT, this::heartbeat);
        handlers.register(RequestCode.QUERY_DATA_VERSION, this::dataVersion);
        handlers.register(RequestCode.PUT_KV_CONFIG, this::putKv);
        handlers.register(RequestCode.GET_KV_CONFIG, this::getKv);
        handlers.register(RequestCode.DELETE_KV_CONFIG, this::deleteKv);
        handlers.register(RequestCode.GET_KVLIST_BY_NAMESPACE, this::listKv);
        handlers.register(
                RequestCode.GET_NAMESRV_CONFIG,
                request -> request.replyBody("serverWorkedBy=vledger\n".getBytes(StandardCharsets.UTF_8)));
        handlers.register(RequestCode.UPDATE_NAMESRV_CONFIG, request -> {
            throw new RequestException(
                    ResponseCode.NO_PERMISSION, "this name server has no settings; configure the nodes that serve it");
        });
        serveTools((code, handler) -> handlers.register(code, request -> {
            StandbyVisibility.tool(request.connection());
            handler.handle(request);
        }));
    }

    /** Requests that only tools send. */
    private void serveTools(BiConsumer<Integer, RequestHandler> tools) {
        tools.accept(
                RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
                request -> request.replyBody(RouteJson.topicList(table.topics(queue -> true), null)));
        tools.accept(
                RequestCode.GET_TOPICS_BY_CLUSTER,
                request -> request.replyBody(RouteJson.topicList(
                        table.topicsOfCluster(request.fields().requiredText("cluster")), null)));
        tools.accept(RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_NS, this::systemTopics);
        tools.accept(RequestCode.GET_UNIT_TOPIC_LIST, request -> unitTopics(request, UNIT, UNIT));
        tools.accept(
                RequestCode.GET_HAS_UNIT_SUB_TOPIC_LIST,
                request -> unitTopics(request, UNIT_SUBSCRIPTION, UNIT_SUBSCRIPTION));
        tools.accept(
                RequestCode.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST,
                request -> unitTopics(request, UNIT | UNIT_SUBSCRIPTION, UNIT_SUBSCRIPTION));
        tools.accept(RequestCode.DELETE_TOPIC_IN_NAMESRV, request -> {
            table.deleteTopic(
                    request.fields().requiredText("topic"), request.fields().text("clusterName"));
            request.reply(ResponseCode.SUCCESS, null);
        });
        tools.accept(RequestCode.REGISTER_TOPIC_IN_NAMESRV, this::registerTopic);
        tools.accept(RequestCode.WIPE_WRITE_PERM_OF_BROKER, request -> setWritable(request, false, "wipeTopicCount"));
        tools.accept(RequestCode.ADD_WRITE_PERM_OF_BROKER, request -> setWritable(request, true, "addTopicCount"));
    }

    private void route(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        Route route = table.route(topic, StandbyVisibility.shows(request.connection()));
        if (route == null) {
            request.reply(ResponseCode.TOPIC_NOT_EXIST, "No topic route info in name server for the topic: " + topic);
        } else {
            request.replyBody(
                    RouteJson.route(route, kv.get(KvConfigs.ORDER_TOPICS, topic), RouteJson.standard(request)));
        }
    }

    /** A broker of a route is looked up by name here: one that was shown is there too, in no cluster. */
    private void clusters(RpcRequest request) {
        boolean shown = StandbyVisibility.tool(request.connection());
        request.replyBody(RouteJson.clusters(
                table.brokers(), shown ? table.standbyBrokers() : List.of(), RouteJson.standard(request)));
    }

    private void memberGroup(RpcRequest request) {
        String broker = request.fields().requiredText("brokerName");
        String cluster = request.fields().requiredText("clusterName");
        request.replyBody(RouteJson.members(cluster, broker, table.broker(broker), RouteJson.standard(request)));
    }

    private void register(RpcRequest request) {
        if (request.version() < MqVersion.V3_0_11) {
            throw new RequestException(
                    ResponseCode.VERSION_NOT_SUPPORTED, "brokers older than 3.0.11 cannot register here");
        }
        Registration registration;
        try {
            registration = RegistrationCodec.decode(request.fields(), request.body());
        } catch (JsonException e) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "the registration's body: " + e.getMessage());
        }
        RpcConnection connection = request.connection();
        RouteOwner owner = new RouteOwner.Registered(connection);
        if (StandbyVisibility.registers(connection)) {
            connection.onClose(() -> table.ownerGone(owner));
        }
        RouteTable.Outcome outcome = table.register(registration, owner, clockMs.getAsLong());
        if (!outcome.accepted()) {
            request.reply(ResponseCode.SYSTEM_ERROR, "register broker failed");
            return;
        }
        request.replayToNextOwner(replayKey(registration.broker(), registration.address()));
        Map<String, String> orders = kv.all(KvConfigs.ORDER_TOPICS);
        FieldWriter fields = sink -> {
            if (outcome.masterAddress() != null) {
                sink.put("masterAddr", outcome.masterAddress());
            }
            if (outcome.haAddress() != null) {
                sink.put("haServerAddr", outcome.haAddress());
            }
        };
        request.reply(
                ResponseCode.SUCCESS,
                null,
                fields,
                orders == null ? null : Unpooled.wrappedBuffer(RouteJson.table(orders)));
    }

    private void unregister(RpcRequest request) {
        Fields fields = request.fields();
        table.unregister(
                fields.requiredText("clusterName"),
                fields.requiredText("brokerName"),
                fields.requiredText("brokerAddr"),
                clockMs.getAsLong());
        request.replayToNextOwner(replayKey(fields.requiredText("brokerName"), fields.requiredText("brokerAddr")));
        request.reply(ResponseCode.SUCCESS, null);
    }

    /** The next deployment of this plugin is shown the last request of each key. */
    private static String replayKey(String broker, String address) {
        return "broker " + broker + " " + address;
    }

    private void heartbeat(RpcRequest request) {
        Fields fields = request.fields();
        table.alive(fields.requiredText("clusterName"), fields.requiredText("brokerAddr"), clockMs.getAsLong());
        request.reply(ResponseCode.SUCCESS, null);
    }

    private void dataVersion(RpcRequest request) {
        String cluster = request.fields().requiredText("clusterName");
        String address = request.fields().requiredText("brokerAddr");
        Version offered = RegistrationCodec.version(json(request));
        table.alive(cluster, address, clockMs.getAsLong());
        Version known = table.version(cluster, address);
        JsonWriter body = JsonWriter.create();
        RegistrationCodec.version(body, known == null ? Version.NONE : known);
        request.reply(
                ResponseCode.SUCCESS,
                null,
                sink -> sink.put("changed", !offered.equals(known)),
                known == null ? null : Unpooled.wrappedBuffer(body.toBytes()));
    }

    private void systemTopics(RpcRequest request) {
        TreeSet<String> names = new TreeSet<>();
        String address = null;
        for (BrokerView broker : table.brokers()) {
            names.add(broker.cluster());
            names.add(broker.name());
            if (address == null && !broker.addresses().isEmpty()) {
                address = broker.addresses().get(broker.addresses().firstKey());
            }
        }
        request.replyBody(RouteJson.topicList(names, address));
    }

    private void unitTopics(RpcRequest request, int mask, int expected) {
        request.replyBody(
                RouteJson.topicList(table.topics(queue -> (queue.getValue().sysFlag() & mask) == expected), null));
    }

    private void registerTopic(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        for (Object element : JsonFields.array(json(request), "queueDatas")) {
            Map<Object, ?> queue = JsonFields.asObject(element);
            table.putTopicOf(
                    topic,
                    JsonFields.text(queue, "brokerName", ""),
                    new QueueData(
                            JsonFields.number(queue, "readQueueNums", 0),
                            JsonFields.number(queue, "writeQueueNums", 0),
                            JsonFields.number(queue, "perm", 0),
                            JsonFields.number(queue, "topicSysFlag", 0)));
        }
        request.reply(ResponseCode.SUCCESS, null);
    }

    private void setWritable(RpcRequest request, boolean writable, String countField) {
        int count = table.setWritable(request.fields().requiredText("brokerName"), writable);
        request.reply(ResponseCode.SUCCESS, null, sink -> sink.put(countField, count), null);
    }

    private void putKv(RpcRequest request) {
        Fields fields = request.fields();
        kv.put(fields.requiredText("namespace"), fields.requiredText("key"), fields.requiredText("value"));
        request.reply(ResponseCode.SUCCESS, null);
    }

    private void getKv(RpcRequest request) {
        String namespace = request.fields().requiredText("namespace");
        String key = request.fields().requiredText("key");
        String value = kv.get(namespace, key);
        if (value == null) {
            request.reply(ResponseCode.QUERY_NOT_FOUND, "No config item, Namespace: " + namespace + " Key: " + key);
        } else {
            request.reply(ResponseCode.SUCCESS, null, sink -> sink.put("value", value), null);
        }
    }

    private void deleteKv(RpcRequest request) {
        kv.delete(request.fields().requiredText("namespace"), request.fields().requiredText("key"));
        request.reply(ResponseCode.SUCCESS, null);
    }

    private void listKv(RpcRequest request) {
        String namespace = request.fields().requiredText("namespace");
        Map<String, String> table = kv.all(namespace);
        if (table == null) {
            request.reply(ResponseCode.QUERY_NOT_FOUND, "No config item, Namespace: " + namespace);
        } else {
            request.replyBody(RouteJson.table(table));
        }
    }

    private static Map<Object, ?> json(RpcRequest request) {
        try {
            return Json.readObject(request.body());
        } catch (JsonException e) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "the body of request " + request.code() + ": " + e.getMessage());
        }
    }
}
