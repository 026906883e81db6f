package io.vledger.broker.transaction;

import io.vledger.broker.group.OffsetCoalescer;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.protocol.GroupNames;
import io.vledger.protocol.TopicNames;

/**
 * Shows tools how far half messages are settled, where RocketMQ keeps its own progress: as consumer offsets of a system group on the half
 * topic and the op topic. Nothing depends on them. Loop only.
 */
final class CheckProgress {
    private final Topics topics;
    private final Transactions transactions;
    private final OffsetCoalescer offsets;
    /** Marks below the second number are of half messages below the first. */
    private long halfEnd;

    private long opEnd;

    CheckProgress(Topics topics, Transactions transactions, OffsetCoalescer offsets) {
        this.topics = topics;
        this.transactions = transactions;
        this.offsets = offsets;
    }

    /** Commits what has changed, on a leader. */
    void report() {
        Topic half = topics.find(TopicNames.HALF);
        Topic op = topics.find(TopicNames.OP_HALF);
        TopicQueue halfQueue = half == null ? null : half.queue(0);
        TopicQueue opQueue = op == null ? null : op.queue(0);
        if (halfQueue == null || opQueue == null || halfQueue.maxOffset() == 0) {
            return;
        }
        long settled = transactions.settledBelow(halfQueue);
        offsets.offer(GroupNames.TRANSACTIONS, TopicNames.HALF, 0, settled);
        if (settled >= halfEnd) {
            offsets.offer(
                    GroupNames.TRANSACTIONS,
                    TopicNames.OP_HALF,
                    0,
                    settled == halfQueue.maxOffset() ? opQueue.maxOffset() : opEnd);
            halfEnd = halfQueue.maxOffset();
            opEnd = opQueue.maxOffset();
        }
    }
}
