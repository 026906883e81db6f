package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerEntry.QueueValue;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Proposes that consumer offsets are set by a tool, and that a group has arrived where it was sent. Loop only. */
public final class OffsetResetting {
    private final Group group;
    private final BrokerState state;
    private final OffsetCoalescer offsets;
    private final Set<Arrival> proposed = new HashSet<>();

    private record Arrival(String group, String topic, int queueId, long queueOffset) {}

    OffsetResetting(Group group, BrokerState state, OffsetCoalescer offsets) {
        this.group = group;
        this.state = state;
        this.offsets = offsets;
    }

    /**
     * Sets offsets of a group on a topic, all in one entry.
     *
     * @param online whether the group has clients: what they commit then counts again only once they have moved
     * @param done told once
     */
    public void set(String groupName, String topic, Map<Integer, Long> queueOffsets, boolean online, Completion done) {
        // Whatever the group's clients left behind comes first.
        offsets.settle(groupName, topic, settled -> {
            List<QueueValue> values = new ArrayList<>();
            queueOffsets.forEach((queueId, queueOffset) -> values.add(new QueueValue(queueId, queueOffset)));
            propose(
                    BrokerEntry.OFFSET_RESET,
                    payload -> BrokerEntry.writeReset(payload, groupName, topic, online, values),
                    done);
        });
    }

    /**
     * A client of a group pulls or commits at a queue offset.
     *
     * @return whether a reset to another queue offset is pending, so that this must not count
     */
    public boolean sentElsewhere(String groupName, String topic, int queueId, long queueOffset) {
        long target = state.resets().find(groupName, topic, queueId);
        if (target == ConsumerOffsets.NONE) {
            return false;
        }
        if (target != queueOffset) {
            return true;
        }
        Arrival arrival = new Arrival(groupName, topic, queueId, queueOffset);
        if (state.leads() && proposed.add(arrival)) {
            propose(
                    BrokerEntry.OFFSET_RESET_DONE,
                    payload -> BrokerEntry.writeOffsets(
                            payload, groupName, topic, List.of(new QueueValue(queueId, queueOffset))),
                    outcome -> proposed.remove(arrival));
        }
        return false;
    }

    private void propose(byte kind, Consumer<ByteBuf> content, Completion done) {
        ByteBuf payload = PooledByteBufAllocator.DEFAULT.buffer(128);
        Refusal refusal;
        try {
            content.accept(payload);
            refusal = group.propose(kind, BrokerEntry.VERSION, payload, done);
        } finally {
            payload.release();
        }
        if (refusal != null) {
            done.done(refusal);
        }
    }
}
