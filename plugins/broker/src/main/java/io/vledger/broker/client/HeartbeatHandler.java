package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.filter.FilterException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers heartbeats (34), unregistrations (35) and checks of a consumer's settings (46). Loop only. */
public final class HeartbeatHandler {
    private static final int MAX_GROUPS = 4096;
    private static final int MAX_ID_LENGTH = 1024;

    private final ConsumerRegistry consumers;
    private final ProducerRegistry producers;
    private final BiConsumer<String, Runnable> groupSeen;
    private final LongSupplier clock;
    private final FilterRecorder filters;
    private final BooleanSupplier sql;

    /**
     * A handler.
     *
     * @param groupSeen called with each consumer group of each heartbeat, so that its settings and retry topic can be created, and
     *     with what to run then
     * @param filters has expressions recorded
     * @param sql whether subscriptions may select by SQL92
     */
    public HeartbeatHandler(
            ConsumerRegistry consumers,
            ProducerRegistry producers,
            BiConsumer<String, Runnable> groupSeen,
            LongSupplier clock,
            FilterRecorder filters,
            BooleanSupplier sql) {
        this.consumers = consumers;
        this.producers = producers;
        this.groupSeen = groupSeen;
        this.clock = clock;
        this.filters = filters;
        this.sql = sql;
    }

    /** 34: a client registers itself. Version 2 leaves out the subscriptions while their fingerprint is the same. */
    public void heartbeat(RpcRequest request) {
        Heartbeat heartbeat = JsonBody.read(request, Heartbeat::read);
        long now = clock.getAsLong();
        RpcConnection connection = request.connection();
        Session session = Session.of(connection);
        boolean unknown = heartbeat.withoutSub() && !session.knows(heartbeat.clientId(), heartbeat.fingerprint());
        for (ConsumerData data : heartbeat.consumers()) {
            ClientChannel channel = channel(request, heartbeat.clientId(), now);
            if (heartbeat.withoutSub()) {
                consumers.registerWithoutSubscriptions(data, channel);
            } else {
                consumers.register(data, channel);
                filters.heard(data);
            }
        }
        for (String group : heartbeat.producers()) {
            producers.register(group, channel(request, heartbeat.clientId(), now));
        }
        if (heartbeat.fingerprint() != 0 && !heartbeat.withoutSub()) {
            session.fingerprint(heartbeat.clientId(), heartbeat.fingerprint());
        }
        if (!heartbeat.withoutSub()) {
            request.replayToNextOwner("client " + heartbeat.clientId());
        }
        if (session.claimWatch()) {
            connection.onClose(() -> {
                consumers.closed(connection);
                producers.closed(connection);
            });
        }
        boolean resend = heartbeat.fingerprint() == 0 || unknown;
        int[] open = {1};
        Runnable one = () -> {
            if (--open[0] == 0) {
                request.reply(
                        ResponseCode.SUCCESS,
                        null,
                        fields -> fields.put("IS_SUPPORT_HEART_BEAT_V2", true).put("IS_SUB_CHANGE", resend),
                        (ByteBuf) null);
            }
        };
        for (ConsumerData data : heartbeat.consumers()) {
            open[0]++;
            groupSeen.accept(data.group(), one);
        }
        one.run();
    }

    /** 35: a client leaves. */
    public void unregister(RpcRequest request) {
        String clientId = request.fields().requiredText("clientID");
        String producerGroup = request.fields().text("producerGroup");
        String consumerGroup = request.fields().text("consumerGroup");
        if (producerGroup != null && !producerGroup.isEmpty()) {
            producers.unregister(producerGroup, clientId);
        }
        if (consumerGroup != null && !consumerGroup.isEmpty()) {
            consumers.unregister(consumerGroup, clientId);
        }
        request.replayToNextOwner("gone " + clientId + " " + producerGroup + " " + consumerGroup);
        request.reply(ResponseCode.SUCCESS, null);
    }

    /** 46: a consumer asks before it starts whether its subscription can be served. */
    public void checkClientConfig(RpcRequest request) {
        String[] subscription = JsonBody.read(request, json -> {
            Map<?, ?> data = JsonFields.object(json, "subscriptionData");
            String type = JsonFields.text(data, "expressionType", "");
            return new String[] {type.isEmpty() ? MessageFilter.TAG : type, JsonFields.text(data, "subString", "")};
        });
        if (!subscription[0].equals(MessageFilter.TAG)) {
            check(subscription[0], subscription[1]);
        }
        request.reply(ResponseCode.SUCCESS, null);
    }

    private void check(String type, String expression) {
        if (!sql.getAsBoolean()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "The broker does not support consumer to filter message by " + type);
        }
        try {
            MessageFilter.parse(type, expression);
        } catch (FilterException wrong) {
            throw new RequestException(ResponseCode.SUBSCRIPTION_PARSE_FAILED, wrong.reason());
        }
    }

    /** 38: the client ids of a consumer group, among which its members divide the queues. */
    public void consumerList(RpcRequest request) {
        String name = request.fields().requiredText("consumerGroup");
        ConsumerGroup group = consumers.group(name);
        if (group == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "no consumer for this group, " + name);
        }
        JsonWriter json = JsonWriter.create();
        json.beginObject().key("consumerIdList").beginArray();
        for (String id : group.clientIds()) {
            json.value(id);
        }
        request.replyBody(json.endArray().endObject().toBytes());
    }

    private static ClientChannel channel(RpcRequest request, String clientId, long nowMs) {
        return new ClientChannel(clientId, request.connection(), request.language(), request.version(), nowMs);
    }

    private record Heartbeat(
            String clientId,
            int fingerprint,
            boolean withoutSub,
            List<ConsumerData> consumers,
            List<String> producers) {
        static Heartbeat read(Map<?, ?> json) {
            String clientId = JsonFields.text(json, "clientID", "");
            if (clientId.isEmpty() || clientId.length() > MAX_ID_LENGTH) {
                throw new JsonException("clientID must have 1 to " + MAX_ID_LENGTH + " characters");
            }
            List<@Nullable Object> consumerSet = JsonFields.array(json, "consumerDataSet");
            List<@Nullable Object> producerSet = JsonFields.array(json, "producerDataSet");
            if (consumerSet.size() + producerSet.size() > MAX_GROUPS) {
                throw new JsonException("more than " + MAX_GROUPS + " groups in one heartbeat");
            }
            List<ConsumerData> consumers = new ArrayList<>();
            for (Object element : consumerSet) {
                ConsumerData data = ConsumerData.read(JsonFields.asObject(element));
                NameChecks.checkGroup(data.group());
                consumers.add(data);
            }
            List<String> producers = new ArrayList<>();
            for (Object element : producerSet) {
                String group = JsonFields.text(JsonFields.asObject(element), "groupName", "");
                if (group.isEmpty() || group.length() > MAX_ID_LENGTH) {
                    throw new JsonException("a producer group's name must have 1 to " + MAX_ID_LENGTH + " characters");
                }
                producers.add(group);
            }
            return new Heartbeat(
                    clientId,
                    JsonFields.number(json, "heartbeatFingerprint", 0),
                    JsonFields.flag(json, "withoutSub", false),
                    consumers,
                    producers);
        }
    }
}
