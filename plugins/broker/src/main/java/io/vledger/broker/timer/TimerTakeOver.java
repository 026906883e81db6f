package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.GroupRole;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * On a leader, stores an earlier broker's timers again, so that they wait here like those of clients: with the time that they were to be
 * delivered at, also if that is past. Nothing is delivered until all are there, so that each comes in its turn. Loop only.
 */
final class TimerTakeOver implements BrokerListener, DeliverySource {
    private static final Logger LOG = LoggerFactory.getLogger(TimerTakeOver.class);
    private static final int UNREADABLE_PAUSE_MS = 1_000;

    private final TimerState state;
    private final Timers timers;
    private final LongSupplier clock;
    private final Runnable finished;
    private final DeliveryPipeline pipeline;
    private final Alarm alarm;
    private final MessageView view = new MessageView();
    /** Queue offset of the next message to take. */
    private long next;

    /**
     * For one group.
     *
     * @param clock milliseconds since the epoch
     * @param finished run once nothing is left
     */
    TimerTakeOver(TimerParts.Broker broker, Timers timers, LongSupplier clock, Runnable finished) {
        this.state = broker.state().part(TimerState.class);
        this.timers = timers;
        this.clock = clock;
        this.finished = finished;
        this.pipeline = new DeliveryPipeline(broker, clock, this);
        this.alarm = new Alarm(broker.group(), clock, pipeline::pump);
    }

    /** Whether all are there. */
    boolean done() {
        return !state.origin().hasMore();
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        if (role == GroupRole.LEADER && !done()) {
            LOG.info(
                    "taking over {} timers of the earlier broker",
                    state.origin().left());
            pipeline.begin();
        } else {
            pipeline.end();
            alarm.cancel();
        }
    }

    @Override
    public String name() {
        return "timers of the earlier broker";
    }

    @Override
    public void rewind() {
        next = 0;
    }

    @Override
    public void fill(DeliveryBatch batch) {
        TopicQueue queue = timers.queue();
        try {
            while (batch.count() < DeliveryBatch.MAX_MESSAGES) {
                OriginTimers.Run run = state.origin().from(next);
                if (run == null) {
                    return;
                }
                boolean[] full = new boolean[1];
                int wanted = (int) Math.min(run.count(), DeliveryBatch.MAX_MESSAGES - batch.count());
                int visited = queue.log().read(run.first(), wanted, (queueOffset, position, size, code) -> {
                    if (!batch.hasRoomFor(size)) {
                        full[0] = true;
                        return false;
                    }
                    batch.add(position, size, queueOffset);
                    next = queueOffset + 1;
                    return true;
                });
                if (full[0]) {
                    return;
                }
                if (visited == 0) {
                    // Retention of the old log was quicker.
                    next = run.first() + run.count();
                    batch.progress(next);
                    LOG.warn(
                            "{} timers of the earlier broker, from queue offset {} on, are gone",
                            run.count(),
                            run.first());
                }
            }
        } catch (StoreException failure) {
            LOG.warn("the queue of the earlier broker's timers cannot be read: {}", failure.getMessage());
            alarm.in(UNREADABLE_PAUSE_MS);
        }
    }

    @Override
    public boolean decide(DeliveryBatch batch, Runnable again) {
        for (int item = 0; item < batch.count(); item++) {
            batch.target(item, batch.show(item, view) ? timers.queue() : null);
        }
        return true;
    }

    @Override
    public void edit(MessageCopy copy, MessageView message, DeliveryBatch batch, int item) {
        long nowMs = clock.getAsLong();
        copy.of(message, nowMs).preparedOffset(timers.code(timers.times().dueMs(message, nowMs), false, nowMs));
    }

    @Override
    public byte kind() {
        return TimerState.TIMERS_TAKEN_OVER;
    }

    @Override
    public int headBytes(DeliveryBatch batch) {
        return PartEntry.bytes(Long.BYTES, 0);
    }

    @Override
    public void writeHead(ByteBuf target, DeliveryBatch batch, int messageBytes) {
        @Nullable Object progress = batch.progress();
        long reached =
                batch.count() > 0 ? (long) batch.unit(batch.count() - 1) + 1 : (long) Objects.requireNonNull(progress);
        PartEntry.beginHeader(target, Long.BYTES);
        target.writeLong(reached);
        PartEntry.beginMessages(target, messageBytes);
    }

    @Override
    public void delivered(DeliveryBatch batch, int messages) {
        if (done()) {
            LOG.info("the earlier broker's timers are taken over");
            finished.run();
        }
    }
}
