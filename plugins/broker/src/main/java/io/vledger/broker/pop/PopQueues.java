package io.vledger.broker.pop;

import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StateText;
import io.vledger.broker.state.TopicConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The queues of one topic that one group pops, by queue id. Loop only. */
final class PopQueues {
    final GroupTopic key;
    private @Nullable PopQueue[] byId = new PopQueue[0];

    PopQueues(GroupTopic key) {
        this.key = key;
    }

    /** The queue, or null if the group never popped it. */
    @Nullable
    PopQueue find(int queueId) {
        return queueId < 0 || queueId >= byId.length ? null : byId[queueId];
    }

    /** The queue; one that was never popped is made. */
    PopQueue queue(int queueId) {
        PopQueue known = find(queueId);
        if (known != null) {
            return known;
        }
        PopQueue queue = new PopQueue(key, queueId);
        put(queue);
        return queue;
    }

    /** Adds one, or replaces the one with its id, which a topic may have: it may come from a damaged snapshot. */
    void put(PopQueue queue) {
        int id = StateText.count(queue.queueId, TopicConfig.MAX_QUEUES - 1, "as queue id");
        if (id >= byId.length) {
            byId = Arrays.copyOf(byId, id + 1);
        }
        byId[id] = queue;
    }

    /** In the order of their ids. */
    List<PopQueue> all() {
        List<PopQueue> all = new ArrayList<>(byId.length);
        for (PopQueue queue : byId) {
            if (queue != null) {
                all.add(queue);
            }
        }
        return all;
    }

    /** Drops what is not part of the state; true if nothing is left. */
    boolean dropUnborn() {
        boolean empty = true;
        for (int id = 0; id < byId.length; id++) {
            PopQueue queue = byId[id];
            if (queue != null && queue.unborn()) {
                byId[id] = null;
            } else {
                empty &= queue == null;
            }
        }
        return empty;
    }
}
