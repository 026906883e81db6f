package io.vledger.broker.send;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.group.MessageReader;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On a leader, checks the head of each level's queue every {@value #CHECK_MS} ms and delivers what is due, one message at a
 * time for each level, the next as soon as the one before is applied. Loop only.
 */
public final class DelayDelivery implements BrokerListener {
    private static final Logger LOG = LoggerFactory.getLogger(DelayDelivery.class);
    private static final int CHECK_MS = 100;

    private final Group group;
    private final BrokerState state;
    private final MetadataProposals metadata;
    private final MessageReader reader;
    private final DelayLevels levels;
    private final LongSupplier clock;
    private final boolean[] busy;
    private final MessageCopy copy;
    private final MessageView view = new MessageView();
    private boolean ticking;
    private long headPosition;
    private long headStoredMs;

    /** For one group; to be registered with the state. The clock gives milliseconds since the epoch. */
    public DelayDelivery(
            Group group,
            BrokerState state,
            MetadataProposals metadata,
            MessageReader reader,
            DelayLevels levels,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.metadata = metadata;
        this.reader = reader;
        this.levels = levels;
        this.clock = clock;
        this.copy = new MessageCopy(state.cursors());
        this.busy = new boolean[levels.count() + 1];
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        if (role == GroupRole.LEADER) {
            arm();
        }
    }

    private void arm() {
        if (!ticking) {
            ticking = true;
            group.schedule(CHECK_MS, this::tick);
        }
    }

    private void tick() {
        ticking = false;
        if (!state.leads()) {
            return;
        }
        for (int level = 1; level <= levels.count(); level++) {
            advance(level);
        }
        arm();
    }

    private void advance(int level) {
        Topic topic = state.topics().find(TopicNames.SCHEDULE);
        TopicQueue queue = topic == null ? null : topic.queue(level - 1);
        long next = state.schedule().next(level);
        if (busy[level] || queue == null || next >= queue.maxOffset() || group.refusal() != null) {
            return;
        }
        if (next < queue.minOffset()) {
            // Retention deleted messages that were never delivered; the level continues at the first that is left.
            LOG.warn(
                    "level {}: {} delayed messages were removed before they were due", level, queue.minOffset() - next);
            skipTo(level, queue.minOffset());
            return;
        }
        try {
            queue.log().read(next, 1, (queueOffset, position, size, storedMs) -> {
                headPosition = position;
                headStoredMs = storedMs;
                return false;
            });
        } catch (StoreException failure) {
            LOG.warn("level {}: cannot read its queue: {}", level, failure.getMessage());
            return;
        }
        if (!due(level)) {
            return;
        }
        busy[level] = true;
        reader.read(headPosition, (message, failure) -> {
            if (failure != null) {
                // It is repaired from another member, or an operator must act: skipping would lose it.
                LOG.warn("level {}: the message at queue offset {} waits: {}", level, next, failure.getMessage());
                busy[level] = false;
            } else {
                deliver(level, next, message);
            }
        });
    }

    private boolean due(int level) {
        long now = clock.getAsLong();
        long delayMs = levels.delayMs(level);
        // A unit of an earlier broker holds the time of delivery itself.
        long dueMs = headPosition < state.originEnd() ? headStoredMs : headStoredMs + delayMs;
        // A clock that once ran ahead must not hold messages back longer than their delay.
        return dueMs <= now || dueMs > now + delayMs;
    }

    private void deliver(int level, long queueOffset, @Nullable ByteBuf message) {
        if (message == null) {
            LOG.warn("level {}: the message at queue offset {} cannot be read; it is skipped", level, queueOffset);
            skipTo(level, queueOffset + 1);
            return;
        }
        String wrong = view.wrap(message, 0, message.readableBytes());
        String realTopic = wrong == null ? view.property(PropertyNames.REAL_TOPIC) : null;
        boolean known = realTopic != null && state.topics().find(realTopic) != null;
        if (realTopic == null || !(known || SystemNames.validTopic(realTopic)) || !SystemNames.sendAllowed(realTopic)) {
            LOG.warn("level {}: the message at queue offset {} names no topic; it is skipped", level, queueOffset);
            message.release();
            skipTo(level, queueOffset + 1);
            return;
        }
        boolean creatable = SystemNames.retryTopic(realTopic) || SystemNames.deadLetterTopic(realTopic);
        Topic topic = state.topics().find(realTopic);
        if (topic == null && !creatable) {
            LOG.warn(
                    "level {}: the topic {} of a delayed message was deleted; the message is skipped",
                    level,
                    realTopic);
            message.release();
            skipTo(level, queueOffset + 1);
            return;
        }
        TopicConfig wanted = topic != null ? topic.config() : TopicConfig.of(realTopic, 1, Permission.READ_WRITE);
        metadata.ensureTopic(wanted, outcome -> {
            try {
                if (outcome == null) {
                    propose(level, queueOffset, message, realTopic);
                } else {
                    busy[level] = false;
                }
            } finally {
                message.release();
            }
        });
    }

    private void propose(int level, long queueOffset, ByteBuf message, String realTopic) {
        view.wrap(message, 0, message.readableBytes());
        Topic topic = state.topics().find(realTopic);
        TopicQueue queue = topic == null ? null : topic.queue(realQueue());
        if (topic != null && queue == null) {
            queue = topic.queue(0);
        }
        if (topic == null || queue == null || topic.deleting()) {
            busy[level] = false;
            return;
        }
        copy.of(
                view,
                clock.getAsLong(),
                PropertyNames.DELAY,
                PropertyNames.TIMER_DELIVER_MS,
                PropertyNames.TIMER_DELAY_SEC);
        int size = copy.size(queue);
        Refusal refusal = group.begin(
                BrokerEntry.SCHEDULED_DELIVERY, BrokerEntry.VERSION, BrokerEntry.DELIVERY_HEADER_BYTES + size);
        if (refusal != null) {
            busy[level] = false;
            return;
        }
        BrokerEntry.writeDeliveryHeader(group.buffer(), level, queueOffset + 1, size);
        copy.write(group.buffer(), queue, group.bufferPosition());
        group.submit(done(level));
    }

    private int realQueue() {
        String text = view.property(PropertyNames.REAL_QID);
        if (text == null || text.isEmpty() || text.length() > 6 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Integer.parseInt(text);
    }

    private void skipTo(int level, long queueOffset) {
        busy[level] = true;
        Refusal refusal =
                group.begin(BrokerEntry.SCHEDULED_DELIVERY, BrokerEntry.VERSION, BrokerEntry.DELIVERY_HEADER_BYTES);
        if (refusal != null) {
            busy[level] = false;
            return;
        }
        BrokerEntry.writeDeliveryHeader(group.buffer(), level, queueOffset, 0);
        group.submit(done(level));
    }

    private Completion done(int level) {
        return outcome -> {
            busy[level] = false;
            if (outcome == null && state.leads()) {
                // Not from within the completion: listeners are still hearing of what was applied.
                group.execute(() -> {
                    if (state.leads()) {
                        advance(level);
                    }
                });
            }
        };
    }
}
