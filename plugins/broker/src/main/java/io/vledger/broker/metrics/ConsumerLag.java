package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.pop.PopState;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far one group is behind on one topic, determined in two steps: queue offsets on the loop, then the store times of the oldest
 * messages concerned, which may wait for the disk.
 */
final class ConsumerLag {
    private final String topic;
    private final String group;
    private long lag;
    private long inflight;
    private long ready;
    private final List<Long> unconsumed = new ArrayList<>();
    private final List<Long> unpulled = new ArrayList<>();
    private long unconsumedSinceMs = -1;
    private long unpulledSinceMs = -1;

    private ConsumerLag(String topic, String group) {
        this.topic = topic;
        this.group = group;
    }

    /**
     * Reads the queues' offsets. Loop only.
     *
     * @param pulled what the group took from this node, or null for nothing
     */
    static ConsumerLag of(Topic topic, String group, BrokerState state, Traffic.@Nullable Outgoing pulled) {
        ConsumerLag found = new ConsumerLag(topic.name(), group);
        PopState pops = state.part(PopState.class);
        for (int queueId = 0; queueId < topic.config().writeQueues(); queueId++) {
            TopicQueue queue = topic.queue(queueId);
            if (queue == null) {
                continue;
            }
            long committed = state.offsets().find(group, topic.name(), queueId);
            long popped = pops.inFlight(group, topic.name(), queueId);
            if (popped >= 0) {
                found.addPopped(queue, committed, pops.cursor(group, topic.name(), queueId), popped);
            } else {
                found.add(queue, committed, pulled);
            }
        }
        return found;
    }

    /** What is in flight is part of the state: a new leader knows it. */
    private void addPopped(TopicQueue queue, long committed, long cursor, long popped) {
        long max = queue.maxOffset();
        long next = Math.min(max, Math.max(cursor, committed));
        inflight += popped;
        ready += max - next;
        lag += max - next + popped;
        long oldest = popped > 0 ? Math.min(committed, next) : next;
        if (oldest < max) {
            unconsumed.add(QueueTimes.positionOf(queue, Math.max(oldest, queue.minOffset())));
        }
        if (next < max) {
            unpulled.add(QueueTimes.positionOf(queue, Math.max(next, queue.minOffset())));
        }
    }

    private void add(TopicQueue queue, long committed, Traffic.@Nullable Outgoing pulled) {
        long max = queue.maxOffset();
        // A group without an offset has not begun: like RocketMQ, nothing of the queue counts as waiting for it.
        long consumed = committed < 0 ? max : Math.min(max, committed);
        long asked = pulled == null ? -1 : pulled.pulledTo(queue.id());
        // After a switch this node has served no pulls yet: what was consumed was pulled.
        long next = Math.min(max, Math.max(asked, consumed));
        lag += max - consumed;
        inflight += next - consumed;
        ready += max - next;
        if (consumed < max) {
            unconsumed.add(QueueTimes.positionOf(queue, Math.max(consumed, queue.minOffset())));
        }
        if (next < max) {
            unpulled.add(QueueTimes.positionOf(queue, Math.max(next, queue.minOffset())));
        }
    }

    /** Reads when the oldest messages were stored. Any thread; may wait for the disk. */
    void readTimes(QueueTimes times) {
        unconsumedSinceMs = oldest(unconsumed, times);
        unpulledSinceMs = oldest(unpulled, times);
    }

    private static long oldest(List<Long> positions, QueueTimes times) {
        long oldest = -1;
        for (long position : positions) {
            long stored = times.storedAt(position);
            if (stored > 0 && (oldest < 0 || stored < oldest)) {
                oldest = stored;
            }
        }
        return oldest;
    }

    void collect(MetricSink sink, Labels labels, long nowMs) {
        var shown = labels.with(
                "topic", topic, "consumer_group", group, "is_retry", "false", "is_system", Labels.system(topic, group));
        sink.gauge("rocketmq_consumer_lag_messages", "Consumer lag messages", shown, lag);
        sink.gauge(
                "rocketmq_consumer_lag_latency_milliseconds",
                "Consumer lag time",
                shown,
                age(nowMs, unconsumedSinceMs));
        sink.gauge("rocketmq_consumer_inflight_messages", "Consumer inflight messages", shown, inflight);
        sink.gauge(
                "rocketmq_consumer_queueing_latency_milliseconds",
                "Consumer queueing time",
                shown,
                age(nowMs, unpulledSinceMs));
        sink.gauge("rocketmq_consumer_ready_messages", "Consumer ready messages", shown, ready);
    }

    private static long age(long nowMs, long sinceMs) {
        return sinceMs < 0 ? 0 : Math.max(0, nowMs - sinceMs);
    }
}
