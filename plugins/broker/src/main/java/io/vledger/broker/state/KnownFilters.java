package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The SQL92 expressions of subscriptions as the last heartbeats to a leader said them, RocketMQ's {@code consumerFilter.json}: a member that leads before
 * consumers have sent it a heartbeat serves their pulls by these. Loop only.
 *
 * <p>Header: text group, text topic, long version, text expression, which is empty where the group no longer selects by SQL92. Section: int n,
 * n times: text group, int m, m times: text topic, long version, text expression.
 */
public final class KnownFilters implements StatePart {
    /** What a group selects of a topic. */
    public static final byte FILTER = 54;

    /** Longer expressions are known from heartbeats alone; bytes of UTF-8. */
    public static final int MAX_EXPRESSION_BYTES = 16 << 10;
    /** Bound of all expressions together; what comes then is known from heartbeats alone. */
    private static final int MAX_TOTAL_CHARACTERS = 8 << 20;

    /** The field of an earlier broker's group that has its expressions by topic. */
    private static final String ORIGIN_FIELD = "consumerFilters";

    private static final int MAX_FILTERS = 1_000_000;

    private final SortedMap<String, SortedMap<String, Filter>> byGroup = new TreeMap<>();
    private int characters;

    /**
     * What a group selects of a topic.
     *
     * @param version of the subscription; grows with each change
     */
    public record Filter(long version, String expression) {}

    /** What a group selects of a topic by SQL92; null if it is not known to do that. */
    public @Nullable Filter find(String group, String topic) {
        SortedMap<String, Filter> topics = byGroup.get(group);
        return topics == null ? null : topics.get(topic);
    }

    @Override
    public int section() {
        return FILTER;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == FILTER;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        String group = StateText.read(header);
        String topic = StateText.read(header);
        put(group, topic, new Filter(header.readLong(), StateText.read(header)));
    }

    private void put(String group, String topic, Filter filter) {
        remove(group, topic);
        if (!filter.expression().isEmpty() && characters + filter.expression().length() <= MAX_TOTAL_CHARACTERS) {
            byGroup.computeIfAbsent(group, name -> new TreeMap<>()).put(topic, filter);
            characters += filter.expression().length();
        }
    }

    private void remove(String group, String topic) {
        SortedMap<String, Filter> topics = byGroup.get(group);
        Filter before = topics == null ? null : topics.remove(topic);
        if (topics != null && before != null) {
            characters -= before.expression().length();
            if (topics.isEmpty()) {
                byGroup.remove(group);
            }
        }
    }

    @Override
    public void topicRemoved(String topic) {
        for (String group : byGroup.keySet().toArray(new String[0])) {
            remove(group, topic);
        }
    }

    @Override
    public void groupRemoved(String group) {
        SortedMap<String, Filter> topics = byGroup.remove(group);
        if (topics != null) {
            topics.values().forEach(filter -> characters -= filter.expression().length());
        }
    }

    @Override
    public void clear() {
        byGroup.clear();
        characters = 0;
    }

    @Override
    public void fill(InitialState known) {
        for (InitialState.OriginGroup group : known.groups()) {
            try {
                JsonFields.object(Json.readObject(group.json()), ORIGIN_FIELD).forEach((topic, value) -> {
                    if (value instanceof Map<?, ?> filter) {
                        String expression = JsonFields.text(filter, "expression", "");
                        put(
                                group.name(),
                                String.valueOf(topic),
                                new Filter(JsonFields.longNumber(filter, "clientVersion", 0), expression));
                    }
                });
            } catch (JsonException unreadable) {
                throw new IllegalStateException(
                        "the filters of group " + group.name() + " cannot be taken over", unreadable);
            }
        }
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(byGroup.size());
        byGroup.forEach((group, topics) -> {
            StateText.write(target, group);
            target.writeInt(topics.size());
            topics.forEach((topic, filter) -> {
                StateText.write(target, topic);
                target.writeLong(filter.version());
                StateText.write(target, filter.expression());
            });
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int groups = StateText.count(source.readInt(), MAX_FILTERS, "groups with filters");
        for (int i = 0; i < groups; i++) {
            String group = StateText.read(source);
            int count = StateText.count(source.readInt(), MAX_FILTERS, "filters");
            for (int k = 0; k < count; k++) {
                String topic = StateText.read(source);
                put(group, topic, new Filter(source.readLong(), StateText.read(source)));
            }
        }
    }

    /** Appends an entry. */
    public static void writeEntry(ByteBuf target, String group, String topic, Filter filter) {
        int bytes = StateText.bytes(group) + StateText.bytes(topic) + Long.BYTES + StateText.bytes(filter.expression());
        PartEntry.beginHeader(target, bytes);
        StateText.write(target, group);
        StateText.write(target, topic);
        target.writeLong(filter.version());
        StateText.write(target, filter.expression());
        PartEntry.beginMessages(target, 0);
    }
}
