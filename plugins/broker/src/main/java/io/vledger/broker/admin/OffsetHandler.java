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
import io.vledger.broker.state.ConfigJson;
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
 * Moves consumer offsets for tools (222, 223, 314). Clients that are online learn of it by the answer to their next pull (21),
 * as since RocketMQ 5.0, which all of them understand; until they have moved, what they commit does not count. Loop only.
 */
public final class OffsetHandler {
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
        if (onlyQueue >= topic.config().readQueues()) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + onlyQueue + " of topic " + topicName + " with "
                            + topic.config().readQueues() + " queues");
        }
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
            request.replyBody(offsetTable(topicName, offsets));
        });
    }

    private long target(TopicQueue queue, String groupName, long given, long timestamp, boolean force) {
        if (given >= 0) {
            return Math.max(queue.minOffset(), Math.min(given, queue.maxOffset()));
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

    /** 223: asks clients for their offsets; answered as if none were online, tools then read committed ones. */
    public void clientStatus(RpcRequest request) {
        request.reply(
                ResponseCode.CONSUMER_NOT_ONLINE,
                "this broker does not ask clients of " + request.fields().requiredText("group")
                        + " for what they hold; consumerProgress shows the committed offsets");
    }

    private void commit(String groupName, String topic, Map<Integer, Long> offsets, Completion completion) {
        boolean online = consumers.group(groupName) != null;
        resets.set(groupName, topic, offsets, online, refusal -> {
            if (refusal == null) {
                String topicAtGroup = topic + "@" + groupName;
                offsets.forEach((queueId, queueOffset) -> traffic.pulled(topicAtGroup, queueId, queueOffset));
                if (online) {
                    group.schedule(REBALANCE_AFTER_MS, () -> consumers.rebalance(groupName));
                }
            }
            completion.done(refusal);
        });
    }

    private byte[] offsetTable(String topic, Map<Integer, Long> offsets) {
        JsonWriter json = JsonWriter.create().beginObject().key("offsetTable").beginObject();
        offsets.forEach(
                (queueId, queueOffset) -> json.objectKey(key -> ConfigJson.queue(key, state.broker(), topic, queueId))
                        .value(queueOffset));
        return json.endObject().endObject().toBytes();
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
