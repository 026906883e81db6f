package io.vledger.broker.transaction;

import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.broker.group.LightOffsets;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import io.vledger.protocol.message.SysFlag;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Proposes outcomes of half messages, each with what follows from it as one part of an entry. A half message has at most one proposal
 * under way: {@link #underWay} must be asked before each. To be registered with the state. Loop only.
 */
final class OutcomeProposals implements BrokerListener {
    private final Group group;
    private final BrokerState state;
    private final TransactionTraffic traffic;
    private final LongSupplier clock;
    private final MessageCopy copy;
    private final OpMessage op;
    private final LightOffsets lights;
    /** Queue offsets of the half messages with a proposal of this leadership. */
    private Set<Long> underWay = new HashSet<>();

    /**
     * Proposals of a group's member.
     *
     * @param lights gives out queue offsets of light queues
     * @param storeHost this node's address as messages have it
     * @param traffic counts the outcomes
     * @param clock milliseconds since the epoch
     */
    OutcomeProposals(
            Group group,
            BrokerState state,
            LightOffsets lights,
            byte[] storeHost,
            TransactionTraffic traffic,
            LongSupplier clock) {
        this.lights = lights;
        this.group = group;
        this.state = state;
        this.traffic = traffic;
        this.clock = clock;
        this.copy = new MessageCopy(state.cursors());
        this.op = new OpMessage(state.cursors(), storeHost);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        underWay = new HashSet<>();
    }

    /** Whether an outcome of a half message is proposed and not applied. */
    boolean underWay(long queueOffset) {
        return underWay.contains(queueOffset);
    }

    /**
     * Commits: stores the message in its queue, or where it waits for its time.
     *
     * @param message the half message as it is stored
     * @param target where it goes
     */
    @Nullable
    Refusal commit(OpenHalf half, MessageView message, CommitTarget target, Completion done) {
        long now = clock.getAsLong();
        copy.of(message, now, target.dropped());
        target.added().forEach(copy::property);
        copy.sysFlag((message.sysFlag() & ~SysFlag.TRANSACTION_MASK) | SysFlag.TRANSACTION_COMMIT);
        copy.preparedOffset(target.preparedOffset());
        LightOffsets.Plan plan = lights.plan();
        String offsets = plan.deliver(message, target.queue().topic());
        if (plan.refusal() != null) {
            return plan.refusal();
        }
        if (!offsets.isEmpty()) {
            copy.property(PropertyNames.INNER_MULTI_QUEUE_OFFSET, offsets);
        }
        int bytes = copy.size(target.queue());
        return settle(Outcome.COMMITTED, half, target.queue(), plan::take, outcome -> {
            if (outcome == null) {
                traffic.committed(half.topic(), bytes, clock.getAsLong() - half.bornMs());
            }
            done.done(outcome);
        });
    }

    /** Rolls back: stores the mark in the op topic. */
    @Nullable
    Refusal rollBack(OpenHalf half, Completion done) {
        return settle(Outcome.ROLLED_BACK, half, null, () -> {}, outcome -> {
            if (outcome == null) {
                traffic.rolledBack(half.topic());
            }
            done.done(outcome);
        });
    }

    /**
     * Gives a half message up.
     *
     * @param message as it is stored; null if it cannot be read any more
     * @param target where it goes
     */
    @Nullable
    Refusal giveUp(OpenHalf half, @Nullable MessageView message, TopicQueue target, Completion done) {
        if (message != null) {
            copy.of(message, clock.getAsLong());
        }
        return settle(Outcome.GIVEN_UP, half, message == null ? null : target, () -> {}, done);
    }

    /**
     * Stores a half message again as the newest one.
     *
     * @param checks how often its producer will have been asked
     * @return null, or why it was refused
     */
    @Nullable
    Refusal move(OpenHalf half, MessageView message, int checks, Completion done) {
        copy.of(
                message,
                clock.getAsLong(),
                PropertyNames.TRANSACTION_CHECK_TIMES,
                PropertyNames.TRAN_PREPARED_QUEUE_OFFSET);
        if (checks > 0) {
            copy.property(PropertyNames.TRANSACTION_CHECK_TIMES, Integer.toString(checks));
        }
        copy.property(PropertyNames.TRAN_PREPARED_QUEUE_OFFSET, Long.toString(half.first()));
        return settle(Outcome.MOVED, half, halfQueue(), () -> {}, done);
    }

    /**
     * Stores a message that was given up as a half message again.
     *
     * @param first the first place of the half message that it was; -1 if that is not known
     * @return null, or why it was refused
     */
    @Nullable
    Refusal putBack(MessageView message, long first, Completion done) {
        copy.of(
                message,
                clock.getAsLong(),
                PropertyNames.TRANSACTION_CHECK_TIMES,
                PropertyNames.TRAN_PREPARED_QUEUE_OFFSET);
        copy.property(PropertyNames.TRANSACTION_CHECK_TIMES, "0");
        if (first >= 0) {
            copy.property(PropertyNames.TRAN_PREPARED_QUEUE_OFFSET, Long.toString(first));
        }
        TopicQueue target = halfQueue();
        Refusal refusal = group.begin(BrokerEntry.MESSAGES, BrokerEntry.VERSION, copy.size(target));
        if (refusal == null) {
            copy.write(group.buffer(), target, group.bufferPosition());
            group.submit(done);
        }
        return refusal;
    }

    private @Nullable Refusal settle(
            Outcome outcome, OpenHalf half, @Nullable TopicQueue target, Runnable begun, Completion done) {
        boolean marked = outcome == Outcome.COMMITTED || outcome == Outcome.ROLLED_BACK;
        TopicQueue marks = marked ? queue(TopicNames.OP_HALF) : null;
        int bytes = target == null ? 0 : copy.size(target);
        bytes += marks == null ? 0 : op.of(half.queueOffset(), marks, clock.getAsLong());
        Refusal refusal = group.begin(
                Transactions.SETTLED, BrokerEntry.VERSION, PartEntry.bytes(Transactions.HEADER_BYTES, bytes));
        if (refusal != null) {
            return refusal;
        }
        begun.run();
        PartEntry.beginHeader(group.buffer(), Transactions.HEADER_BYTES);
        group.buffer().writeByte(outcome.number()).writeLong(half.queueOffset());
        PartEntry.beginMessages(group.buffer(), bytes);
        if (target != null) {
            copy.write(group.buffer(), target, group.bufferPosition());
        }
        if (marks != null) {
            op.write(group.buffer(), marks, group.bufferPosition());
        }
        Set<Long> mine = underWay;
        mine.add(half.queueOffset());
        group.submit(refused -> {
            mine.remove(half.queueOffset());
            done.done(refused);
        });
        return null;
    }

    /** The queue of half messages. */
    TopicQueue halfQueue() {
        return queue(TopicNames.HALF);
    }

    private TopicQueue queue(String name) {
        Topic topic = state.topics().find(name);
        TopicQueue queue = topic == null ? null : topic.queue(0);
        if (queue == null) {
            throw new IllegalStateException("there is no queue 0 of the topic " + name);
        }
        return queue;
    }
}
