package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One level: its queue in the schedule topic, and how far it is delivered. Loop only. */
final class DelayLevel implements DeliverySource {
    private static final Logger LOG = LoggerFactory.getLogger(DelayLevel.class);
    private static final int UNREADABLE_PAUSE_MS = 1_000;

    private final int level;
    private final long delayMs;
    private final BrokerState state;
    private final DeliveryTargets targets;
    private final LongSupplier clock;
    private final String name;
    private @Nullable DeliveryPipeline pipeline;
    private @Nullable Alarm alarm;
    /** Queue offset of the next message to take. */
    private long next;

    DelayLevel(int level, long delayMs, BrokerState state, DeliveryTargets targets, LongSupplier clock) {
        this.level = level;
        this.delayMs = delayMs;
        this.state = state;
        this.targets = targets;
        this.clock = clock;
        this.name = "level " + level;
    }

    /** What delivers it and what wakes it. */
    void bind(DeliveryPipeline delivers, Alarm wakes) {
        pipeline = delivers;
        alarm = wakes;
    }

    private DeliveryPipeline pipeline() {
        return Objects.requireNonNull(pipeline);
    }

    private Alarm alarm() {
        return Objects.requireNonNull(alarm);
    }

    /** This member leads. */
    void begin() {
        pipeline().begin();
    }

    /** This member leads no more. */
    void end() {
        pipeline().end();
        alarm().cancel();
    }

    /** A message that was stored at this time came into the queue. */
    void appended(long storedMs) {
        if (!alarm().armed() && pipeline().idle()) {
            alarm().at(storedMs + delayMs);
        }
    }

    /** Delivers what is due. */
    void wake() {
        pipeline().pump();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void rewind() {
        next = state.schedule().next(level);
    }

    @Override
    public void fill(DeliveryBatch batch) {
        Topic topic = state.topics().find(TopicNames.SCHEDULE);
        TopicQueue queue = topic == null ? null : topic.queue(level - 1);
        if (queue == null || next >= queue.maxOffset()) {
            return;
        }
        long min = queue.minOffset();
        if (next < min) {
            // Retention deleted messages that were never delivered; the level continues at the first that is left.
            LOG.warn("{}: {} delayed messages were removed before they were due", name, min - next);
            next = min;
            batch.progress(min);
            return;
        }
        try {
            long nowMs = clock.getAsLong();
            queue.log().read(next, DeliveryBatch.MAX_MESSAGES, (queueOffset, position, size, storedMs) -> {
                // A unit of an earlier broker holds the time of delivery itself.
                long dueMs = position < state.originEnd() ? storedMs : storedMs + delayMs;
                // A clock that once ran ahead must not hold messages back longer than their delay.
                boolean due = dueMs <= nowMs || dueMs > nowMs + delayMs;
                if (!due) {
                    alarm().at(dueMs);
                }
                if (!due || !batch.hasRoomFor(size)) {
                    return false;
                }
                batch.add(position, size, queueOffset);
                next = queueOffset + 1;
                return true;
            });
        } catch (StoreException failure) {
            LOG.warn("{}: cannot read its queue: {}", name, failure.getMessage());
            alarm().in(UNREADABLE_PAUSE_MS);
        }
    }

    @Override
    public boolean decide(DeliveryBatch batch, Runnable again) {
        return targets.decide(batch, name, again);
    }

    @Override
    public void edit(MessageCopy copy, MessageView message, DeliveryBatch batch, int item) {
        copy.of(
                message,
                clock.getAsLong(),
                PropertyNames.DELAY,
                PropertyNames.TIMER_DELIVER_MS,
                PropertyNames.TIMER_DELAY_SEC,
                PropertyNames.INNER_MULTI_QUEUE_OFFSET);
    }

    @Override
    public byte kind() {
        return BrokerEntry.SCHEDULED_DELIVERY;
    }

    @Override
    public int headBytes(DeliveryBatch batch) {
        return BrokerEntry.DELIVERY_HEADER_BYTES;
    }

    @Override
    public void writeHead(ByteBuf target, DeliveryBatch batch, int messageBytes) {
        long reached = batch.count() > 0
                ? (long) batch.unit(batch.count() - 1) + 1
                : (long) Objects.requireNonNull(batch.progress());
        BrokerEntry.writeDeliveryHeader(target, level, reached, messageBytes);
    }

    @Override
    public void delivered(DeliveryBatch batch, int messages) {}
}
