package io.vledger.nameservice;

import io.vertx.core.Future;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.protocol.Permission;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Asks one address which broker it is, and for the topics if that broker leads: what is shown of a group elsewhere was said by
 * its members themselves, over a connection to the address that is shown. Loop only.
 */
final class RemoteBroker {
    private static final int CALL_MS = 2000;
    private static final int MAX_TEXT = 255;
    private static final int MAX_TOPICS = 1 << 20;
    private static final int READ_WRITE = Permission.READ_WRITE;
    private static final String TEMPLATE_TOPIC = TopicNames.TEMPLATE;

    /**
     * How the broker at an address describes itself.
     *
     * @param cluster its cluster
     * @param group its broker name
     * @param node its node
     * @param id broker id that it has while it does not lead
     * @param leads whether it leads
     * @param version of its topics; the state version is its term
     * @param topics its topics if it leads; else empty
     */
    record SelfDescription(
            String cluster,
            String group,
            String node,
            long id,
            boolean leads,
            Version version,
            Map<String, QueueData> topics) {}

    private final String address;
    private final RpcClient client;
    private @Nullable SelfDescription last;

    RemoteBroker(String address, RpcClient client) {
        this.address = address;
        this.client = client;
    }

    /** What it said last; null before the first answer. */
    @Nullable
    SelfDescription last() {
        return last;
    }

    /** Asks. Fails if there is no answer, or one that does not fit the address. */
    Future<SelfDescription> ask() {
        return client.call(RequestCode.GET_BROKER_CONFIG, FieldWriter.NONE, null, CALL_MS)
                .compose(this::configuration)
                .onSuccess(self -> last = self);
    }

    private Future<SelfDescription> configuration(RpcAnswer answer) {
        Map<String, String> properties;
        SelfDescription self;
        try {
            properties = parse(ok(answer).body());
            self = description(properties, answer);
        } catch (JsonException | IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        SelfDescription known = last;
        if (!self.leads()) {
            return Future.succeededFuture(self);
        }
        if (known != null && known.leads() && known.version().equals(self.version())) {
            return Future.succeededFuture(with(self, known.topics()));
        }
        return client.call(RequestCode.GET_ALL_TOPIC_CONFIG, FieldWriter.NONE, null, CALL_MS)
                .map(topics -> with(self, topics(ok(topics).body(), properties)));
    }

    private static SelfDescription with(SelfDescription self, Map<String, QueueData> topics) {
        return new SelfDescription(
                self.cluster(), self.group(), self.node(), self.id(), self.leads(), self.version(), topics);
    }

    private RpcAnswer ok(RpcAnswer answer) {
        if (answer.code() != ResponseCode.SUCCESS) {
            throw new IllegalArgumentException(address + " answers " + answer.code() + ": " + answer.remark());
        }
        return answer;
    }

    private SelfDescription description(Map<String, String> properties, RpcAnswer answer) {
        String own = properties.getOrDefault("brokerIP1", "") + ":" + properties.getOrDefault("listenPort", "");
        if (!own.equals(address)) {
            throw new IllegalArgumentException("the broker at " + address + " says that it is at " + shortened(own));
        }
        String node = text(properties, "dLegerSelfId");
        List<String> members = Stream.of(
                        properties.getOrDefault("dLegerPeers", "").split(";"))
                .map(peer -> peer.substring(0, Math.max(0, peer.indexOf('-'))))
                .toList();
        String version = answer.fields().text("topicsVersion");
        return new SelfDescription(
                text(properties, "brokerClusterName"),
                text(properties, "brokerName"),
                node,
                BrokerIds.of(node, members),
                "0".equals(properties.get("brokerId")),
                version == null
                        ? Version.NONE
                        : RegistrationCodec.version(Json.readObject(version.getBytes(StandardCharsets.UTF_8))),
                Map.of());
    }

    private String text(Map<String, String> properties, String key) {
        String value = properties.getOrDefault(key, "");
        if (value.isEmpty() || value.length() > MAX_TEXT) {
            throw new IllegalArgumentException("the broker at " + address + " has no usable " + key);
        }
        return value;
    }

    private static String shortened(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    private static Map<String, String> parse(byte[] body) {
        Map<String, String> properties = new HashMap<>();
        new String(body, StandardCharsets.UTF_8).lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                properties.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        return properties;
    }

    /** The topics as the broker itself would register them. */
    private static Map<String, QueueData> topics(byte[] body, Map<String, String> properties) {
        boolean template = Boolean.parseBoolean(properties.getOrDefault("autoCreateTopicEnable", "true"));
        int queues = number(properties, "defaultTopicQueueNums", 8);
        int permission = number(properties, "brokerPermission", READ_WRITE);
        Map<String, QueueData> topics = new LinkedHashMap<>();
        JsonFields.object(Json.readObject(body), "topicConfigTable").forEach((key, value) -> {
            String name = String.valueOf(key);
            boolean isTemplate = name.equals(TEMPLATE_TOPIC);
            if (topics.size() == MAX_TOPICS || (isTemplate && !template)) {
                return;
            }
            Map<Object, ?> config = JsonFields.asObject(value);
            int perm = JsonFields.number(config, "perm", READ_WRITE);
            topics.put(
                    name,
                    new QueueData(
                            isTemplate ? queues : JsonFields.number(config, "readQueueNums", 0),
                            isTemplate ? queues : JsonFields.number(config, "writeQueueNums", 0),
                            (permission & READ_WRITE) == READ_WRITE ? perm : perm & permission,
                            JsonFields.number(config, "topicSysFlag", 0)));
        });
        return topics;
    }

    private static int number(Map<String, String> properties, String key, int otherwise) {
        try {
            return Integer.parseInt(properties.getOrDefault(key, ""));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** Closes the connection. */
    void close() {
        client.close();
    }
}
