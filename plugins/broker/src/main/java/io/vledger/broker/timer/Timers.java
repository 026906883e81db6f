package io.vledger.broker.timer;

import io.vledger.api.rpc.RequestException;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.Permission;
import io.vledger.protocol.ResponseCode;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What others need to store a message that is delivered later: the plan of its delivery, the queue in which it waits, and the number that
 * it must have in place of the position of a half message. Loop only, on a leader.
 */
public final class Timers {
    private final BrokerState state;
    private final TimerState timers;
    private final TimerTimes times;
    private final long rollMs;
    private final Recalls recalls = new Recalls();
    /** Time of the last unit whose delivery was proposed. */
    private long proposedMs;
    /** The latest time at which a message was given a number. */
    private long latestMs;
    /** Messages that were given a number and may not be applied yet: queue offset of the last of a millisecond, and when that was. */
    private final ArrayDeque<long[]> underWay = new ArrayDeque<>();

    /**
     * For one group.
     *
     * @param rollMs how long a message waits at most before it is stored again, so that retention does not reach it
     */
    public Timers(BrokerState state, TimerTimes times, long rollMs) {
        this.state = state;
        this.timers = state.part(TimerState.class);
        this.times = times;
        this.rollMs = rollMs;
    }

    /** The rules. */
    public TimerTimes times() {
        return times;
    }

    /** What is recalled. */
    Recalls recalls() {
        return recalls;
    }

    /** The text by which a producer can recall a message that waits. */
    public static String handle(String broker, String topic, TimerTimes.Plan plan, String uniqueKey) {
        return new RecallHandle(topic, broker, plan.outMs() + 1, uniqueKey).text();
    }

    /** Creates the topic in which timers wait, if an earlier version began this group. */
    void ensureTopic(MetadataProposals metadata) {
        metadata.ensureTopic(TopicConfig.of(TopicNames.TIMER, 1, Permission.READ_WRITE), outcome -> {});
    }

    /** The queue in which timers wait. */
    public TopicQueue queue() {
        Topic topic = state.topics().find(TopicNames.TIMER);
        TopicQueue queue = topic == null ? null : topic.queue(0);
        if (queue == null) {
            throw new RequestException(ResponseCode.SYSTEM_ERROR, "there is no topic " + TopicNames.TIMER + " yet");
        }
        return queue;
    }

    /**
     * Plans the delivery of a message that a producer sends; see {@link TimerTimes#plan}.
     *
     * @throws RequestException also if too many are due in that minute
     */
    public TimerTimes.@Nullable Plan plan(TimerTimes.Wish wish, long nowMs) {
        TimerTimes.Plan plan = times.plan(wish, nowMs);
        if (plan == null) {
            return null;
        }
        if (timers.buckets().count(TimerBuckets.minuteOf(plan.dueMs())) >= times.maxEachMinute()) {
            throw new RequestException(
                    ResponseCode.SYSTEM_ERROR,
                    "timer message is under flow control, as many as timerCongestNumEachSlot allows are due in that"
                            + " minute");
        }
        if (plan.recall() && plan.dueMs() < Math.max(reachedMs(), latestMs)) {
            throw new RequestException(
                    ResponseCode.ILLEGAL_OPERATION, "recall failed, messages of that second are being delivered");
        }
        return plan;
    }

    /** Plans the delivery of a message that was accepted before; null for at once. See {@link TimerTimes#planAccepted}. */
    public TimerTimes.@Nullable Plan planAccepted(MessageView message, long nowMs) {
        return times.planAccepted(message, nowMs);
    }

    /**
     * The number that a message which waits has in place of the position of a half message. The message is to be proposed before this is
     * called again; it may be refused.
     */
    public long code(TimerTimes.Plan plan, long nowMs) {
        return code(plan.dueMs(), plan.recall(), nowMs);
    }

    /** The same for a time: now or in the future, and not before what is being delivered. */
    long code(long dueMs, boolean recall, long nowMs) {
        latestMs = Math.max(latestMs, nowMs);
        long queueOffset = state.cursors().next(queue());
        long[] last = underWay.peekLast();
        if (last != null && last[1] == latestMs) {
            last[0] = queueOffset;
        } else {
            underWay.addLast(new long[] {queueOffset, latestMs});
        }
        long actMs = Math.min(dueMs, nowMs + rollMs);
        return TimerUnit.code(Math.max(actMs, Math.max(reachedMs(), latestMs)), recall);
    }

    /**
     * Up to which time everything that is due is known: a message that is proposed and not applied may be due at any time after it was
     * proposed, and delivery must not get ahead of it.
     */
    long knownUntil(long nowMs) {
        if (underWay.isEmpty()) {
            return nowMs;
        }
        TopicQueue queue = queue();
        long applied = queue.maxOffset();
        while (!underWay.isEmpty() && underWay.getFirst()[0] < applied) {
            underWay.removeFirst();
        }
        long proposed = state.cursors().next(queue);
        if (underWay.isEmpty() || applied == proposed) {
            return nowMs;
        }
        return Math.min(nowMs, underWay.getFirst()[1]);
    }

    /** This member begins to lead. */
    void begin() {
        underWay.clear();
        recalls.clear();
    }

    private long reachedMs() {
        return Math.max(proposedMs, timers.deliveredMs());
    }

    /** The delivery of everything up to this time is proposed. */
    void proposed(long timeMs) {
        proposedMs = timeMs;
    }
}
