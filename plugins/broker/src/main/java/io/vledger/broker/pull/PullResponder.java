package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerListener;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers checked pulls with messages, or parks them until messages arrive. A pull is served from memory on the loop where possible, and
 * by {@link ColdReads} otherwise. Loop only.
 */
public final class PullResponder implements BrokerListener {
    private static final Logger LOG = LoggerFactory.getLogger(PullResponder.class);
    private static final int MAX_SCAN_UNITS = 800;
    /** Steps in which a filter by properties may select nothing before the client is answered how far its scan is. */
    private static final int MAX_STEPS = 32;

    private final Group group;
    private final BrokerState state;
    private final LogStore log;
    private final ColdReads coldReads;
    private final OffsetResetter offsets;
    private final Traffic traffic;
    private final LongSupplier clock;
    private final ParkedPulls parked;
    private final ScanPlan plan = new ScanPlan();
    private final PropertyScan properties = new PropertyScan(TagFilter.ALL);
    private boolean led;

    /** For one group; to be registered with the state. The clock gives milliseconds since the epoch. */
    public PullResponder(
            Group group,
            BrokerState state,
            LogStore log,
            ColdReads coldReads,
            OffsetResetter offsets,
            Traffic traffic,
            LongSupplier clock) {
        this.group = group;
        this.state = state;
        this.log = log;
        this.coldReads = coldReads;
        this.offsets = offsets;
        this.traffic = traffic;
        this.clock = clock;
        this.parked = new ParkedPulls(group, clock, this::serve);
    }

    @Override
    public void topicsChanged() {
        parked.wakeIf(pull -> current(pull) != pull.queue);
    }

    @Override
    public void offsetsReset() {
        parked.wakeIf(pull -> resetTarget(pull) != ConsumerOffsets.NONE);
    }

    @Override
    public void roleChanged(GroupRole role, long term) {
        boolean leads = role == GroupRole.LEADER;
        if (leads != led || role == GroupRole.STOPPED) { // otherwise nothing would wake them any more
            led = leads;
            parked.wakeAll();
        }
    }

    @Override
    public void restored() {
        parked.wakeAll();
    }

    /** Answers a pull, which may wait for messages for {@code suspendMs}; 0 or less for not at all. */
    void respond(Pull pull, long suspendMs) {
        if (suspendMs > 0) {
            pull.deadlineMs = ParkedPulls.deadlineMs(clock.getAsLong(), suspendMs);
        }
        serve(pull, suspendMs > 0);
    }

    private @Nullable TopicQueue current(Pull pull) {
        Topic topic = state.topics().find(pull.queue.topic().name());
        return topic == null ? null : topic.queue(pull.queue.id());
    }

    /** The queue offset to which a tool has reset the pull's group, or {@link ConsumerOffsets#NONE}. */
    private long resetTarget(Pull pull) {
        return offsets.target(pull.group.name(), pull.queue.topic().name(), pull.queue.id());
    }

    /** Answers a pull, or parks it. */
    private void serve(Pull pull, boolean mayWait) {
        if (pull.detached) {
            TopicQueue queue = current(pull);
            if (queue == null) {
                pull.request.reply(
                        ResponseCode.TOPIC_NOT_EXIST,
                        "topic[" + pull.queue.topic().name() + "] not exist");
                return;
            }
            pull.queue = queue;
        }
        if (offsets.supersedes(pull.group.name(), pull.queue.topic().name(), pull.queue.id(), pull.requested)) {
            answer(pull, ResponseCode.PULL_OFFSET_MOVED, "OFFSET_RESET", resetTarget(pull), null);
            return;
        }
        long min = pull.queue.minOffset();
        long max = pull.queue.maxOffset();
        if (pull.from < min || pull.from > max) {
            outOfRange(pull, min, mayWait);
        } else if (pull.from == max) {
            noMessages(pull, max == 0 ? "NO_MESSAGE_IN_QUEUE" : "OFFSET_OVERFLOW_ONE", mayWait);
        } else {
            scan(pull, mayWait);
        }
    }

