package io.vledger.broker.admin;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ConsumerRegistry;
import io.vledger.broker.client.NameChecks;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.json.JsonWriter;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Moves consumer offsets for tools (222, 314) and tells them about them (223, 308). Clients that are online learn of it by the answer to
 * their next pull (21), as since RocketMQ 5.0, which all of them understand, and those of before 5.0 are notified at once (220); until
 * they have moved, what they commit does not count. Loop only.
 */
final class OffsetHandler {
    private static final long END_OF_QUEUE = -1;
    /**
     * When clients whose offsets were reset are asked to rebalance, milliseconds. Java clients give a queue up for
     * 10 s; those of 4.9 then leave it alone until they divide the queues by themselves, every 20 s.
     */
    private static final long REBALANCE_AFTER_MS = 11_000;

    private final Group group;
    private final BrokerState state;
    private final ConsumerRegistry consumers;
    private final OffsetResetter resets;
    private final Refusals refusals;
    private final Traffic traffic;
    private final QueueTimes times;
    private final ClientOffsets clientOffsets;

    /** A handler of a group. */
    public OffsetHandler(
            Group group,
            BrokerState state,
            ConsumerRegistry consumers,
            OffsetResetter resets,
            Refusals refusals,
            QueueTimes times,
            Traffic traffic) {
        this.group = group;
        this.state = state;
        this.consumers = consumers;
        this.resets = resets;
        this.refusals = refusals;
        this.times = times;
        this.traffic = traffic;
        this.clientOffsets = new ClientOffsets(state.broker(), consumers);
    }

