package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.StatePart;
import io.vledger.broker.state.StateText;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The part of a group's state that knows which client was given a queue to consume in order, per consumer group. Whether the client
 * still holds it is a question of time, which the leader answers; see {@link QueueLocks}. Loop only.
 *
 * <p>An entry of its kind changes the owner of queues; the header is: text consumer group, text client id, empty to give back, int n, n
 * times: text topic, int queue id. A snapshot is: int n, n times: text consumer group, int m, m times: text topic, int queue id,
 * text client id.
 */
public final class LockOwners implements StatePart {
    /** The kind of its entries. */
    static final byte OWNER_CHANGED = 45;

    private static final int SECTION = 45;

    private final TreeMap<String, TreeMap<LockedQueue, String>> groups = new TreeMap<>();
    private int size;

    /** Nobody owns anything. */
    public LockOwners() {}

    /** Writes the header of an entry. */
    static void writeHeader(ByteBuf target, String group, String clientId, List<LockedQueue> queues) {
        StateText.write(target, group);
        StateText.write(target, clientId);
        target.writeInt(queues.size());
        for (LockedQueue queue : queues) {
            StateText.write(target, queue.topic());
            target.writeInt(queue.queueId());
        }
    }

    @Override
    public int section() {
        return SECTION;
    }

    @Override
    public boolean owns(byte kind) {
        return kind == OWNER_CHANGED;
    }

    @Override
    public void apply(byte kind, long position, ByteBuf header) {
        String group = StateText.read(header);
        String clientId = StateText.read(header);
        int count = StateText.count(header.readInt(), header.readableBytes(), "locked queues");
        for (int i = 0; i < count; i++) {
            set(group, new LockedQueue(StateText.read(header), header.readInt()), clientId);
        }
    }

    private void set(String group, LockedQueue queue, String clientId) {
        TreeMap<LockedQueue, String> owners = groups.computeIfAbsent(group, name -> new TreeMap<>());
        size -= owners.size();
        if (clientId.isEmpty()) {
            owners.remove(queue);
        } else {
            owners.put(queue, clientId);
        }
        size += owners.size();
        if (owners.isEmpty()) {
            groups.remove(group);
        }
    }

    @Override
    public void clear() {
        groups.clear();
        size = 0;
    }

    @Override
    public void write(ByteBuf target) {
        target.writeInt(groups.size());
        groups.forEach((group, owners) -> {
            StateText.write(target, group);
            target.writeInt(owners.size());
            owners.forEach((queue, clientId) -> {
                StateText.write(target, queue.topic());
                target.writeInt(queue.queueId());
                StateText.write(target, clientId);
            });
        });
    }

    @Override
    public void read(ByteBuf source) {
        clear();
        int count = StateText.count(source.readInt(), source.readableBytes(), "groups with locked queues");
        for (int i = 0; i < count; i++) {
            String group = StateText.read(source);
            int queues = StateText.count(source.readInt(), source.readableBytes(), "locked queues");
            for (int j = 0; j < queues; j++) {
                LockedQueue queue = new LockedQueue(StateText.read(source), source.readInt());
                set(group, queue, StateText.read(source));
            }
        }
    }

    @Override
    public void topicRemoved(String topic) {
        for (String group : List.copyOf(groups.keySet())) {
            queuesOf(group).stream()
                    .filter(queue -> queue.topic().equals(topic))
                    .forEach(queue -> set(group, queue, ""));
        }
    }

    @Override
    public void groupRemoved(String group) {
        queuesOf(group).forEach(queue -> set(group, queue, ""));
    }

    /** Queues that some client owns in a group. */
    List<LockedQueue> queuesOf(String group) {
        TreeMap<LockedQueue, String> owners = groups.get(group);
        return owners == null ? List.of() : List.copyOf(owners.keySet());
    }

    /** The client that owns a queue; null if nobody does. */
    @Nullable
    String owner(String group, LockedQueue queue) {
        TreeMap<LockedQueue, String> owners = groups.get(group);
        return owners == null ? null : owners.get(queue);
    }

    /** Number of queues that are owned. */
    int size() {
        return size;
    }

    /** Shows every consumer group with the queues that are owned in it. */
    void forEach(BiConsumer<String, List<LockedQueue>> visitor) {
        groups.forEach((group, owners) -> visitor.accept(group, new ArrayList<>(owners.keySet())));
    }
}
