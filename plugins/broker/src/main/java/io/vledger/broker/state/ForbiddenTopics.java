package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import java.util.Map;
import java.util.SortedMap;

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
    static final String ORIGIN_FIELD = "forbiddenTopics";

    private final TopicsByGroup<Boolean> forbidden = new TopicsByGroup<>();

    /** Whether a group may not read a topic. */
    public boolean forbidden(String group, String topic) {
        return forbidden.get(group, topic) != null;
    }

    /** The forbidden topics of every group that has any. A view. */
    public Map<String, SortedMap<String, Boolean>> all() {
        return forbidden.all();
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
            forbidden.put(group, topic, true);
        } else {
            forbidden.remove(group, topic);
        }
    }

    @Override
    public void topicRemoved(String topic) {
        forbidden.removeTopic(topic, unused -> {});
    }

    @Override
    public void groupRemoved(String group) {
        forbidden.removeGroup(group, unused -> {});
    }

    @Override
    public void clear() {
        forbidden.clear();
    }

    @Override
    public void fill(InitialState known) {
        TopicsByGroup.origin(known, ORIGIN_FIELD, "forbidden topics", (group, topic, bits) -> {
            if (bits instanceof Number number && (number.intValue() & READ_BIT) != 0) {
                forbidden.put(group, topic, true);
            }
        });
    }

    @Override
    public void write(ByteBuf target) {
        forbidden.write(target, (bytes, unused) -> {});
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        TopicsByGroup.read(source, "forbidden topics", (group, topic, unused) -> forbidden.put(group, topic, true));
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