    /** The offset is not one of this queue as known here. */
    private void outOfRange(Pull pull, long min, boolean mayWait) {
        if (pull.from < min) {
            String remark = "OFFSET_TOO_SMALL";
            int code = state.leads() ? ResponseCode.PULL_OFFSET_MOVED : ResponseCode.PULL_RETRY_IMMEDIATELY;
            answer(pull, code, remark, min, null);
            return;
        }
        if (!state.leads()) {
            noMessages(pull, "OFFSET_OVERFLOW_ONE", mayWait);
            return;
        }
        // A deposed leader that does not know it yet may lag behind the consumer, and correcting the offset would
        // then repeat messages. So it asks a quorum first; this is rare.
        pull.detach();
        group.readBarrier(refusal -> {
            long known = pull.queue.maxOffset();
            if (refusal != null || pull.from <= known) {
                if (refusal == null) {
                    serve(pull, mayWait);
                } else {
                    noMessages(pull, "OFFSET_OVERFLOW_ONE", mayWait);
                }
            } else {
                answer(pull, ResponseCode.PULL_OFFSET_MOVED, "OFFSET_OVERFLOW_BADLY", known, null);
            }
        });
    }

    /** There is nothing for the pull now. */
    private void noMessages(Pull pull, String remark, boolean mayWait) {
        if (mayWait && parked.park(pull)) {
            pull.steps = 0;
            return;
        }
        if (pull.from > pull.requested) {
            answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", pull.from, null);
        } else {
            answer(pull, ResponseCode.PULL_NOT_FOUND, remark, pull.from, null);
        }
    }

    private void scan(Pull pull, boolean mayWait) {
        if (mayWait && parked.gather(pull)) {
            return;
        }
        if (pull.request.connection().congested()) {
            // The client reads slower than it asks: what it has not taken yet bounds what is gathered for it.
            pull.detach();
            pull.request.connection().onDrain(() -> serve(pull, mayWait));
            return;
        }
        if (pull.filter.readsProperties()) {
            scanProperties(pull, mayWait);
            return;
        }
        try {
            plan.scan(pull.queue.log(), pull.from, MAX_SCAN_UNITS, pull.filter, pull.maxMessages, pull.maxBytes);
        } catch (StoreException failure) {
            refuseIndex(pull, failure);
            return;
        }
        if (plan.messages() == 0) {
            pull.from = plan.next();
            if (pull.from >= pull.queue.maxOffset()) {
                noMessages(pull, "NO_MATCHED_MESSAGE", mayWait);
            } else {
                answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", pull.from, null);
            }
            return;
        }
        pull.readFromMs = clock.getAsLong();
        if (plan.firstPosition() >= log.hotPosition()) {
            readHot(pull);
        } else {
            readCold(pull);
        }
    }

    private static void refuseIndex(Pull pull, StoreException failure) {
        LOG.warn(
                "cannot read the index of queue {} of topic {}: {}",
                pull.queue.id(),
                pull.queue.topic().name(),
                failure.getMessage());
        pull.request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
    }

    /** One step of a scan whose filter needs the messages themselves. */
    private void scanProperties(Pull pull, boolean mayWait) {
        PropertyScan.Step step;
        try {
            step = properties.step(pull.queue.log(), pull.from, pull.filter);
        } catch (StoreException failure) {
            refuseIndex(pull, failure);
            return;
        }
        pull.steps++;
        pull.readFromMs = clock.getAsLong();
        Selection selection = new Selection(pull, step);
        if (step.firstPosition() >= log.hotPosition()) {
            selection.read(log);
            selected(selection, mayWait);
        } else {
            pull.detach();
            coldReads.run(() -> selection.read(log), () -> selected(selection, mayWait));
        }
    }

