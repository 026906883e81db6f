package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.protocol.json.Json;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One value for each subscription group and topic that have one, in the order of their names: what several parts of the state are. Loop only.
 *
 * <p>Its bytes: int n, n times: text group, int m, m times: text topic, the value.
 */
public final class TopicsByGroup<V> {
    private static final int MAX_GROUPS = 1_000_000;
    private static final int MAX_TOPICS = 1_000_000;

    private final SortedMap<String, SortedMap<String, V>> byGroup = new TreeMap<>();

    /** Takes what was found for a group and a topic. */
    @FunctionalInterface
    public interface Found<T> {
        /** One of them. */
        void take(String group, String topic, T value);
    }

    /** Appends a value. */
    @FunctionalInterface
    interface Writer<T> {
        /** Appends it. */
        void write(ByteBuf target, T value);
    }

    @Nullable
    V get(String group, String topic) {
        SortedMap<String, V> topics = byGroup.get(group);
        return topics == null ? null : topics.get(topic);
    }

    void put(String group, String topic, V value) {
        byGroup.computeIfAbsent(group, name -> new TreeMap<>()).put(topic, value);
    }

    /** Removes one; what it was, or null. */
    @Nullable
    V remove(String group, String topic) {
        SortedMap<String, V> topics = byGroup.get(group);
        V before = topics == null ? null : topics.remove(topic);
        if (topics != null && topics.isEmpty()) {
            byGroup.remove(group);
        }
        return before;
    }

    /** Removes a topic of all groups, and reports each. */
    void removeTopic(String topic, Consumer<V> removed) {
        for (String group : byGroup.keySet().toArray(new String[0])) {
            V before = remove(group, topic);
            if (before != null) {
                removed.accept(before);
            }
        }
    }

    /** Removes a group, and reports each of its topics. */
    void removeGroup(String group, Consumer<V> removed) {
        SortedMap<String, V> topics = byGroup.remove(group);
        if (topics != null) {
            topics.values().forEach(removed);
        }
    }

    void clear() {
        byGroup.clear();
    }

    /** The topics of each group that has any. A view. */
    SortedMap<String, SortedMap<String, V>> all() {
        return Collections.unmodifiableSortedMap(byGroup);
    }

    void write(ByteBuf target, Writer<V> value) {
        target.writeInt(byGroup.size());
        byGroup.forEach((group, topics) -> {
            StateText.write(target, group);
            target.writeInt(topics.size());
            topics.forEach((topic, each) -> {
                StateText.write(target, topic);
                value.write(target, each);
            });
        });
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @param what they are, for errors
     * @param found takes each when its value is next in the source, and reads it
     */
    static void read(ByteBuf source, String what, Found<ByteBuf> found) {
        int groups = StateText.count(source.readInt(), MAX_GROUPS, "groups with " + what);
        for (int i = 0; i < groups; i++) {
            String group = StateText.read(source);
            int topics = StateText.count(source.readInt(), MAX_TOPICS, what);
            for (int k = 0; k < topics; k++) {
                found.take(group, StateText.read(source), source);
            }
        }
    }

    /**
     * Finds what an earlier broker had for its groups.
     *
     * @param known what it knew
     * @param field of a group, which has a value for each topic
     * @param what they are, for errors
     * @param found takes each
     * @throws IllegalStateException if they cannot be read
     */
    public static void origin(InitialState known, String field, String what, Found<@Nullable Object> found) {
        for (InitialState.OriginGroup group : known.groups()) {
            try {
                JsonFields.object(Json.readObject(group.json()), field)
                        .forEach((topic, value) -> found.take(group.name(), String.valueOf(topic), value));
            } catch (JsonException unreadable) {
                throw new IllegalStateException(
                        "the " + what + " of group " + group.name() + " cannot be taken over", unreadable);
            }
        }
    }
}
