package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.StateText;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * On a leader, delivers timers when they are due, in the order of their units: to their queue, or to where they wait on if they were not to
 * wait so long in one place. What is recalled is passed over. Loop only.
 */
public final class TimerDelivery implements BrokerListener, DeliverySource {
    /** Units in memory, about: some 15 MiB. */
    private static final int WINDOW_UNITS = 1 << 18;

    private final Group group;
    private final TimerState timerState;
    private final MetadataProposals metadata;
    private final Timers timers;
    private final DeliveryTargets targets;
    private final TimerFigures figures;
    private final LongSupplier clock;
    private final BooleanSupplier mayDeliver;
    private final DeliveryPipeline pipeline;
    private final TimerWindow window;
    private final Alarm alarm;
    private final MessageView view = new MessageView();
    private boolean leads;
    private boolean wakeAsked;
    private long proposedMs;
    private long proposedPosition;
    /** When the batch that is being written was decided. */
    private long decidedMs;

    /**
     * For one group; to be registered with the state.
     *
     * @param clock milliseconds since the epoch
     * @param mayDeliver whether everything that could be recalled or delivered first is known
     */
    TimerDelivery(TimerParts.Broker broker, Timers timers, LongSupplier clock, BooleanSupplier mayDeliver) {
        this.group = broker.group();
        this.timerState = broker.state().part(TimerState.class);
        this.metadata = broker.metadata();
        this.timers = timers;
        this.targets = new DeliveryTargets(broker.state(), metadata);
        this.figures = timerState.figures();
        this.clock = clock;
        this.mayDeliver = mayDeliver;
        this.pipeline = new DeliveryPipeline(broker, clock, this);
        this.window = new TimerWindow(group, broker.state(), WINDOW_UNITS, pipeline::pump);
        this.alarm = new Alarm(group, clock, pipeline::pump);
        timerState.onUnit(this::appended);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        boolean led = leads;
        leads = role == GroupRole.LEADER;
        if (leads) {
            timers.ensureTopic(metadata);
            timers.begin();
            pipeline.begin();
        } else if (led) {
            pipeline.end();
            alarm.cancel();
            window.clear();
        }
    }

    /** Looks again whether something is due. */
    void wake() {
        if (leads) {
            pipeline.pump();
        }
    }

    private void appended(TimerUnit unit, MessageView message) {
        if (!leads) {
            return;
        }
        window.appended(unit);
        long nowMs = clock.getAsLong();
        if (!unit.recall()) {
            figures.appended(TimerState.topicOf(message), nowMs);
            if (message.property(PropertyNames.TIMER_ROLL_TIMES) == null) {
                long dueMs = timers.times().dueMs(message, unit.dueMs());
                figures.delayed(TimerState.topicOf(message), dueMs - message.bornTimestamp());
            }
        }
        TimerUnit next = window.peek();
        boolean waited = next != null && next.dueMs() <= nowMs;
        if (unit.dueMs() > nowMs && !waited) {
            alarm.at(Math.min(unit.dueMs(), Math.max(nowMs, startOf(unit) - TimerWindow.AHEAD_MS)));
        } else if (!wakeAsked) {
            // Listeners are still hearing of what was applied.
            wakeAsked = true;
            group.execute(() -> {
                wakeAsked = false;
                wake();
            });
        }
    }

    private static long startOf(TimerUnit unit) {
        return TimerBuckets.minuteOf(unit.dueMs()) * TimerBuckets.MINUTE_MS;
    }

    @Override
    public String name() {
        return "timers";
    }

    @Override
    public void rewind() {
        window.rewind();
        proposedMs = timerState.deliveredMs();
        proposedPosition = timerState.deliveredPosition();
        timers.proposed(proposedMs);
    }

    @Override
    public void fill(DeliveryBatch batch) {
        if (!mayDeliver.getAsBoolean()) {
            return;
        }
        long nowMs = clock.getAsLong();
        window.ensure(nowMs, alarm);
        long untilMs = timers.knownUntil(nowMs);
        TimerUnit unit = window.peek();
        while (unit != null && unit.dueMs() <= untilMs && batch.hasRoomFor(unit.size())) {
            batch.add(unit.position(), unit.size(), unit);
            window.take();
            unit = window.peek();
        }
        if (batch.count() > 0) {
            figures.taken(((TimerUnit) batch.unit(0)).dueMs());
        }
        if (unit != null && unit.dueMs() > nowMs) {
            alarm.at(unit.dueMs());
        }
    }

    @Override
    public boolean decide(DeliveryBatch batch, Runnable again) {
        if (batch.count() == 0) {
            return true;
        }
        decidedMs = clock.getAsLong();
        TimerUnit last = (TimerUnit) batch.unit(batch.count() - 1);
        if (!last.after(proposedMs, proposedPosition)) {
            // Recalls that an earlier leader came by: they count, and are no progress.
            decideAll(batch, new TreeMap<>());
            batch.pass();
            return true;
        }
        TreeMap<String, Integer> done = new TreeMap<>();
        String missing = decideAll(batch, done);
        if (missing != null) {
            targets.create(missing, again);
            return false;
        }
        proposedMs = last.dueMs();
        proposedPosition = last.position();
        timers.proposed(proposedMs);
        timers.recalls().forgetBefore(proposedMs);
        batch.head(new Head(header(last, done), done));
        return true;
    }

