package io.vledger.broker.group;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerEntry.QueueValue;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sets consumer offsets for tools. While clients of the group are online, a reset stays pending until one of them pulls or commits at
 * the new offset; until then, what they commit does not count. Loop only.
 */
public final class OffsetResetter {
    private final EntryProposer proposer;
    private final BrokerState state;
    private final OffsetCoalescer offsets;
    private final Set<Arrival> proposed = new HashSet<>();

    private record Arrival(String group, String topic, int queueId, long queueOffset) {}

    /** For one group. */
    public OffsetResetter(Group group, BrokerState state, OffsetCoalescer offsets) {
        this.proposer = new EntryProposer(group);
        this.state = state;
        this.offsets = offsets;
    }

    /**
     * Sets offsets of a group on a topic, all in one entry.
     *
     * @param online whether the group has clients, so that the reset stays pending until they have moved
     * @param done called once
     */
    public void set(String groupName, String topic, Map<Integer, Long> queueOffsets, boolean online, Completion done) {
        // Whatever the group's clients left behind comes first.
        offsets.settle(groupName, topic, settled -> {
            List<QueueValue> values = new ArrayList<>();
            queueOffsets.forEach((queueId, queueOffset) -> values.add(new QueueValue(queueId, queueOffset)));
            proposer.propose(
                    BrokerEntry.OFFSET_RESET,
                    payload -> BrokerEntry.writeReset(payload, groupName, topic, online, values),
                    done);
        });
    }

    /** Commits what a client says it has consumed, unless a reset to another queue offset is pending; nobody waits for it. */
    public void offer(String groupName, String topic, int queueId, long queueOffset) {
        if (!supersedes(groupName, topic, queueId, queueOffset)) {
            offsets.offer(groupName, topic, queueId, queueOffset);
        }
    }

    /** Where a group must continue on a queue because a tool says so, or {@link ConsumerOffsets#NONE}. */
    public long target(String groupName, String topic, int queueId) {
        return state.resets().find(groupName, topic, queueId);
    }

    /**
     * Checks the queue offset at which a client of a group pulls or commits. If a reset to exactly this offset is pending, it is
     * completed.
     *
     * @return whether a reset to another queue offset is pending, so that this one must not count
     */
    public boolean supersedes(String groupName, String topic, int queueId, long queueOffset) {
        long target = target(groupName, topic, queueId);
        if (target == ConsumerOffsets.NONE) {
            return false;
        }
        if (target != queueOffset) {
            return true;
        }
        Arrival arrival = new Arrival(groupName, topic, queueId, queueOffset);
        if (state.leads() && proposed.add(arrival)) {
            proposer.propose(
                    BrokerEntry.OFFSET_RESET_DONE,
                    payload -> BrokerEntry.writeOffsets(
                            payload, groupName, topic, List.of(new QueueValue(queueId, queueOffset))),
                    outcome -> proposed.remove(arrival));
        }
        return false;
    }
}
