package io.vledger.broker.transaction;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.config.Settings;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import java.io.UncheckedIOException;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On a leader, goes through the half messages without an outcome in each interval: stores those that are due for a check again as the newest
 * half message, so that the old ones do not hold back what is before them, and has their producer asked; gives up those that were checked
 * too often. To be registered with the state. Loop only.
 */
final class TransactionChecks implements BrokerListener {
    private static final Logger LOG = LoggerFactory.getLogger(TransactionChecks.class);
    /** Half messages that are read or stored again at the same time. */
    private static final int MAX_UNDER_WAY = 16;
    /** Half messages that are looked at in one turn of the loop. */
    private static final int STEP = 10_000;

    private static final long MOVE_AFTER_MS = 60_000;

    private final Group group;
    private final BrokerState state;
    private final Transactions transactions;
    private final OutcomeProposals proposals;
    private final MetadataProposals metadata;
    private final MessageReader reader;
    private final CheckSchedule schedule;
    private final LongConsumer asker;
    private final MessageView view = new MessageView();
    private @Nullable Pass pass;
    private long term = -1;

    /**
     * When checks are made.
     *
     * @param settings say which half messages are due, and how long it is from one pass to the next
     * @param clock milliseconds since the epoch
     * @param progress is shown after each
     * @param newestFile where the newest file of the log begins
     */
    record CheckSchedule(Settings settings, LongSupplier clock, CheckProgress progress, LongSupplier newestFile) {}

    /**
     * Checks of a group's member.
     *
     * @param asker has the producer of the half message at a position asked
     */
    TransactionChecks(
            Group group,
            BrokerState state,
            OutcomeProposals proposals,
            MetadataProposals metadata,
            MessageReader reader,
            CheckSchedule schedule,
            LongConsumer asker) {
        this.group = group;
        this.state = state;
        this.transactions = state.part(Transactions.class);
        this.proposals = proposals;
        this.metadata = metadata;
        this.reader = reader;
        this.schedule = schedule;
        this.asker = asker;
    }

    @Override
    public void roleChanged(GroupRole role, long newTerm) {
        pass = null;
        term = newTerm;
        if (role == GroupRole.LEADER) {
            arm(newTerm);
        }
    }

    private void arm(long ofTerm) {
        group.schedule(schedule.settings.transactions().checkIntervalMs(), () -> {
            if (state.leads() && term == ofTerm) {
                schedule.progress.report();
                if (pass == null) {
                    begin();
                }
                arm(ofTerm);
            }
        });
    }

    private void begin() {
        if (transactions.openCount() > 0 && group.refusal() == null) {
            Pass begun = new Pass(proposals.halfQueue().maxOffset());
            pass = begun;
            begun.advance();
        }
    }

    /** Where the oldest half message without an outcome lies; {@link Long#MAX_VALUE} if there is none, 0 if that cannot be read. */
    long neededFrom() {
        OpenHalf oldest = transactions.nextOpen(0);
        if (oldest == null) {
            return Long.MAX_VALUE;
        }
        try {
            long position = QueueTimes.positionOf(proposals.halfQueue(), oldest.queueOffset());
            return position < 0 ? Long.MAX_VALUE : position;
        } catch (UncheckedIOException failure) {
            return 0;
        }
    }

    /** The half message at a position was stored there to be checked. */
    private void moved(long queueOffset) {
        try {
            asker.accept(QueueTimes.positionOf(proposals.halfQueue(), queueOffset));
        } catch (UncheckedIOException failure) {
            LOG.warn("the half message at queue offset {} is checked later: {}", queueOffset, failure.getMessage());
        }
    }

    /** One walk over the half messages that were there when it began. */
    private final class Pass {
        private final long end;
        private final long nowMs = schedule.clock.getAsLong();
        private final CheckRules rules = CheckRules.of(schedule.settings);
        private final long newestFile = schedule.newestFile.getAsLong();
        private long next;
        private int underWay;
        private boolean advancing;

        Pass(long end) {
            this.end = end;
        }

