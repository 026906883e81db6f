package io.vledger.api.origin;

import java.util.List;
import java.util.Map;

/**
 * What an old broker knew when it stopped, as far as a group acts on it.
 *
 * @param topics topics, in an order that is the same on all members; their queues have the keys from 1 on
 * @param groups subscription groups
 * @param progress consumer offsets
 * @param delayed for each delay level the queue offset of the first message that is not delivered
 * @param openHalves half messages of transactions that have no outcome, in their order
 * @param timers messages in queue 0 of RocketMQ's timer topic whose time of delivery has not come, in their order
 */
public record InitialState(
        List<OriginTopic> topics,
        List<OriginGroup> groups,
        List<OriginProgress> progress,
        Map<Integer, Long> delayed,
        List<OriginHalf> openHalves,
        List<OriginRun> timers) {

    /** Copies the lists. */
    public InitialState {
        topics = List.copyOf(topics);
        groups = List.copyOf(groups);
        progress = List.copyOf(progress);
        delayed = Map.copyOf(delayed);
        openHalves = List.copyOf(openHalves);
        timers = List.copyOf(timers);
    }

    /** What an old broker knew that had neither transactions nor timers. */
    public InitialState(
            List<OriginTopic> topics,
            List<OriginGroup> groups,
            List<OriginProgress> progress,
            Map<Integer, Long> delayed) {
        this(topics, groups, progress, delayed, List.of(), List.of());
    }

    /**
     * Messages one after the other in a queue.
     *
     * @param first queue offset of the first
     * @param count how many
     */
    public record OriginRun(long first, long count) {}

    /**
     * A half message without an outcome, in queue 0 of RocketMQ's half topic.
     *
     * @param queueOffset its place there
     * @param first its place before it was stored again for the first time; the same if it never was
     * @param bornMs when its producer made it, milliseconds since the epoch
     * @param immunitySeconds age below which it is not checked; -1 if it does not say
     * @param checks how often its producer was asked
     * @param topic the topic that it is for
     */
    public record OriginHalf(
            long queueOffset, long first, long bornMs, int immunitySeconds, int checks, String topic) {}

    /**
     * A topic.
     *
     * @param name its name
     * @param json its configuration as RocketMQ's {@code topics.json} has it
     * @param firstQueueKey key of its queue 0 in the queue index; that of queue n is n more
     * @param maxOffsets for each queue the queue offset that its next message has; there are as many queues as numbers, which
     *     may be more than are configured
     */
    public record OriginTopic(String name, String json, long firstQueueKey, List<Long> maxOffsets) {
        /** Copies the list. */
        public OriginTopic {
            maxOffsets = List.copyOf(maxOffsets);
        }
    }

    /**
     * A subscription group.
     *
     * @param name its name
     * @param json its configuration as RocketMQ's {@code subscriptionGroup.json} has it
     */
    public record OriginGroup(String name, String json) {}

    /**
     * How far a group has consumed a topic.
     *
     * @param group name of the subscription group
     * @param topic name of the topic
     * @param next by queue the queue offset of the next message to consume; -1 where there is none
     */
    public record OriginProgress(String group, String topic, List<Long> next) {
        /** Copies the list. */
        public OriginProgress {
            next = List.copyOf(next);
        }
    }
}
