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
final class DistantBroker {
    private static final int CALL_MS = 2000;
    private static final int MAX_TEXT = 255;
    private static final int MAX_TOPICS = 1 << 20;
    private static final int READ_WRITE = Permission.READ_WRITE;
    private static final String TEMPLATE_TOPIC = TopicNames.TEMPLATE;

    /**
     * What the broker at an address says of itself.
     *
     * @param cluster its cluster
     * @param group its broker name
     * @param node its node
     * @param id broker id that it has while it does not lead
     * @param leads whether it leads
     * @param version of its topics; the state version is its term
     * @param topics its topics if it leads; else empty
     */
    record Self(
            String cluster,
            String group,
            String node,
            long id,
            boolean leads,
            Version version,
            Map<String, QueueData> topics) {}

    private final String address;
    private final RpcClient client;
    private @Nullable Self last;

    DistantBroker(String address, RpcClient client) {
        this.address = address;
        this.client = client;
    }

    /** What it said last; null before the first answer. */
    @Nullable
    Self last() {
        return last;
    }

    /** Asks. Fails if there is no answer, or one that does not fit the address. */
    Future<Self> ask() {
        return client.call(RequestCode.GET_BROKER_CONFIG, FieldWriter.NONE, null, CALL_MS)
                .compose(this::configuration)
                .onSuccess(self -> last = self);
    }

    private Future<Self> configuration(RpcAnswer answer) {
        Map<String, String> said;
        Self self;
        try {
            said = properties(ok(answer).body());
            self = self(said, answer);
        } catch (JsonException | IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        Self known = last;
        if (!self.leads()) {
            return Future.succeededFuture(self);
        }
        if (known != null && known.leads() && known.version().equals(self.version())) {
            return Future.succeededFuture(with(self, known.topics()));
        }
        return client.call(RequestCode.GET_ALL_TOPIC_CONFIG, FieldWriter.NONE, null, CALL_MS)
                .map(topics -> with(self, topics(ok(topics).body(), said)));
    }

    private static Self with(Self self, Map<String, QueueData> topics) {
        return new Self(self.cluster(), self.group(), self.node(), self.id(), self.leads(), self.version(), topics);
    }

    private RpcAnswer ok(RpcAnswer answer) {
        if (answer.code() != ResponseCode.SUCCESS) {
            throw new IllegalArgumentException(address + " answers " + answer.code() + ": " + answer.remark());
        }
        return answer;
    }

    private Self self(Map<String, String> said, RpcAnswer answer) {
        String own = said.getOrDefault("brokerIP1", "") + ":" + said.getOrDefault("listenPort", "");
        if (!own.equals(address)) {
            throw new IllegalArgumentException("the broker at " + address + " says that it is at " + shortened(own));
        }
        String node = text(said, "dLegerSelfId");
        List<String> members = Stream.of(said.getOrDefault("dLegerPeers", "").split(";"))
                .map(peer -> peer.substring(0, Math.max(0, peer.indexOf('-'))))
                .toList();
        String version = answer.fields().text("version");
        return new Self(
                text(said, "brokerClusterName"),
                text(said, "brokerName"),
                node,
                BrokerIds.of(node, members),
                "0".equals(said.get("brokerId")),
                version == null
                        ? Version.NONE
                        : RegistrationCodec.version(Json.readObject(version.getBytes(StandardCharsets.UTF_8))),
                Map.of());
    }

    private String text(Map<String, String> said, String key) {
        String value = said.getOrDefault(key, "");
        if (value.isEmpty() || value.length() > MAX_TEXT) {
            throw new IllegalArgumentException("the broker at " + address + " has no usable " + key);
        }
        return value;
    }

    private static String shortened(String text) {
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    private static Map<String, String> properties(byte[] body) {
        Map<String, String> said = new HashMap<>();
        new String(body, StandardCharsets.UTF_8).lines().forEach(line -> {
            int equals = line.indexOf('=');
            if (equals > 0) {
                said.put(line.substring(0, equals), line.substring(equals + 1));
            }
        });
        return said;
    }

    /** The topics as the broker itself would register them. */
    private static Map<String, QueueData> topics(byte[] body, Map<String, String> said) {
        boolean template = Boolean.parseBoolean(said.getOrDefault("autoCreateTopicEnable", "true"));
        int queues = number(said, "defaultTopicQueueNums", 8);
        int permission = number(said, "brokerPermission", READ_WRITE);
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

    private static int number(Map<String, String> said, String key, int otherwise) {
        try {
            return Integer.parseInt(said.getOrDefault(key, ""));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** Closes the connection. */
    void close() {
        client.close();
    }
}
