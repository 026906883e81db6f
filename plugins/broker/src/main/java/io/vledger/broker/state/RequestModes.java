package io.vledger.broker.state;

import io.netty.buffer.ByteBuf;
import io.vledger.api.origin.InitialState;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.protocol.json.JsonFields;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the clients of a group are to get the messages of a topic that let the broker divide the queues: by pulls or by pops. Part of the
 * replicated state, set by tools (401); an earlier broker's {@code messageRequestMode.json} is the beginning.
 *
 * <p>The header of an entry of kind {@link #SET} and each mode of a snapshot section, after an int that counts them: text group, text
 * topic, byte 1 for pops, int queues shared.
 */
public final class RequestModes implements StatePart {
    /** Sets the mode of a group on a topic. */
    public static final byte SET = 48;

    /** Of an earlier broker's group. */
    static final String ORIGIN_FIELD = "requestModes";

    private static final int MAX_MODES = 10_000_000;
    private static final Comparator<GroupTopic> ORDER =
            Comparator.comparing(GroupTopic::topic).thenComparing(GroupTopic::group);

    private final TreeMap<GroupTopic, Mode> modes = new TreeMap<>(ORDER);

    /** Without any. */
    public RequestModes() {}

    /**
     * A mode.
     *
     * @param pop whether messages are popped
     * @param shareQueues RocketMQ's {@code popShareQueueNum}: how many of the other clients share the queues of one; 0 or less for all
     */
    public record Mode(boolean pop, int shareQueues) {}

    /** The mode of a group on a topic that was set, or null. */
    public @Nullable Mode find(String group, String topic) {
        return modes.get(new GroupTopic(group, topic));
    }

    /** All modes that were set, by topic and group. */
    public Map<GroupTopic, Mode> all() {
        return new TreeMap<>(modes);
    }

    /** Appends the header of an entry. */
    public static void writeHeader(ByteBuf target, GroupTopic key, Mode mode) {
        StateText.write(target, key.group());
        StateText.write(target, key.topic());
        target.writeBoolean(mode.pop).writeInt(mode.shareQueues);
    }

    @Override
    public void fill(InitialState known) {
        TopicsByGroup.origin(known, ORIGIN_FIELD, "modes of consumption", (group, topic, value) -> {
            if (value instanceof Map<?, ?> mode) {
                boolean pop = "POP".equals(JsonFields.text(mode, "mode", ""));
                modes.put(new GroupTopic(group, topic), new Mode(pop, JsonFields.number(mode, "popShareQueueNum", 0)));
            }
        });
    }

    @Override
    public int section() {
        return SET;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == SET;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        readOne(header);
    }

    private void readOne(ByteBuf source) {
        GroupTopic key = new GroupTopic(StateText.read(source), StateText.read(source));
        modes.put(key, new Mode(source.readBoolean(), source.readInt()));
    }

    @Override
    public void clear() {
        modes.clear();
    }

    @Override
    public void topicRemoved(String topic) {
        modes.keySet().removeIf(key -> key.topic().equals(topic));
    }

    @Override
    public void groupRemoved(String group) {
        modes.keySet().removeIf(key -> key.group().equals(group));
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(modes.size());
        modes.forEach((key, mode) -> writeHeader(target, key, mode));
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int count = StateText.count(source.readInt(), MAX_MODES, "modes of consumption");
        for (int i = 0; i < count; i++) {
            readOne(source);
        }
    }
}
