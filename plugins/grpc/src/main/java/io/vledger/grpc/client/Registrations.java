package io.vledger.grpc.client;

import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.SubscriptionEntry;
import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.grpc.broker.RouteTable;
import io.vledger.grpc.broker.TopicRoute;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes clients known to the brokers of their topics, by heartbeats like those of other clients, and takes them out again. */
public final class Registrations {
    private static final int TIMEOUT_MS = 3_000;
    private static final byte[] NO_BODY = {};

    private final RouteTable routes;

    /** Registers at the brokers to which these routes lead. */
    public Registrations(RouteTable routes) {
        this.routes = routes;
    }

    /** Registers a client by what it said of itself. Completes when every broker has answered, whatever it was. */
    public Future<Void> register(Client client) {
        Settings settings = client.settings();
        if (settings == null) {
            return Future.succeededFuture();
        }
        byte[] heartbeat = heartbeat(client, settings);
        return brokers(settings).compose(brokers -> {
            client.registeredAt().addAll(brokers);
            List<Future<?>> sent = new ArrayList<>();
            for (String broker : brokers) {
                sent.add(client.links()
                        .announce(broker, RequestCode.HEART_BEAT, FieldWriter.NONE, heartbeat, TIMEOUT_MS));
            }
            return Future.join(sent).mapEmpty();
        });
    }

    /** Takes a client out. */
    public Future<Void> unregister(Client client, Settings settings) {
        List<Future<?>> sent = new ArrayList<>();
        for (String broker : Set.copyOf(client.registeredAt())) {
            if (settings.hasSubscription()) {
                sent.add(leave(
                        client,
                        broker,
                        "consumerGroup",
                        settings.getSubscription().getGroup()));
            }
            settings.getPublishing()
                    .getTopicsList()
                    .forEach(topic -> sent.add(leave(client, broker, "producerGroup", topic)));
        }
        client.registeredAt().clear();
        return Future.join(sent).mapEmpty();
    }

    private static Future<?> leave(Client client, String broker, String kind, Resource name) {
        return client.links()
                .announce(
                        broker,
                        RequestCode.UNREGISTER_CLIENT,
                        fields -> fields.put("clientID", client.id()).put(kind, name.getName()),
                        NO_BODY,
                        TIMEOUT_MS);
    }

    private Future<Set<String>> brokers(Settings settings) {
        List<Future<@Nullable TopicRoute>> found = new ArrayList<>();
        for (Resource topic : topics(settings)) {
            found.add(routes.find(topic.getName()).otherwiseEmpty());
        }
        return Future.join(found).map(all -> {
            Set<String> brokers = new HashSet<>();
            for (Future<@Nullable TopicRoute> each : found) {
                TopicRoute route = each.result();
                if (route != null) {
                    route.brokers().forEach(queues -> brokers.add(queues.broker()));
                }
            }
            return brokers;
        });
    }

    private static List<Resource> topics(Settings settings) {
        if (settings.hasPublishing()) {
            return settings.getPublishing().getTopicsList();
        }
        return settings.getSubscription().getSubscriptionsList().stream()
                .map(SubscriptionEntry::getTopic)
                .toList();
    }

    private static byte[] heartbeat(Client client, Settings settings) {
        JsonWriter json = JsonWriter.create();
        json.beginObject().field("clientID", client.id()).key("consumerDataSet").beginArray();
        if (settings.hasSubscription()) {
            consumer(json, settings, client.settingsMs());
        }
        json.endArray().field("heartbeatFingerprint", 0).key("producerDataSet").beginArray();
        for (Resource topic : settings.getPublishing().getTopicsList()) {
            json.beginObject().field("groupName", topic.getName()).endObject();
        }
        return json.endArray().field("withoutSub", false).endObject().toBytes();
    }

    private static void consumer(JsonWriter json, Settings settings, long version) {
        boolean push = settings.getClientType() == ClientType.PUSH_CONSUMER;
        json.beginObject()
                .field("groupName", settings.getSubscription().getGroup().getName())
                .field("consumeType", push ? "CONSUME_PASSIVELY" : "CONSUME_ACTIVELY")
                .field("messageModel", "CLUSTERING")
                .field("consumeFromWhere", "CONSUME_FROM_LAST_OFFSET")
                .field("unitMode", false)
                .key("subscriptionDataSet")
                .beginArray();
        for (SubscriptionEntry entry : settings.getSubscription().getSubscriptionsList()) {
            boolean sql = entry.getExpression().getType() == FilterType.SQL;
            String expression = entry.getExpression().getExpression();
            String text = expression.isEmpty() ? "*" : expression;
            json.beginObject()
                    .field("topic", entry.getTopic().getName())
                    .field("subString", text)
                    .field("expressionType", sql ? "SQL92" : "TAG")
                    .field("subVersion", version)
                    .field("classFilterMode", false);
            tags(json, sql || text.equals("*") ? List.of() : List.of(text.split("\\|\\|")));
            json.endObject();
        }
        json.endArray().endObject();
    }

    private static void tags(JsonWriter json, List<String> tags) {
        List<String> wanted =
                tags.stream().map(String::trim).filter(tag -> !tag.isEmpty()).toList();
        json.key("tagsSet").any(wanted);
        json.key("codeSet").any(wanted.stream().map(String::hashCode).distinct().toList());
    }
}