    /** Answers with what a step selected, or goes on. Other work of the loop comes between two steps. */
    private void selected(Selection selection, boolean mayWait) {
        Pull pull = selection.pull;
        StoreException failure = selection.failure;
        if (failure != null) {
            selection.body.release();
            if (failure instanceof StoreException.OutOfRange) {
                removedMeanwhile(pull);
            } else {
                refuseUnreadable(pull, selection.step.firstOffset(), failure);
            }
            return;
        }
        traffic.filtered(selection.found.evaluated(), selection.found.messages());
        long next = selection.found.next();
        if (selection.found.messages() > 0) {
            finish(pull, selection.body, selection.found.messages(), next, null);
            return;
        }
        selection.body.release();
        pull.from = next;
        boolean inTime = mayWait && clock.getAsLong() < pull.deadlineMs;
        if (next >= pull.queue.maxOffset()) {
            noMessages(pull, "NO_MATCHED_MESSAGE", inTime);
        } else if (pull.steps >= MAX_STEPS) {
            answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "NO_MATCHED_MESSAGE", next, null);
        } else {
            pull.detach();
            group.execute(() -> {
                if (pull.request.connection().open()) {
                    serve(pull, inTime);
                }
            });
        }
    }

    private void removedMeanwhile(Pull pull) {
        long min = Math.max(pull.from, pull.queue.minOffset());
        answer(pull, ResponseCode.PULL_RETRY_IMMEDIATELY, "MESSAGE_WAS_REMOVING", min, null);
    }

    private void readHot(Pull pull) {
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(plan.bytes());
        StoreException failure = null;
        try {
            plan.runs().read(log, body, pull.queue);
        } catch (StoreException unreadable) {
            failure = unreadable;
        }
        finish(pull, body, plan.messages(), plan.next(), failure);
    }

    private void readCold(Pull pull) {
        pull.detach();
        ScanPlan.Runs runs = plan.runs();
        int messages = plan.messages();
        TopicQueue queue = pull.queue;
        long next = plan.next();
        ByteBuf body = PooledByteBufAllocator.DEFAULT.directBuffer(plan.bytes());
        @Nullable StoreException[] failure = new StoreException[1];
        coldReads.run(
                () -> {
                    try {
                        runs.read(log, body, queue);
                    } catch (StoreException unreadable) {
                        failure[0] = unreadable;
                    }
                },
                () -> finish(pull, body, messages, next, failure[0]));
    }

    private void finish(Pull pull, ByteBuf body, int messages, long next, @Nullable StoreException failure) {
        if (failure == null) {
            parked.delivered(pull, messages);
            traffic.out(pull.topicAtGroup, messages, body.readableBytes());
            traffic.readTook(clock.getAsLong() - pull.readFromMs);
            answer(pull, ResponseCode.SUCCESS, "FOUND", next, body);
            return;
        }
        body.release();
        if (failure instanceof StoreException.OutOfRange) {
            // Retention took the messages between looking them up and reading them.
            removedMeanwhile(pull);
        } else if (failure instanceof StoreException.Damaged && messages > 1) {
            // One of them is damaged: those before it are delivered one by one.
            pull.maxMessages = 1;
            serve(pull, false);
        } else {
            refuseUnreadable(pull, next - 1, failure);
        }
    }

    /** The consumer will retry; meanwhile the damaged message is repaired from another member. It is never skipped. */
    private void refuseUnreadable(Pull pull, long queueOffset, StoreException failure) {
        String topic = pull.queue.topic().name();
        LOG.warn(
                "topic {}, queue {}, queue offset {} cannot be read: {}",
                topic,
                pull.queue.id(),
                queueOffset,
                failure.getMessage());
        pull.request.reply(
                ResponseCode.SYSTEM_ERROR,
                "queue offset " + queueOffset + " of queue " + pull.queue.id() + " of topic " + topic
                        + " cannot be read: " + failure.getMessage());
    }

    private void answer(Pull pull, int code, String remark, long next, @Nullable ByteBuf body) {
        if (body == null) {
            traffic.pullMissed();
        }
        if (next > pull.requested && code != ResponseCode.PULL_OFFSET_MOVED) {
            traffic.pulled(pull.topicAtGroup, pull.queue.id(), next);
        }
        FieldWriter fields = sink -> {
            sink.put("suggestWhichBrokerId", 0);
            sink.put("nextBeginOffset", next);
            sink.put("minOffset", pull.queue.minOffset());
            sink.put("maxOffset", pull.queue.maxOffset());
            sink.put("topicSysFlag", pull.queue.topic().config().sysFlag());
            sink.put("groupSysFlag", pull.group.sysFlag());
        };
        pull.request.reply(code, remark, fields, body);
    }

    /** A step of a scan with what it selects; read on the loop or by a worker, one after the other. */
    private static final class Selection {
        private final Pull pull;
        private final PropertyScan.Step step;
        private final MessageFilter.Matcher matcher;
        private final PropertyScan.Bounds bounds;
        private final TopicQueue queue;
        private final ByteBuf body;
        private PropertyScan.Found found = new PropertyScan.Found(0, 0, 0);
        private @Nullable StoreException failure;

        Selection(Pull pull, PropertyScan.Step step) {
            this.pull = pull;
            this.step = step;
            matcher = pull.filter.matcher();
            bounds = new PropertyScan.Bounds(pull.maxMessages, pull.maxBytes);
            queue = pull.queue;
            body = PooledByteBufAllocator.DEFAULT.directBuffer(step.capacity(pull.maxBytes));
        }

        void read(LogStore log) {
            try {
                found = step.read(log, body, queue, matcher, bounds);
            } catch (StoreException unreadable) {
                failure = unreadable;
            }
        }
    }
}
