package io.vledger.broker.transaction;

import io.vledger.api.rpc.RequestException;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.state.Topics;
import io.vledger.broker.timer.TimerTimes;
import io.vledger.broker.timer.Timers;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageProperties;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.Map;
import java.util.function.LongSupplier;

/** Says where the message of a committed half message goes: into its queue, or where it waits for its time. Loop only. */
final class CommitTargets {
    private static final String[] NOT_DELAYED = {
        PropertyNames.TRAN_PREPARED_QUEUE_OFFSET,
        PropertyNames.REAL_TOPIC,
        PropertyNames.REAL_QID,
        PropertyNames.INNER_MULTI_QUEUE_OFFSET
    };
    private static final String[] TIMED = {
        PropertyNames.TRAN_PREPARED_QUEUE_OFFSET, PropertyNames.INNER_MULTI_QUEUE_OFFSET
    };
    private static final String[] DELAYED = {
        PropertyNames.TRAN_PREPARED_QUEUE_OFFSET,
        PropertyNames.DELAY,
        PropertyNames.TIMER_DELAY_SEC,
        PropertyNames.TIMER_DELAY_MS,
        PropertyNames.TIMER_DELIVER_MS,
        PropertyNames.INNER_MULTI_QUEUE_OFFSET
    };

    private final Topics topics;
    private final int delayLevels;
    private final Timers timers;
    private final LongSupplier clock;

    /**
     * Targets among a group's topics.
     *
     * @param delayLevels number of delay levels; messages of higher levels get the last one
     * @param timers plans deliveries at other times
     * @param clock milliseconds since the epoch
     */
    CommitTargets(Topics topics, int delayLevels, Timers timers, LongSupplier clock) {
        this.topics = topics;
        this.delayLevels = delayLevels;
        this.timers = timers;
        this.clock = clock;
    }

    /** Where the message of a half message goes, to be proposed at once; refuses the request if its topic is gone. */
    CommitTarget of(MessageView half, HalfProperties properties) {
        TopicQueue queue = queue(properties.topic(null), properties.queueId());
        int level = Math.min(delayLevel(half), delayLevels);
        long position = half.physicalOffset();
        if (level > 0) {
            TopicQueue waiting = queue(TopicNames.SCHEDULE, level - 1);
            Map<String, String> delay = Map.of(PropertyNames.DELAY, Integer.toString(level));
            return new CommitTarget(waiting, DELAYED, delay, position);
        }
        long now = clock.getAsLong();
        TimerTimes.Plan plan = timers.planAccepted(half, now);
        if (plan == null) {
            return new CommitTarget(queue, NOT_DELAYED, Map.of(), position);
        }
        Map<String, String> time = Map.of(PropertyNames.TIMER_OUT_MS, Long.toString(plan.outMs()));
        return new CommitTarget(timers.queue(), TIMED, time, timers.code(plan, now));
    }

    private TopicQueue queue(String name, int queueId) {
        Topic topic = topics.find(name);
        TopicQueue queue = topic == null || topic.deleting() ? null : topic.queue(queueId);
        if (topic != null && queue == null && !topic.deleting()) {
            queue = topic.queue(0);
        }
        if (queue == null) {
            throw new RequestException(
                    ResponseCode.TOPIC_NOT_EXIST, "the topic " + name + " of the half message does not exist any more");
        }
        return queue;
    }

    private static int delayLevel(MessageView half) {
        int[] level = {0};
        MessageProperties.scan(
                half.buffer(),
                half.propertiesAt(),
                half.propertiesLength(),
                (buffer, nameAt, nameLength, valueLength) -> {
                    if (MessageProperties.matches(buffer, nameAt, nameLength, PropertyNames.DELAY)) {
                        level[0] = MessageProperties.number(
                                buffer, MessageProperties.valueAt(nameAt, nameLength), valueLength, 0);
                    }
                    return true;
                });
        return level[0];
    }
}
