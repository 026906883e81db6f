package io.vledger.broker.state;

import io.vledger.protocol.Permission;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Configurations of topics and consumer groups in RocketMQ's JSON. */
public final class ConfigJson {
    /** The field of an earlier broker's group that has what it popped in order, by topic: RocketMQ's {@code consumerOrderInfo.json}. */
    public static final String ORDER_FIELD = "popOrder";

    private static final String RETRY_POLICY = "groupRetryPolicy";
    private static final int MAX_OTHER_CHARS = 10_000;
    private static final int MAX_ATTRIBUTES = 128;
    private static final int MAX_ATTRIBUTE_CHARS = 4096;
    private static final Set<String> GROUP_FIELDS = Set.of(
            "groupName",
            "consumeEnable",
            "consumeFromMinEnable",
            "consumeBroadcastEnable",
            "consumeMessageOrderly",
            "retryQueueNums",
            "retryMaxTimes",
            "brokerId",
            "whichBrokerWhenConsumeSlowly",
            "notifyConsumerIdsChangedEnable",
            "groupSysFlag",
            "consumeTimeoutMinute",
            "attributes",
            // What the importer adds of an earlier broker's other files; each is a part of the state of its own.
            ForbiddenTopics.ORIGIN_FIELD,
            KnownFilters.ORIGIN_FIELD,
            RequestModes.ORIGIN_FIELD,
            ORDER_FIELD);

    private ConfigJson() {}

    /** Writes a topic as an object. */
    public static void write(JsonWriter json, TopicConfig topic) {
        json.beginObject();
        writeFields(json, topic);
        json.endObject();
    }

    /** Writes the members of a topic into an object that is open. */
    public static void writeFields(JsonWriter json, TopicConfig topic) {
        json.key("attributes").any(topic.attributes());
        json.field("order", topic.order())
                .field("perm", topic.perm())
                .field("readQueueNums", topic.readQueues())
                .field("topicFilterType", topic.filterType())
                .field("topicName", topic.name())
                .field("topicSysFlag", topic.sysFlag())
                .field("writeQueueNums", topic.writeQueues());
    }

    /** Reads a topic; throws {@link JsonException} if it is none. */
    public static TopicConfig readTopic(Map<?, ?> json) {
        return new TopicConfig(
                JsonFields.text(json, "topicName", ""),
                queues(JsonFields.number(json, "readQueueNums", 16)),
                queues(JsonFields.number(json, "writeQueueNums", 16)),
                JsonFields.number(json, "perm", Permission.READ_WRITE),
                JsonFields.flag(json, "order", false),
                JsonFields.number(json, "topicSysFlag", 0),
                JsonFields.text(json, "topicFilterType", "SINGLE_TAG"),
                texts(JsonFields.object(json, "attributes")));
    }

    /** Bounds a number of queues. */
    public static int queues(int count) {
        if (count < 0 || count > TopicConfig.MAX_QUEUES) {
            throw new JsonException("a number of queues must be 0 to " + TopicConfig.MAX_QUEUES + ", found " + count);
        }
        return count;
    }

    /** Writes a group as an object. */
    public static void write(JsonWriter json, SubscriptionGroup group) {
        json.beginObject();
        json.key("attributes").any(group.kept().attributes());
        json.field("brokerId", group.kept().brokerId())
                .field("consumeBroadcastEnable", group.consumeBroadcastEnable())
                .field("consumeEnable", group.consumeEnable())
                .field("consumeFromMinEnable", group.kept().consumeFromMinEnable())
                .field("consumeMessageOrderly", group.kept().consumeMessageOrderly())
                .field("consumeTimeoutMinute", group.kept().consumeTimeoutMinute())
                .field("groupName", group.name())
                .field("groupSysFlag", group.sysFlag())
                .field("notifyConsumerIdsChangedEnable", group.notifyConsumerIdsChangedEnable())
                .field("retryMaxTimes", group.retryMaxTimes())
                .field("retryQueueNums", group.retryQueues())
                .field("whichBrokerWhenConsumeSlowly", group.kept().whichBrokerWhenConsumeSlowly());
        if (!group.kept().otherJson().contains(RETRY_POLICY)) {
            json.key(RETRY_POLICY).beginObject().field("type", "CUSTOMIZED").endObject(); // RocketMQ's default
        }
        if (!group.kept().otherJson().isEmpty()) {
            for (Map.Entry<Object, @Nullable Object> other :
                    Json.readObject(group.kept().otherJson()).entrySet()) {
                json.key(String.valueOf(other.getKey())).any(other.getValue());
            }
        }
        json.endObject();
    }