    /** 222: moves a group on a topic to a time, to the end, or on one queue to an offset. */
    public void reset(RpcRequest request) {
        refusals.requireLeader();
        request.detach(); // it may still have to be served by another member
        String topicName = request.fields().requiredText("topic");
        String groupName = NameChecks.checkGroup(request.fields().requiredText("group"));
        long timestamp = request.fields().requiredLong("timestamp");
        boolean force = request.fields().flag("isForce", true);
        int onlyQueue = request.fields().number("queueId", -1);
        long toOffset = request.fields().longNumber("offset", -1);
        Topic topic = state.topics().find(topicName);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "Topic " + topicName + " does not exist");
        }
        if (state.groups().find(groupName) == null) {
            throw new RequestException(
                    ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "the consumer group " + groupName + " does not exist");
        }
        checkTarget(topic, onlyQueue, toOffset);
        Map<Integer, Long> offsets = new TreeMap<>();
        for (int queueId = 0; queueId < topic.config().readQueues(); queueId++) {
            TopicQueue queue = topic.queue(queueId);
            if (queue != null && (onlyQueue < 0 || onlyQueue == queueId)) {
                boolean given = onlyQueue >= 0 && toOffset >= 0;
                offsets.put(queueId, target(queue, groupName, given ? toOffset : -1, timestamp, force));
            }
        }
        commit(groupName, topicName, offsets, refusal -> {
            if (refusal != null) {
                refusals.replyOutcome(request, refusal);
                return;
            }
            request.replyBody(ClientOffsets.table(state.broker(), topicName, offsets));
        });
    }

    /** Refuses an offset that the queue does not have, and any offset of a queue that the topic does not have. */
    private static void checkTarget(Topic topic, int queueId, long queueOffset) {
        if (queueId < 0 || (queueOffset == -1 && queueId < topic.config().readQueues())) {
            return;
        }
        TopicQueue queue = queueId >= topic.config().readQueues() ? null : topic.queue(queueId);
        long min = queue == null ? 0 : queue.minOffset();
        long max = queue == null ? 0 : queue.maxOffset();
        if (queue == null || queueOffset < min || queueOffset > max) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "Target offset " + queueOffset + " not in consume queue range [" + min + "-" + max + "] of queue "
                            + queueId + " of " + topic.name());
        }
    }

    private long target(TopicQueue queue, String groupName, long given, long timestamp, boolean force) {
        if (given >= 0) {
            return given;
        }
        long target = timestamp == END_OF_QUEUE ? queue.maxOffset() : times.search(queue, timestamp, false);
        long consumed = state.offsets().find(groupName, queue.topic().name(), queue.id());
        // Without force a group is only ever moved back.
        return force || consumed == ConsumerOffsets.NONE ? target : Math.min(target, consumed);
    }

    /** 314: gives a group the offsets of another, on one topic or on all. */
    public void copy(RpcRequest request) {
        refusals.requireLeader();
        request.detach(); // it may still have to be served by another member
        String from = request.fields().requiredText("srcGroup");
        String to = NameChecks.checkGroup(request.fields().requiredText("destGroup"));
        String only = request.fields().text("topic");
        Set<String> topics = only == null || only.isBlank() ? state.offsets().topicsOf(from) : Set.of(only);
        OutcomeCollector outcomes = new OutcomeCollector(refusal -> refusals.replyOutcome(request, refusal));
        for (String topic : topics) {
            long[] values = state.offsets().all(from, topic);
            Map<Integer, Long> offsets = new TreeMap<>();
            for (int queueId = 0; queueId < values.length; queueId++) {
                if (values[queueId] != ConsumerOffsets.NONE) {
                    offsets.put(queueId, values[queueId]);
                }
            }
            outcomes.expect();
            commit(to, topic, offsets, outcomes::done);
        }
        outcomes.done(null);
    }

    /** 223: asks clients for what they hold. */
    public void clientStatus(RpcRequest request) {
        clientOffsets.query(request);
    }

    /** 308: the least offset of all groups on each queue of a topic, but for groups that are left out. */
    public void correction(RpcRequest request) {
        String topic = request.fields().requiredText("topic");
        String compared = request.fields().text("compareGroup");
        String filtered = request.fields().text("filterGroups");
        Set<String> leftOut = filtered == null ? Set.of() : Set.of(filtered.split(","));
        Map<Integer, Long> least = new TreeMap<>();
        for (String groupName : state.offsets().groupsOf(topic)) {
            if (!leftOut.contains(groupName)) {
                takeLeast(least, topic, state.offsets().all(groupName, topic));
            }
        }
        long[] own = state.offsets().all(compared == null ? "" : compared, topic);
        // A queue on which another group is ahead of the compared one needs no correction.
        least.replaceAll((queueId, queueOffset) ->
                queueId < own.length && own[queueId] != ConsumerOffsets.NONE && queueOffset > own[queueId]
                        ? Long.MAX_VALUE
                        : queueOffset);
        JsonWriter json =
                JsonWriter.create().beginObject().key("correctionOffsets").beginObject();
        least.forEach((queueId, queueOffset) -> json.key(queueId).value(queueOffset));
        request.replyBody(json.endObject().endObject().toBytes());
    }

    private void takeLeast(Map<Integer, Long> least, String topicName, long[] offsets) {
        Topic topic = state.topics().find(topicName);
        for (int queueId = 0; queueId < offsets.length; queueId++) {
            TopicQueue queue = topic == null ? null : topic.queue(queueId);
            if (queue != null && offsets[queueId] >= queue.minOffset()) {
                least.merge(queueId, offsets[queueId], Math::min);
            }
        }
    }

    private void commit(String groupName, String topic, Map<Integer, Long> offsets, Completion completion) {
        boolean online = consumers.group(groupName) != null;
        resets.set(groupName, topic, offsets, online, refusal -> {
            if (refusal == null) {
                String topicAtGroup = topic + "@" + groupName;
                offsets.forEach((queueId, queueOffset) -> traffic.pulled(topicAtGroup, queueId, queueOffset));
                if (online) {
                    clientOffsets.push(groupName, topic, offsets);
                    group.schedule(REBALANCE_AFTER_MS, () -> consumers.rebalance(groupName));
                }
            }
            completion.done(refusal);
        });
    }

    /** Completes once all expected outcomes are there, with the first refusal among them. */
    private static final class OutcomeCollector {
        private final Completion completion;
        private int open = 1;
        private @Nullable Refusal refusal;

        OutcomeCollector(Completion completion) {
            this.completion = completion;
        }

        void expect() {
            open++;
        }

        void done(@Nullable Refusal outcome) {
            if (refusal == null) {
                refusal = outcome;
            }
            if (--open == 0) {
                completion.done(refusal);
            }
        }
    }
}
