package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Consumer offsets that a tool set while the group was online and at which the group's clients have not arrived yet. Until one
 * of them pulls or commits at the new offset, pulls at other offsets are redirected to it and other commits do not count, because a client
 * continues to commit what it held before.
 */
public final class OffsetResets {
    private static final int MAX_KEYS = 10_000_000;
    private static final Comparator<GroupTopic> ORDER =
            Comparator.comparing(GroupTopic::group).thenComparing(GroupTopic::topic);

    private final Map<GroupTopic, TreeMap<Integer, Long>> pending = new HashMap<>();

    OffsetResets() {}

    /** The queue offset at which a group must continue, or {@link ConsumerOffsets#NONE}. */
    public long find(String group, String topic, int queueId) {
        return pending.isEmpty() ? ConsumerOffsets.NONE : find(new GroupTopic(group, topic), queueId);
    }

    long find(GroupTopic key, int queueId) {
        TreeMap<Integer, Long> queues = pending.get(key);
        return queues == null ? ConsumerOffsets.NONE : queues.getOrDefault(queueId, ConsumerOffsets.NONE);
    }

    void put(GroupTopic key, int queueId, long queueOffset) {
        pending.computeIfAbsent(key, absent -> new TreeMap<>()).put(queueId, queueOffset);
    }

    void remove(GroupTopic key, int queueId) {
        TreeMap<Integer, Long> queues = pending.get(key);
        if (queues != null && queues.remove(queueId) != null && queues.isEmpty()) {
            pending.remove(key);
        }
    }

    void removeTopic(String topic) {
        pending.keySet().removeIf(key -> key.topic().equals(topic));
    }

    void removeGroup(String group) {
        pending.keySet().removeIf(key -> key.group().equals(group));
    }

    void clear() {
        pending.clear();
    }

    /** Appends: int n, n times: text group, text topic, int m, m times: int queue id, long queue offset. */
    void write(ByteBuf target) {
        List<GroupTopic> keys = new ArrayList<>(pending.keySet());
        keys.sort(ORDER);
        target.writeInt(keys.size());
        for (GroupTopic key : keys) {
            StateText.write(target, key.group());
            StateText.write(target, key.topic());
            TreeMap<Integer, Long> queues = pending.getOrDefault(key, new TreeMap<>());
            target.writeInt(queues.size());
            queues.forEach((queueId, queueOffset) -> target.writeInt(queueId).writeLong(queueOffset));
        }
    }

    void read(ByteBuf source) {
        clear();
        int count = StateText.count(source.readInt(), MAX_KEYS, "groups and topics with offsets that were reset");
        for (int i = 0; i < count; i++) {
            GroupTopic key = new GroupTopic(StateText.read(source), StateText.read(source));
            int queues = StateText.count(source.readInt(), TopicConfig.MAX_QUEUES, "offsets that were reset");
            for (int j = 0; j < queues; j++) {
                int queueId = StateText.count(source.readInt(), TopicConfig.MAX_QUEUES - 1, "as queue id");
                put(key, queueId, source.readLong());
            }
        }
    }
}
