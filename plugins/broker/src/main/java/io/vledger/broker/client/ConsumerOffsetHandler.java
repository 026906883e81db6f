package io.vledger.broker.client;

import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.store.LogStore;
import io.vledger.broker.group.OffsetCoalescer;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Answers what a group has consumed (14), and commits it (15). Loop only.
 *
 * <p>Clients of 4.9 take <em>any</em> error for "this group has no offset yet" and skip to the end of the queue, so a question
 * that cannot be answered now must not be answered with a code. Silence would be understood, but costs the client's only
 * rebalance thread its timeout of 5 s, after which it closes the connection by itself. So: while no leader is known the
 * question waits here for a short while, in case this member becomes the leader; else, if it cannot be forwarded, its
 * connection is closed, upon which both generations leave the queue alone and ask again, by then of the leader.
 */
public final class ConsumerOffsetHandler {
    /** How long a question waits for a leader, milliseconds. */
    static final long MAX_WAIT_MS = 2_000;

    private static final int MAX_WAITING = 4096;

    private final Group group;
    private final BrokerState state;
    private final LogStore log;
    private final OffsetCoalescer offsets;
    private final OffsetResetter resets;
    private final Refusals refusals;
    private final Predicate<String> online;
    private final LongSupplier clock;
    private final Queue<Question> waiting = new ArrayDeque<>();
    private boolean timerSet;

    /**
     * A handler of a group; {@link #askAgain} is to be called when the status of the group changes.
     *
     * @param online whether a consumer group has members now
     * @param clock milliseconds since the epoch
     */
    public ConsumerOffsetHandler(
            Group group,
            BrokerState state,
            LogStore log,
            OffsetCoalescer offsets,
            OffsetResetter resets,
            Refusals refusals,
            Predicate<String> online,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.log = log;
        this.offsets = offsets;
        this.resets = resets;
        this.refusals = refusals;
        this.online = online;
        this.clock = clock;
    }

    /** 14: the committed offset of a group on a queue. */
    public void query(RpcRequest request) {
        request.detach(); // it may still have to be served by another member
        ask(new Question(
                request,
                request.fields().requiredText("consumerGroup"),
                request.fields().requiredText("topic"),
                request.fields().requiredNumber("queueId"),
                request.fields().flag("setZeroIfNotFound", true),
                clock.getAsLong() + MAX_WAIT_MS));
    }

    /** 15: commits an offset; mostly one-way. A follower drops one-way commits: clients repeat them every 5 s. */
    public void update(RpcRequest request) {
        String groupName = NameChecks.checkGroup(request.fields().requiredText("consumerGroup"));
        String topicName = request.fields().requiredText("topic");
        int queueId = request.fields().requiredNumber("queueId");
        long queueOffset = request.fields().requiredLong("commitOffset");
        if (!state.leads()) {
            if (request.oneway()) {
                return;
            }
            throw refusals.exception(Refusal.NOT_LEADER);
        }
        if (state.groups().find(groupName) == null) {
            throw new RequestException(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, "Group " + groupName + " not exist!");
        }
        Topic topic = state.topics().find(topicName);
        if (topic == null) {
            throw new RequestException(ResponseCode.TOPIC_NOT_EXIST, "the topic " + topicName + " does not exist");
        }
        if (queueId < 0 || queueId >= topic.queueCount() || queueOffset < 0) {
            throw new RequestException(
                    ResponseCode.INVALID_PARAMETER,
                    "queue " + queueId + " and offset " + queueOffset + " for topic " + topicName + " with "
                            + topic.queueCount() + " queues");
        }
        if (resets.supersedes(groupName, topicName, queueId, queueOffset)) {
            superseded(request, groupName, topicName, queueId, queueOffset);
        } else if (request.oneway()) {
            offsets.offer(groupName, topicName, queueId, queueOffset);
        } else {
            request.detach(); // it may still have to be served by another member
            offsets.commit(
                    groupName, topicName, queueId, queueOffset, refusal -> refusals.replyOutcome(request, refusal));
        }
    }

    /** A tool has set another offset, which the group's clients have not reached: theirs does not count, that of a tool does. */
    private void superseded(RpcRequest request, String groupName, String topic, int queueId, long queueOffset) {
        if (online.test(groupName)) {
            request.reply(ResponseCode.SUCCESS, null); // as RocketMQ answers then
            return;
        }
        request.detach(); // it may still have to be served by another member
        resets.set(
                groupName,
                topic,
                Map.of(queueId, queueOffset),
                false,
                refusal -> refusals.replyOutcome(request, refusal));
    }

    private void ask(Question question) {
        if (!state.leads()) {
            waitForLeader(question);
            return;
        }
        // Whatever becomes of offsets under way, the barrier decides whether what is applied here may be shown.
        offsets.settle(
                question.group(),
                question.topic(),
                outcome -> group.readBarrier(refusal -> {
                    if (refusal == null) {
                        answer(question);
                    } else {
                        waitForLeader(question);
                    }
                }));
    }

    private void waitForLeader(Question question) {
        boolean late = clock.getAsLong() >= question.untilMs();
        if (late || group.status().ledByAnother() || waiting.size() >= MAX_WAITING) {
            if (late || !refusals.tryReroute(question.request())) {
                question.request().connection().close();
            }
            return;
        }
        waiting.add(question);
        setTimer();
    }

    /** The first question is the first whose time is over. */
    private void setTimer() {
        Question first = waiting.peek();
        if (first != null && !timerSet) {
            timerSet = true;
            group.schedule(Math.max(1, first.untilMs() - clock.getAsLong()), () -> {
                timerSet = false;
                askAgain();
                setTimer();
            });
        }
    }

    /** Asks what waits again: the leader may be known now, or may be this member. */
    public void askAgain() {
        for (int n = waiting.size(); n > 0; n--) {
            Question question = waiting.poll();
            if (question != null && question.request().connection().open()) {
                ask(question);
            }
        }
    }

    private void answer(Question question) {
        long queueOffset = state.offsets().find(question.group(), question.topic(), question.queueId());
        if (queueOffset == ConsumerOffsets.NONE && question.zeroIfNone() && isYoung(question)) {
            queueOffset = 0;
        }
        if (queueOffset == ConsumerOffsets.NONE) {
            question.request()
                    .reply(
                            ResponseCode.QUERY_NOT_FOUND,
                            "Not found, maybe this group consumer boot first: " + question.group() + " on queue "
                                    + question.queueId() + " of " + question.topic());
            return;
        }
        long found = queueOffset;
        question.request().reply(ResponseCode.SUCCESS, null, fields -> fields.put("offset", found), null);
    }

    /** Whether a new group begins at 0: the queue still has its first message, and that is not old. */
    private boolean isYoung(Question question) {
        Topic topic = state.topics().find(question.topic());
        TopicQueue queue = topic == null ? null : topic.queue(question.queueId());
        if (queue == null || queue.minOffset() > 0) {
            return false;
        }
        if (queue.maxOffset() == 0) {
            return true;
        }
        return QueueTimes.positionOf(queue, 0) >= log.hotPosition();
    }

    private record Question(
            RpcRequest request, String group, String topic, int queueId, boolean zeroIfNone, long untilMs) {}
}
