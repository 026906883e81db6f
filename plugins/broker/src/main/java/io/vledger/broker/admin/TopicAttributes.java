package io.vledger.broker.admin;

import io.vledger.api.rpc.RequestException;
import io.vledger.broker.state.ConfigJson;
import io.vledger.broker.state.TopicConfig;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicAttributeNames;
import io.vledger.protocol.json.JsonException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The attributes that RocketMQ 5.5.0 knows of topics, and how a request changes them: {@code +key=value,-key}. */
final class TopicAttributes {
    private static final String CLEANUP_POLICY = "cleanup.policy";
    private static final String DELETE = "DELETE";
    private static final int MAX_LITE_EXPIRATION_MINUTES = 43_200;

    private static final Map<String, Attribute> KNOWN = Map.of(
            TopicAttributeNames.MESSAGE_TYPE,
            new Attribute(
                    true,
                    Set.of("UNSPECIFIED", "NORMAL", "FIFO", "DELAY", "TRANSACTION", "PRIORITY", "LITE", "MIXED")
                            ::contains),
            TopicConfig.QUEUE_TYPE,
            new Attribute(false, Set.of("SimpleCQ", "BatchCQ")::contains),
            CLEANUP_POLICY,
            new Attribute(false, Set.of(DELETE, "COMPACTION")::contains),
            "reserve.time",
            new Attribute(true, value -> inRange(value, Long.MAX_VALUE)),
            "lite.topic.expiration",
            new Attribute(true, value -> inRange(value, MAX_LITE_EXPIRATION_MINUTES)));

    /**
     * What is known of an attribute.
     *
     * @param changeable whether it may change once the topic is there
     */
    private record Attribute(boolean changeable, Predicate<String> valid) {}

    private TopicAttributes() {}

    /**
     * Applies changes.
     *
     * @param before the topic's attributes; null for a topic that is to be created, which can only be given some
     * @throws RequestException with RocketMQ's code for changes that it refuses as well
     */
    static Map<String, String> change(@Nullable Map<String, String> before, @Nullable String changes) {
        Map<String, String> after = new TreeMap<>(before == null ? Map.of() : before);
        if (changes == null || changes.isBlank()) {
            return after;
        }
        for (String change : changes.split(",")) {
            int equals = change.indexOf('=');
            if (change.startsWith("+") && equals > 1) {
                add(after, before == null, change.substring(1, equals), change.substring(equals + 1));
            } else if (change.startsWith("-") && change.length() > 1 && equals < 0) {
                remove(after, before == null, change.substring(1));
            } else {
                throw refused("attribute '" + change + "' must read +key=value or -key");
            }
        }
        try {
            ConfigJson.checkAttributes(after);
        } catch (JsonException e) {
            throw refused("topic attributes: " + e.getMessage());
        }
        return after;
    }

    private static void add(Map<String, String> attributes, boolean creating, String key, String value) {
        Attribute attribute = known(key);
        if (!creating && !attribute.changeable) {
            throw refused("attempt to update an unchangeable attribute. key: " + key);
        }
        if (!attribute.valid.test(value)) {
            throw refused("the attribute " + key + " cannot be " + value);
        }
        attributes.put(key, value);
    }

    private static void remove(Map<String, String> attributes, boolean creating, String key) {
        if (creating) {
            throw refused("only add attribute is supported while creating topic. key: " + key);
        }
        if (!known(key).changeable) {
            throw refused("attempt to update an unchangeable attribute. key: " + key);
        }
        if (attributes.remove(key) == null) {
            throw refused("attempt to delete a nonexistent key: " + key);
        }
    }

    /**
     * Refuses attributes that ask for what this broker does not do, with code 29. {@code queue.type=BatchCQ} is served: a batch is
     * stored message by message in one entry, and consumers see the same messages at the same queue offsets as with RocketMQ, which keeps
     * the batch in one piece.
     */
    static void checkServed(Map<String, String> attributes, boolean mixedAllowed) {
        String policy = attributes.getOrDefault(CLEANUP_POLICY, DELETE);
        if (!policy.equals(DELETE)) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "the attribute " + CLEANUP_POLICY + "=" + policy + " is not served by this broker; use " + DELETE);
        }
        if (!mixedAllowed && "MIXED".equals(attributes.get(TopicAttributeNames.MESSAGE_TYPE))) {
            throw new RequestException(ResponseCode.INVALID_PARAMETER, "MIXED message type is not supported.");
        }
    }

    private static Attribute known(String key) {
        Attribute attribute = KNOWN.get(key);
        if (attribute == null) {
            throw refused("unsupported key: " + key);
        }
        return attribute;
    }

    private static boolean inRange(String value, long max) {
        try {
            long number = Long.parseLong(value);
            return number >= -1 && number <= max;
        } catch (NumberFormatException notANumber) {
            return false;
        }
    }

    private static RequestException refused(String remark) {
        return new RequestException(ResponseCode.SYSTEM_ERROR, remark);
    }
}
