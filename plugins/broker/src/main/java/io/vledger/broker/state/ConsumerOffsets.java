package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** How far each group has consumed each queue. */
public final class ConsumerOffsets {
    /** Answered where a group has no offset. */
    public static final long NONE = -1;

    private static final int MAX_KEYS = 10_000_000;
    private static final Comparator<GroupTopic> ORDER =
            Comparator.comparing(GroupTopic::group).thenComparing(GroupTopic::topic);

    private final Map<GroupTopic, long[]> offsets = new HashMap<>();

    ConsumerOffsets() {}

    /** The next message that a group will consume of a queue, or {@link #NONE}. */
    public long find(String group, String topic, int queueId) {
        return find(new GroupTopic(group, topic), queueId);
    }

    /** See {@link #find(String, String, int)}. */
    public long find(GroupTopic key, int queueId) {
        long[] values = offsets.get(key);
        return values == null || queueId < 0 || queueId >= values.length ? NONE : values[queueId];
    }

    /** The offsets of a group on a topic by queue id, {@link #NONE} where there is none. A copy. */
    public long[] all(String group, String topic) {
        long[] values = offsets.get(new GroupTopic(group, topic));
        return values == null ? new long[0] : values.clone();
    }

    /** Topics on which a group has offsets. */
    public Set<String> topicsOf(String group) {
        Set<String> topics = new TreeSet<>();
        for (GroupTopic key : offsets.keySet()) {
            if (key.group().equals(group)) {
                topics.add(key.topic());
            }
        }
        return topics;
    }

    /** Groups that have offsets on a topic. */
    public Set<String> groupsOf(String topic) {
        Set<String> groups = new TreeSet<>();
        for (GroupTopic key : offsets.keySet()) {
            if (key.topic().equals(topic)) {
                groups.add(key.group());
            }
        }
        return groups;
    }

    /** Every group and topic with offsets, in order. */
    public List<GroupTopic> keys() {
        List<GroupTopic> keys = new ArrayList<>(offsets.keySet());
        keys.sort(ORDER);
        return keys;
    }

    /** Applies what consumers commit, except on queues with a pending reset to another offset. */
    void apply(ByteBuf part, OffsetResets resets) {
        read(part, (key, queueId, queueOffset) -> {
            long target = resets.find(key, queueId);
            if (target == NONE || target == queueOffset) {
                put(key, queueId, queueOffset);
            }
        });
    }

    /** Sets an offset; for a {@link StatePart} that applies an entry. */
    public void set(GroupTopic key, int queueId, long queueOffset) {
        put(key, queueId, queueOffset);
    }

    /** Sets an offset unless it is as high already; for a {@link StatePart} that applies an entry. */
    public void raise(GroupTopic key, int queueId, long queueOffset) {
        long[] values = offsets.get(key);
        if (values == null || queueId >= values.length) {
            put(key, queueId, queueOffset);
        } else if (values[queueId] < queueOffset) {
            values[queueId] = queueOffset;
        }
    }

    /** Applies what a tool sets, and tells the parts. */
    void applyReset(ByteBuf part, OffsetResets resets, List<StatePart> parts) {
        boolean online = part.readBoolean();
        read(part, (key, queueId, queueOffset) -> {
            put(key, queueId, queueOffset);
            if (online && queueOffset >= 0) {
                resets.put(key, queueId, queueOffset);
            } else {
                resets.remove(key, queueId);
            }
            parts.forEach(each -> each.offsetReset(key, queueId, queueOffset));
        });
    }

    /** Applies that a group has arrived where a tool has sent it. */
    static void applyArrival(ByteBuf part, OffsetResets resets) {
        read(part, (key, queueId, queueOffset) -> {
            if (resets.find(key, queueId) == queueOffset) {
                resets.remove(key, queueId);
            }
        });
    }

    /** Reads a part of an entry without applying it. */
    static void check(ByteBuf part) {
        read(part, (key, queueId, queueOffset) -> {});
    }

    private static void read(ByteBuf part, EachQueue each) {
        GroupTopic key = new GroupTopic(StateText.read(part), StateText.read(part));
        int count = StateText.count(part.readInt(), TopicConfig.MAX_QUEUES, "consumer offsets");
        for (int i = 0; i < count; i++) {
            int queueId = StateText.count(part.readInt(), TopicConfig.MAX_QUEUES - 1, "as queue id");
            each.accept(key, queueId, part.readLong());
        }
    }

    private interface EachQueue {
        void accept(GroupTopic key, int queueId, long queueOffset);
    }

    private void put(GroupTopic key, int queueId, long queueOffset) {
        long[] values = offsets.get(key);
        if (values == null || queueId >= values.length) {
            if (queueOffset < 0) {
                return;
            }
            int from = values == null ? 0 : values.length;
            values = values == null ? new long[queueId + 1] : Arrays.copyOf(values, queueId + 1);
            Arrays.fill(values, from, values.length, NONE);
            offsets.put(key, values);
        }
        values[queueId] = Math.max(NONE, queueOffset);
    }

    void putAll(String group, String topic, List<Long> next) {
        GroupTopic key = new GroupTopic(group, topic);
        for (int queueId = 0; queueId < Math.min(next.size(), TopicConfig.MAX_QUEUES); queueId++) {
            put(key, queueId, next.get(queueId));
        }
    }

    void removeTopic(String topic) {
        offsets.keySet().removeIf(key -> key.topic().equals(topic));
    }

    void removeGroup(String group) {
        offsets.keySet().removeIf(key -> key.group().equals(group));
    }

    void clear() {
        offsets.clear();
    }

    /** Appends: int n, n times: text group, text topic, int queues, as many longs. */
    void write(ByteBuf target) {
        target.writeInt(offsets.size());
        for (GroupTopic key : keys()) {
            StateText.write(target, key.group());
            StateText.write(target, key.topic());
            long[] values = offsets.getOrDefault(key, new long[0]);
            target.writeInt(values.length);
            for (long value : values) {
                target.writeLong(value);
            }
        }
    }

    void read(ByteBuf source) {
        clear();
        int count = StateText.count(source.readInt(), MAX_KEYS, "groups and topics with offsets");
        for (int i = 0; i < count; i++) {
            GroupTopic key = new GroupTopic(StateText.read(source), StateText.read(source));
            long[] values = new long[StateText.count(source.readInt(), TopicConfig.MAX_QUEUES, "consumer offsets")];
            for (int queueId = 0; queueId < values.length; queueId++) {
                values[queueId] = source.readLong();
            }
            offsets.put(key, values);
        }
    }

    /** A group and a topic. */
    public record GroupTopic(String group, String topic) {}
}