        void advance() {
            if (pass != this || advancing) {
                return;
            }
            advancing = true;
            int looked = 0;
            boolean over = false;
            while (!over && underWay < MAX_UNDER_WAY && looked++ < STEP) {
                OpenHalf half = transactions.nextOpen(next);
                over = half == null || half.queueOffset() >= end || group.refusal() != null;
                if (!over && half != null) {
                    next = half.queueOffset() + 1;
                    CheckRules.Verdict verdict = verdict(half);
                    if (verdict != CheckRules.Verdict.WAIT && !proposals.underWay(half.queueOffset())) {
                        underWay++;
                        read(half, verdict);
                    }
                }
            }
            advancing = false;
            if (over && underWay == 0) {
                pass = null;
            } else if (looked > STEP) {
                group.execute(this::advance);
            }
        }

        /** One that waits for long moves into the newest file of the log, so that it does not keep the older ones. */
        private CheckRules.Verdict verdict(OpenHalf half) {
            CheckRules.Verdict verdict = rules.of(half, nowMs);
            if (verdict == CheckRules.Verdict.WAIT && nowMs - half.bornMs() > MOVE_AFTER_MS) {
                try {
                    long position = QueueTimes.positionOf(proposals.halfQueue(), half.queueOffset());
                    return position >= 0 && position < newestFile ? CheckRules.Verdict.MOVE : verdict;
                } catch (UncheckedIOException failure) {
                    LOG.debug("the half message at queue offset {}: {}", half.queueOffset(), failure.getMessage());
                }
            }
            return verdict;
        }

        private void read(OpenHalf half, CheckRules.Verdict verdict) {
            long position;
            try {
                position = QueueTimes.positionOf(proposals.halfQueue(), half.queueOffset());
            } catch (UncheckedIOException failure) {
                waits(half, failure);
                return;
            }
            reader.read(position, (message, failure) -> {
                if (failure != null) {
                    waits(half, failure);
                } else {
                    withMessage(half, verdict, message);
                }
            });
        }

        /** It is repaired from another member, or an operator must act. */
        private void waits(OpenHalf half, Exception failure) {
            LOG.warn("the half message at queue offset {} waits: {}", half.queueOffset(), failure.getMessage());
            done();
        }

        private void withMessage(OpenHalf half, CheckRules.Verdict verdict, @Nullable ByteBuf message) {
            if (verdict == CheckRules.Verdict.GIVE_UP) {
                giveUp(half, message);
                return;
            }
            if (message == null) {
                LOG.warn("the half message at queue offset {} is not in the log", half.queueOffset());
                done();
                return;
            }
            if (stillOpen(half) && view.wrap(message, message.readerIndex(), message.readableBytes()) == null) {
                long stored = state.cursors().next(proposals.halfQueue());
                boolean check = verdict == CheckRules.Verdict.CHECK;
                submitted(proposals.move(half, view, half.checks() + (check ? 1 : 0), outcome -> {
                    if (check && outcome == null) {
                        moved(stored);
                    }
                    done();
                }));
            } else {
                done();
            }
            message.release();
        }

        private void giveUp(OpenHalf half, @Nullable ByteBuf message) {
            LOG.warn(
                    "the half message {} of topic {} was checked {} times without an outcome; it goes to {}",
                    half.queueOffset(),
                    half.topic(),
                    half.checks(),
                    TopicNames.TRANS_CHECK_MAX_TIME);
            TopicConfig wanted = TopicConfig.of(TopicNames.TRANS_CHECK_MAX_TIME, 1, Permission.READ_WRITE);
            metadata.ensureTopic(wanted, refused -> {
                try {
                    Topic topic = state.topics().find(TopicNames.TRANS_CHECK_MAX_TIME);
                    TopicQueue target = topic == null || topic.deleting() ? null : topic.queue(0);
                    if (refused != null || target == null || !stillOpen(half)) {
                        done();
                    } else {
                        boolean readable = message != null
                                && view.wrap(message, message.readerIndex(), message.readableBytes()) == null;
                        submitted(proposals.giveUp(half, readable ? view : null, target, outcome -> done()));
                    }
                } finally {
                    if (message != null) {
                        message.release();
                    }
                }
            });
        }

        private boolean stillOpen(OpenHalf half) {
            return pass == this
                    && half.equals(transactions.open(half.queueOffset()))
                    && !proposals.underWay(half.queueOffset());
        }

        private void submitted(@Nullable Refusal refusal) {
            if (refusal != null) {
                next = end; // the next pass goes on
                done();
            }
        }

        private void done() {
            underWay--;
            // Not from within a completion: listeners are still hearing of what was applied.
            group.execute(this::advance);
        }
    }
}
