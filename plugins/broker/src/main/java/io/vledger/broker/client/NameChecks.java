package io.vledger.broker.client;

import io.vledger.api.rpc.Fields;
import io.vledger.api.rpc.RequestException;
import io.vledger.broker.state.SystemNames;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;

/** Refuses names that topics and consumer groups may not have, and makes those that derive from a group's. */
public final class NameChecks {
    private NameChecks() {}

    /** Name of a group's retry topic. */
    public static String retryTopic(String group) {
        return TopicNames.RETRY_PREFIX + group;
    }

    /** The name in a field that must be there; a blank one is refused with code 29, as by RocketMQ, and not as a missing one. */
    public static String topicField(Fields fields, String key) {
        String name = fields.text(key);
        if (name == null) {
            return fields.requiredText(key);
        }
        if (name.isBlank()) {
            throw new RequestException(ResponseCode.INVALID_PARAMETER, "The specified topic is blank.");
        }
        return name;
    }

    /** Refuses a name that no topic may have, with code 29. */
    public static String checkTopic(String name) {
        if (!SystemNames.validTopic(name)) {
            throw invalid("topic", name);
        }
        if (name.startsWith(TopicNames.LIGHT_PREFIX)) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    name + " is the name of a light queue, which comes into being with its first message");
        }
        return name;
    }

    /** Refuses a name that no consumer group may have, with code 29. */
    public static String checkGroup(String name) {
        if (!SystemNames.validGroup(name)) {
            throw invalid("consumer group", name);
        }
        return name;
    }

    private static RequestException invalid(String what, String name) {
        return new RequestException(
                ResponseCode.INVALID_PARAMETER,
                "the " + what + " name '" + (name.length() > 300 ? name.substring(0, 300) + "…" : name)
                        + "' is not valid: letters, digits and %|-_ are allowed, at most 127 of them"
                        + " (255 for groups, retry and dead-letter topics)");
    }
}
