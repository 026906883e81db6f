package io.vledger.grpc.message;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.SystemProperties;
import io.vledger.grpc.call.Names;
import io.vledger.grpc.call.StatusException;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.SysFlag;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A message that a client sends, checked with RocketMQ's bounds and in its order, and its properties as brokers store them.
 *
 * @param message the message
 * @param properties in the stored form
 * @param sysFlag see {@link SysFlag}
 * @param bornMs when it was made, milliseconds since the epoch
 * @param type which kind of message it is, RocketMQ's {@code message.type}
 */
public record MessageToSend(Message message, String properties, int sysFlag, long bornMs, String type) {
    /** Longest body, as brokers take it by default. */
    public static final int MAX_BODY_BYTES = 4 << 20;

    /** The type of a message for a lite topic, which no topic takes here. */
    private static final String LITE = "LITE";

    private static final int MAX_USER_PROPERTIES = 128;
    private static final int MAX_USER_PROPERTY_BYTES = 16 << 10;
    private static final int MAX_GROUP_BYTES = 64;
    private static final long MAX_DELAY_MS = 24 * 3_600_000L;
    private static final long MAX_RECOVERY_SECONDS = 3_600;

    /**
     * Checks a message.
     *
     * @param topic its topic, which also names its producers for the broker
     * @param remote the client's address, for a message that does not say where it was made
     * @throws StatusException that says what is wrong
     */
    public static MessageToSend of(Message message, String topic, String remote, long nowMs) {
        if (message.getBody().isEmpty()) {
            throw new StatusException(Code.MESSAGE_BODY_EMPTY, "message body cannot be empty");
        }
        if (message.getBody().size() > MAX_BODY_BYTES) {
            throw new StatusException(
                    Code.MESSAGE_BODY_TOO_LARGE, "message body cannot exceed the max " + MAX_BODY_BYTES);
        }
        SystemProperties system = message.getSystemProperties();
        Map<String, String> properties = new LinkedHashMap<>();
        userProperties(message, system, properties);
        if (system.getMessageId().isBlank()) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_ID, "message id cannot be empty");
        }
        if (Names.hasControl(system.getMessageId()) || Names.hasControl(system.getTraceContext())) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_ID, "message id cannot contain control character");
        }
        properties.put(PropertyNames.UNIQ_KEY, system.getMessageId());
        boolean half = system.getMessageType() == MessageType.TRANSACTION;
        if (half) {
            transaction(system, properties);
        }
        delivery(system, properties, nowMs);
        properties.put(PropertyNames.RECONSUME_TIME, Integer.toString(system.getDeliveryAttempt()));
        properties.put(PropertyNames.PGROUP, topic);
        group(system.getMessageGroup(), properties);
        if (!system.getTraceContext().isEmpty()) {
            properties.put(SystemNames.TRACE_CONTEXT, system.getTraceContext());
        }
        String host = system.getBornHost();
        properties.put(SystemNames.BORN_HOST, host.isBlank() || Names.hasControl(host) ? remote : host);
        long born = system.hasBornTimestamp() ? Times.ms(system.getBornTimestamp()) : nowMs;
        properties.put(SystemNames.BORN_TIMESTAMP, Long.toString(born));
        int flag = (system.getBodyEncoding() == Encoding.GZIP ? SysFlag.COMPRESSED : 0)
                | (half ? SysFlag.TRANSACTION_PREPARED : 0);
        String type = system.getLiteTopic().isEmpty() ? type(properties) : LITE;
        return new MessageToSend(message, text(properties), flag, born, type);
    }

    /** Refuses a message of a type that a topic does not take. */
    public static void checkType(String taken, String type) {
        if (!type.equals(taken) && (!taken.equals("MIXED") || type.equals(LITE))) {
            throw new StatusException(
                    Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
                    "TopicMessageType validate failed, the expected type is " + taken + ", but actual type is " + type);
        }
    }

    private static void userProperties(Message message, SystemProperties system, Map<String, String> properties) {
        Map<String, String> user = message.getUserPropertiesMap();
        if (user.size() > MAX_USER_PROPERTIES) {
            throw new StatusException(
                    Code.MESSAGE_PROPERTIES_TOO_LARGE, "too many user properties, max is " + MAX_USER_PROPERTIES);
        }
        long bytes = 0;
        for (Map.Entry<String, String> each : user.entrySet()) {
            userProperty(each.getKey(), each.getValue());
            bytes += bytes(each.getKey()) + bytes(each.getValue());
        }
        properties.putAll(user);
        tag(system.getTag());
        if (!system.getTag().isEmpty()) {
            properties.put(PropertyNames.TAGS, system.getTag());
        }
        bytes += bytes(system.getTag());
        for (String key : system.getKeysList()) {
            key(key);
            bytes += bytes(key);
        }
        if (system.getKeysCount() > 0) {
            properties.put(PropertyNames.KEYS, String.join(" ", system.getKeysList()));
        }
        if (bytes > MAX_USER_PROPERTY_BYTES) {
            throw new StatusException(
                    Code.MESSAGE_PROPERTIES_TOO_LARGE,
                    "the total size of user property is too large, max is " + MAX_USER_PROPERTY_BYTES);
        }
    }

    private static void userProperty(String name, String value) {
        if (SystemNames.contains(name)) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, "property is used by system: " + name);
        }
        if (Names.hasControl(name)) {
            throw new StatusException(
                    Code.ILLEGAL_MESSAGE_PROPERTY_KEY, "the key of property cannot contain control character");
        }
        if (Names.hasControl(value)) {
            throw new StatusException(
                    Code.ILLEGAL_MESSAGE_PROPERTY_KEY, "the value of property cannot contain control character");
        }
    }

    private static void tag(String tag) {
        if (tag.isEmpty()) {
            return;
        }
        if (tag.isBlank()) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_TAG, "tag cannot be the char sequence of whitespace");
        }
        if (tag.contains("|")) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_TAG, "tag cannot contain '|'");
        }
        if (Names.hasControl(tag)) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_TAG, "tag cannot contain control character");
        }
    }

    private static void key(String key) {
        if (!key.isEmpty() && key.isBlank()) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_KEY, "key cannot be the char sequence of whitespace");
        }
        if (Names.hasControl(key)) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_KEY, "key cannot contain control character");
        }
    }

    private static void group(String group, Map<String, String> properties) {
        if (group.isEmpty()) {
            return;
        }
        if (group.isBlank()) {
            throw new StatusException(
                    Code.ILLEGAL_MESSAGE_GROUP, "message group cannot be the char sequence of whitespace");
        }
        if (bytes(group) >= MAX_GROUP_BYTES) {
            throw new StatusException(
                    Code.ILLEGAL_MESSAGE_GROUP, "message group exceed the max size " + MAX_GROUP_BYTES);
        }
        if (Names.hasControl(group)) {
            throw new StatusException(Code.ILLEGAL_MESSAGE_GROUP, "message group cannot contain control character");
        }
        properties.put(PropertyNames.SHARDING_KEY, group);
    }

    private static void transaction(SystemProperties system, Map<String, String> properties) {
        properties.put(PropertyNames.TRAN_MSG, "true");
        if (!system.hasOrphanedTransactionRecoveryDuration()) {
            return;
        }
        long seconds = system.getOrphanedTransactionRecoveryDuration().getSeconds();
        if (seconds > MAX_RECOVERY_SECONDS) {
            throw new StatusException(
                    Code.BAD_REQUEST,
                    "the max transaction recovery time of message is too large, max is " + MAX_RECOVERY_SECONDS);
        }
        properties.put(PropertyNames.CHECK_IMMUNITY_TIME, Long.toString(seconds));
    }

    private static void delivery(SystemProperties system, Map<String, String> properties, long nowMs) {
        if (system.hasDeliveryTimestamp()) {
            long time = Times.ms(system.getDeliveryTimestamp());
            if (time - nowMs > MAX_DELAY_MS) {
                throw new StatusException(
                        Code.ILLEGAL_DELIVERY_TIME,
                        "the max delay time of message is too large, max is " + MAX_DELAY_MS);
            }
            properties.put(PropertyNames.TIMER_DELIVER_MS, Long.toString(time));
        }
        if (system.hasPriority()) {
            properties.put(PropertyNames.PRIORITY, Integer.toString(system.getPriority()));
        }
    }

    private static String type(Map<String, String> properties) {
        if (properties.containsKey(PropertyNames.TRAN_MSG)) {
            return "TRANSACTION";
        }
        if (properties.containsKey(PropertyNames.TIMER_DELIVER_MS)) {
            return "DELAY";
        }
        if (properties.containsKey(PropertyNames.SHARDING_KEY)) {
            return "FIFO";
        }
        return properties.containsKey(PropertyNames.PRIORITY) ? "PRIORITY" : "NORMAL";
    }

    private static String text(Map<String, String> properties) {
        StringBuilder text = new StringBuilder(properties.size() * 32);
        properties.forEach((name, value) -> text.append(name)
                .append((char) MessageProperties.NAME_END)
                .append(value)
                .append((char) MessageProperties.VALUE_END));
        return text.toString();
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
