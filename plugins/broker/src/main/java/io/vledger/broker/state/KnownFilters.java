package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.protocol.json.JsonFields;
import java.util.List;
import java.util.Map;
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
    static final String ORIGIN_FIELD = "consumerFilters";

    private final TopicsByGroup<Filter> filters = new TopicsByGroup<>();
    private int characters;

    /**
     * What a group selects of a topic.
     *
     * @param version of the subscription; grows with each change
     */
    public record Filter(long version, String expression) {}

    /** What a group selects of a topic by SQL92; null if it is not known to do that. */
    public @Nullable Filter find(String group, String topic) {
        return filters.get(group, topic);
    }

    /** How many there are. */
    public int size() {
        return filters.all().values().stream().mapToInt(Map::size).sum();
    }

    /** The topics of which each group is known to select by SQL92; a copy. */
    public Map<String, List<String>> topicsByGroup() {
        Map<String, List<String>> topics = new TreeMap<>();
        filters.all().forEach((group, known) -> topics.put(group, List.copyOf(known.keySet())));
        return topics;
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
        Filter before = filters.remove(group, topic);
        if (before != null) {
            removed(before);
        }
        if (!filter.expression().isEmpty() && characters + filter.expression().length() <= MAX_TOTAL_CHARACTERS) {
            filters.put(group, topic, filter);
            characters += filter.expression().length();
        }
    }

    private void removed(Filter filter) {
        characters -= filter.expression().length();
    }

    @Override
    public void topicRemoved(String topic) {
        filters.removeTopic(topic, this::removed);
    }

    @Override
    public void groupRemoved(String group) {
        filters.removeGroup(group, this::removed);
    }

    @Override
    public void clear() {
        filters.clear();
        characters = 0;
    }

    @Override
    public void fill(InitialState known) {
        TopicsByGroup.origin(known, ORIGIN_FIELD, "filters", (group, topic, value) -> {
            if (value instanceof Map<?, ?> filter) {
                String expression = JsonFields.text(filter, "expression", "");
                put(group, topic, new Filter(JsonFields.longNumber(filter, "clientVersion", 0), expression));
            }
        });
    }

    @Override
    public void write(ByteBuf target) {
        filters.write(target, (bytes, filter) -> {
            bytes.writeLong(filter.version());
            StateText.write(bytes, filter.expression());
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        TopicsByGroup.read(
                source,
                "filters",
                (group, topic, bytes) -> put(group, topic, new Filter(bytes.readLong(), StateText.read(bytes))));
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
