package io.vledger.broker.client;

import io.vledger.broker.filter.FilterException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.SqlFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.pull.Subscriptions;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import io.vledger.protocol.json.JsonWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a consumer group wants of one topic, as its members say it.
 *
 * @param topic the topic
 * @param subString the expression as the user wrote it; {@code *} for everything
 * @param expressionType {@code TAG} or {@code SQL92}
 * @param tags the tags; empty for everything
 * @param codes {@link String#hashCode} of each tag
 * @param subVersion grows with each change at the client
 * @param classFilterMode an old mode that is kept for tools only
 */
public record SubscriptionData(
        String topic,
        String subString,
        String expressionType,
        List<String> tags,
        int[] codes,
        long subVersion,
        boolean classFilterMode) {

    private static final String ALL = "*";
    private static final String TAG = "TAG";
    private static final int MAX_TAGS = 4096;

    /** Whether it selects by tag. */
    public boolean isTag() {
        return TAG.equals(expressionType);
    }

    /** Whether a message with this tags code may match. Consumers compare the tags themselves again. */
    public boolean matches(long tagsCode) {
        if (tags.isEmpty()) {
            return true;
        }
        for (int code : codes) {
            if (code == tagsCode) {
                return true;
            }
        }
        return false;
    }

    /** The subscription as pulls use it. */
    Subscriptions.Subscription forPulls() {
        if (isTag()) {
            TagFilter filter = TagFilter.ofCodes(Arrays.stream(codes).boxed().toList());
            return new Subscriptions.Subscription(subVersion, expressionType, filter, "");
        }
        try {
            MessageFilter filter = MessageFilter.parse(expressionType, subString);
            return new Subscriptions.Subscription(subVersion, expressionType, filter, "");
        } catch (FilterException wrong) {
            return new Subscriptions.Subscription(subVersion, expressionType, null, wrong.reason());
        }
    }

    /** Reads one from a heartbeat. The codes are computed here rather than believed. */
    static SubscriptionData read(Map<?, ?> json) {
        String topic = JsonFields.text(json, "topic", "");
        if (topic.isEmpty()) {
            throw new JsonException("a subscription without a topic");
        }
        String type = JsonFields.text(json, "expressionType", TAG);
        List<String> tags = new ArrayList<>();
        for (Object tag : JsonFields.array(json, "tagsSet")) {
            if (tag instanceof String text && !text.isEmpty()) {
                tags.add(text);
            }
        }
        if (tags.size() > MAX_TAGS) {
            throw new JsonException("a subscription of " + tags.size() + " tags exceeds the bound of " + MAX_TAGS);
        }
        String expression = JsonFields.text(json, "subString", ALL);
        if (!type.isEmpty() && !type.equals(TAG) && expression.length() > SqlFilter.MAX_LENGTH) {
            // Enough of it is kept to see that it is too long.
            expression = expression.substring(0, SqlFilter.MAX_LENGTH + 1);
        }
        return new SubscriptionData(
                topic,
                expression,
                type.isEmpty() ? TAG : type,
                List.copyOf(tags),
                tags.stream().mapToInt(String::hashCode).toArray(),
                JsonFields.longNumber(json, "subVersion", 0),
                JsonFields.flag(json, "classFilterMode", false));
    }

    /** Writes it as RocketMQ's tools read it. */
    public void write(JsonWriter json) {
        json.beginObject()
                .field("classFilterMode", classFilterMode)
                .key("codeSet")
                .beginArray();
        for (int code : codes) {
            json.value(code);
        }
        json.endArray().field("expressionType", expressionType).field("subString", subString);
        json.field("subVersion", subVersion).key("tagsSet").beginArray();
        for (String tag : tags) {
            json.value(tag);
        }
        json.endArray().field("topic", topic).endObject();
    }
}