    /** Reads a group; throws {@link JsonException} if it is none. */
    public static SubscriptionGroup readGroup(Map<?, ?> json) {
        SubscriptionGroup.Kept kept = new SubscriptionGroup.Kept(
                JsonFields.flag(json, "consumeFromMinEnable", true),
                JsonFields.flag(json, "consumeMessageOrderly", false),
                JsonFields.longNumber(json, "brokerId", 0),
                JsonFields.longNumber(json, "whichBrokerWhenConsumeSlowly", 1),
                JsonFields.number(json, "consumeTimeoutMinute", 15),
                texts(JsonFields.object(json, "attributes")),
                others(json));
        return new SubscriptionGroup(
                JsonFields.text(json, "groupName", ""),
                JsonFields.flag(json, "consumeEnable", true),
                JsonFields.flag(json, "consumeBroadcastEnable", true),
                queues(JsonFields.number(json, "retryQueueNums", 1)),
                JsonFields.number(json, "retryMaxTimes", 16),
                JsonFields.flag(json, "notifyConsumerIdsChangedEnable", true),
                JsonFields.number(json, "groupSysFlag", 0),
                kept);
    }

    /** What this version gives no meaning to is kept, so that tools read back what they wrote. */
    private static String others(Map<?, ?> json) {
        Map<String, @Nullable Object> others = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : json.entrySet()) {
            if (entry.getKey() instanceof String key && !GROUP_FIELDS.contains(key)) {
                others.put(key, entry.getValue());
            }
        }
        if (others.isEmpty()) {
            return "";
        }
        String text = JsonWriter.create().any(others).toString();
        if (text.length() > MAX_OTHER_CHARS) {
            throw new JsonException(
                    "the configuration has " + text.length() + " characters, at most " + MAX_OTHER_CHARS + " are kept");
        }
        return text;
    }

    private static Map<String, String> texts(Map<?, ?> json) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : json.entrySet()) {
            if (entry.getValue() != null) {
                texts.put(String.valueOf(entry.getKey()), String.valueOf(entry.getValue()));
            }
        }
        checkAttributes(texts);
        return texts;
    }

    /** Bounds the attributes of a topic or group. */
    public static void checkAttributes(Map<String, String> attributes) {
        if (attributes.size() > MAX_ATTRIBUTES) {
            throw new JsonException("more than " + MAX_ATTRIBUTES + " attributes");
        }
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            if (attribute.getKey().length() + attribute.getValue().length() > MAX_ATTRIBUTE_CHARS) {
                throw new JsonException("an attribute of more than " + MAX_ATTRIBUTE_CHARS + " characters");
            }
        }
    }

    /** A queue of this broker as an object: as a key, or as a value. */
    public static void queue(JsonWriter json, String broker, String topic, int queueId) {
        json.beginObject()
                .field("brokerName", broker)
                .field("queueId", queueId)
                .field("topic", topic)
                .endObject();
    }

    /** Writes RocketMQ's version of a table of configurations. */
    public static void dataVersion(JsonWriter json, long term, long counter) {
        json.beginObject()
                .field("counter", counter)
                .field("stateVersion", term)
                .field("timestamp", 0)
                .endObject();
    }
}
