package io.vledger.nameservice;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vledger.api.group.RouteSource.Topic;
import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.nameservice.Registration.QueueData;
import io.vledger.nameservice.Registration.Version;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

/** The body of {@code REGISTER_BROKER}: written for this node's groups, read from any broker, compressed or not. */
final class RegistrationCodec {
    private static final int MAX_TOPICS = 1 << 20;
    private static final int MAX_TEXT_BYTES = 1 << 20;

    private RegistrationCodec() {}

    /** The body for some topics. */
    static byte[] encode(Version version, List<Topic> topics) {
        JsonWriter json = JsonWriter.create();
        json.beginObject().key("filterServerList").beginArray().endArray();
        json.key("topicConfigSerializeWrapper").beginObject();
        version(json.key("dataVersion"), version);
        json.key("topicConfigTable").beginObject();
        for (Topic topic : topics) {
            json.key(topic.name())
                    .beginObject()
                    .key("attributes")
                    .any(topic.attributes())
                    .field("order", topic.order())
                    .field("perm", topic.perm())
                    .field("readQueueNums", topic.readQueues())
                    .field("topicFilterType", "SINGLE_TAG")
                    .field("topicName", topic.name())
                    .field("topicSysFlag", topic.sysFlag())
                    .field("writeQueueNums", topic.writeQueues())
                    .endObject();
        }
        json.endObject();
        json.key("topicQueueMappingDetailMap").beginObject().endObject();
        json.key("topicQueueMappingInfoMap").beginObject().endObject();
        return json.endObject().endObject().toBytes();
    }

    /** Writes a data version as RocketMQ does. */
    static void version(JsonWriter json, Version version) {
        json.beginObject()
                .field("counter", version.counter())
                .field("stateVersion", version.stateVersion())
                .field("timestamp", version.timestamp())
                .endObject();
    }

    /** Reads a data version. */
    static Version version(Map<?, ?> json) {
        return new Version(
                JsonFields.longNumber(json, "stateVersion", 0),
                JsonFields.longNumber(json, "timestamp", 0),
                JsonFields.longNumber(json, "counter", 0));
    }

    /** RocketMQ's checksum of a body. */
    static int crc(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return (int) (crc.getValue() & 0x7FFFFFFF);
    }

    /**
     * Reads a registration.
     *
     * @throws RequestException if the body is not what its header says
     */
    static Registration decode(Fields fields, ByteBuf body) {
        byte[] bytes = ByteBufUtil.getBytes(body);
        int crc = fields.number("bodyCrc32", 0);
        if (crc != 0 && crc != crc(bytes)) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "crc32 not match");
        }
        Version version = Version.NONE;
        Map<String, QueueData> topics = new LinkedHashMap<>();
        if (bytes.length > 0) {
            version = fields.flag("compressed", false) ? compressed(bytes, topics) : plain(bytes, topics);
        }
        return new Registration(
                fields.requiredText("clusterName"),
                fields.requiredText("brokerName"),
                fields.requiredText("brokerAddr"),
                fields.requiredLong("brokerId"),
                text(fields, "haServerAddr"),
                fields.longNumber("heartbeatTimeoutMillis", Registration.EXPIRY_MS),
                version,
                topics);
    }

    private static String text(Fields fields, String key) {
        String value = fields.text(key);
        return value == null ? "" : value;
    }

    private static Version plain(byte[] bytes, Map<String, QueueData> topics) {
        Map<Object, ?> wrapper = JsonFields.object(Json.readObject(bytes), "topicConfigSerializeWrapper");
        JsonFields.object(wrapper, "topicConfigTable").forEach((name, value) -> {
            Map<Object, ?> config = JsonFields.asObject(value);
            topics.put(
                    String.valueOf(name),
                    new QueueData(
                            JsonFields.number(config, "readQueueNums", 16),
                            JsonFields.number(config, "writeQueueNums", 16),
                            JsonFields.number(config, "perm", 6),
                            JsonFields.number(config, "topicSysFlag", 0)));
        });
        return version(JsonFields.object(wrapper, "dataVersion"));
    }

    /** The older form: a deflated run of texts, each behind its length. */
    private static Version compressed(byte[] bytes, Map<String, QueueData> topics) {
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
            Version version = version(Json.readObject(text(in)));
            int count = bounded(in.readInt(), MAX_TOPICS, "topics");
            for (int i = 0; i < count; i++) {
                String[] parts = text(in).split(" ", 6);
                if (parts.length < 4) {
                    throw new IOException("a topic of " + parts.length + " parts");
                }
                topics.put(
                        parts[0],
                        new QueueData(
                                Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), Integer.parseInt(parts[3]), 0));
            }
            return version; // filter servers and static topics follow, of which nothing is kept
        } catch (IOException | NumberFormatException e) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR, "the compressed registration cannot be read: " + e.getMessage());
        }
    }

    private static String text(DataInputStream in) throws IOException {
        byte[] bytes = new byte[bounded(in.readInt(), MAX_TEXT_BYTES, "bytes")];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int bounded(int count, int max, String what) throws IOException {
        if (count < 0 || count > max) {
            throw new IOException(count + " " + what + " are not within 0 and " + max);
        }
        return count;
    }
}