    /** Decides on all messages; returns a topic that must be created first. */
    private @Nullable String decideAll(DeliveryBatch batch, Map<String, Integer> done) {
        for (int item = 0; item < batch.count(); item++) {
            batch.target(item, null);
            TimerUnit unit = (TimerUnit) batch.unit(item);
            if (!batch.show(item, view)) {
                figures.lost(unit);
                continue;
            }
            if (waitsOn(unit)) {
                batch.target(item, timers.queue());
                if (unit.recall()) {
                    continue;
                }
            } else if (unit.recall()) {
                timers.recalls().reached(view);
                continue;
            } else if (!timers.recalls().recalled(view)) {
                String missing = targets.missing(view);
                if (missing != null) {
                    return missing;
                }
                batch.target(item, targets.target(view, "timers", unit));
            }
            done.merge(TimerState.topicOf(view), 1, Integer::sum);
        }
        return null;
    }

    private boolean waitsOn(TimerUnit unit) {
        long dueMs = timers.times().dueMs(view, unit.dueMs());
        return dueMs > unit.dueMs() && dueMs > decidedMs;
    }

    private static ByteBuf header(TimerUnit last, Map<String, Integer> done) {
        ByteBuf header = Unpooled.buffer(64);
        header.writeLong(last.dueMs());
        header.writeLong(last.position());
        header.writeShort(done.size());
        done.forEach((topic, count) -> {
            StateText.write(header, topic);
            header.writeInt(count);
        });
        return header;
    }

    @Override
    public void edit(MessageCopy copy, MessageView message, DeliveryBatch batch, int item) {
        boolean waits =
                Objects.requireNonNull(batch.target(item)).topic().name().equals(TopicNames.TIMER);
        if (waits) {
            TimerUnit unit = (TimerUnit) batch.unit(item);
            copy.of(message, decidedMs, PropertyNames.TIMER_ROLL_TIMES)
                    .property(PropertyNames.TIMER_ROLL_TIMES, Integer.toString(rolls(message) + 1));
            if (copy.tooLong()) {
                copy.of(message, decidedMs);
            }
            long dueMs = timers.times().dueMs(message, unit.dueMs());
            copy.preparedOffset(timers.code(dueMs, unit.recall(), decidedMs));
            return;
        }
        copy.of(
                        message,
                        decidedMs,
                        PropertyNames.TIMER_ENQUEUE_MS,
                        PropertyNames.TIMER_DEQUEUE_MS,
                        PropertyNames.INNER_MULTI_QUEUE_OFFSET)
                .property(PropertyNames.TIMER_ENQUEUE_MS, Long.toString(message.storeTimestamp()))
                .property(PropertyNames.TIMER_DEQUEUE_MS, Long.toString(decidedMs));
        if (copy.tooLong()) {
            copy.of(message, decidedMs, PropertyNames.INNER_MULTI_QUEUE_OFFSET);
        }
    }

    private static int rolls(MessageView message) {
        String text = message.property(PropertyNames.TIMER_ROLL_TIMES);
        if (text == null || text.isEmpty() || text.length() > 6) {
            return 0;
        }
        return text.chars().allMatch(c -> c >= '0' && c <= '9') ? Integer.parseInt(text) : 0;
    }

    @Override
    public byte kind() {
        return TimerState.TIMERS_DELIVERED;
    }

    /** What is written before the messages of a batch, and how many timers of each topic are in it. */
    private record Head(ByteBuf bytes, Map<String, Integer> done) {}

    private static ByteBuf head(DeliveryBatch batch) {
        return ((Head) Objects.requireNonNull(batch.head())).bytes();
    }

    @Override
    public int headBytes(DeliveryBatch batch) {
        return PartEntry.bytes(head(batch).readableBytes(), 0);
    }

    @Override
    public void writeHead(ByteBuf target, DeliveryBatch batch, int messageBytes) {
        ByteBuf header = head(batch);
        PartEntry.beginHeader(target, header.readableBytes());
        target.writeBytes(header, header.readerIndex(), header.readableBytes());
        PartEntry.beginMessages(target, messageBytes);
    }

    @Override
    public void delivered(DeliveryBatch batch, int messages) {
        TimerUnit last = (TimerUnit) batch.unit(batch.count() - 1);
        long nowMs = clock.getAsLong();
        Head head = (Head) Objects.requireNonNull(batch.head());
        figures.delivered(head.done(), nowMs);
        figures.reached(pipeline.idle() ? 0 : last.dueMs());
    }
}
