package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.Collections;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Topics that a tool has forbidden to subscription groups, RocketMQ's {@code forbiddenTable}. Loop only.
 *
 * <p>Header: text group, text topic, byte 1 to forbid, 0 to allow again. Section: int n, n times: text group, int m, m times: text topic.
 */
public final class ForbiddenTopics implements StatePart {
    /** Forbids a topic to a group, or allows it again. */
    public static final byte FORBID = 53;

    /** The bit of {@code forbiddenTable} that stands for reading. */
    public static final int READ_BIT = 1 << 2;

    /** The field of an earlier broker's group that has its row of that table. */
    private static final String ORIGIN_FIELD = "forbiddenTopics";

    private static final int MAX_GROUPS = 1_000_000;

    private final SortedMap<String, NavigableSet<String>> byGroup = new TreeMap<>();

    /** Whether a group may not read a topic. */
    public boolean forbidden(String group, String topic) {
        return !byGroup.isEmpty()
                && byGroup.getOrDefault(group, Collections.emptyNavigableSet()).contains(topic);
    }

    /** Every group with a forbidden topic. A view. */
    public Map<String, NavigableSet<String>> all() {
        return Collections.unmodifiableSortedMap(byGroup);
    }

    @Override
    public int section() {
        return FORBID;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == FORBID;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        String group = StateText.read(header);
        String topic = StateText.read(header);
        if (header.readBoolean()) {
            byGroup.computeIfAbsent(group, name -> new TreeSet<>()).add(topic);
        } else {
            allow(group, topic);
        }
    }

    private void allow(String group, String topic) {
        NavigableSet<String> topics = byGroup.get(group);
        if (topics != null && topics.remove(topic) && topics.isEmpty()) {
            byGroup.remove(group);
        }
    }

    @Override
    public void topicRemoved(String topic) {
        byGroup.values().forEach(topics -> topics.remove(topic));
        byGroup.values().removeIf(Set::isEmpty);
    }

    @Override
    public void groupRemoved(String group) {
        byGroup.remove(group);
    }

    @Override
    public void clear() {
        byGroup.clear();
    }

    @Override
    public void fill(InitialState known) {
        for (InitialState.OriginGroup group : known.groups()) {
            try {
                Map<?, ?> row = JsonFields.object(Json.readObject(group.json()), ORIGIN_FIELD);
                row.forEach((topic, bits) -> {
                    if (bits instanceof Number number && (number.intValue() & READ_BIT) != 0) {
                        byGroup.computeIfAbsent(group.name(), name -> new TreeSet<>())
                                .add(String.valueOf(topic));
                    }
                });
            } catch (JsonException unreadable) {
                throw new IllegalStateException(
                        "what was forbidden to group " + group.name() + " cannot be taken over", unreadable);
            }
        }
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(byGroup.size());
        byGroup.forEach((group, topics) -> {
            StateText.write(target, group);
            target.writeInt(topics.size());
            topics.forEach(topic -> StateText.write(target, topic));
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int groups = StateText.count(source.readInt(), MAX_GROUPS, "groups");
        for (int i = 0; i < groups; i++) {
            NavigableSet<String> topics = new TreeSet<>();
            byGroup.put(StateText.read(source), topics);
            int count = StateText.count(source.readInt(), MAX_GROUPS, "forbidden topics");
            for (int k = 0; k < count; k++) {
                topics.add(StateText.read(source));
            }
        }
    }

    /** Appends an entry. */
    public static void writeEntry(ByteBuf target, String group, String topic, boolean forbid) {
        PartEntry.beginHeader(target, StateText.bytes(group) + StateText.bytes(topic) + 1);
        StateText.write(target, group);
        StateText.write(target, topic);
        target.writeBoolean(forbid);
        PartEntry.beginMessages(target, 0);
    }
}
