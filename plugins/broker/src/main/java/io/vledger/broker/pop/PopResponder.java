package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.OffsetResetter;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.pull.PropertyScan;
import io.vledger.broker.pull.ScanPlan;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.ResponseCode;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves checked pops on a leader: plans what each queue gives, reads it, has it taken, and answers once that is committed. Takes of
 * one queue may be under way one behind the other; each names the cursor that it was planned for, and one that comes after a change by
 * somebody else is void. Loop only.
 */
final class PopResponder {
    private static final Logger LOG = LoggerFactory.getLogger(PopResponder.class);
    private static final int MAX_SCAN_UNITS = 800;
    private static final int MAX_BYTES = 256 << 10;
    /** Bound of groups of messages in flight in all, each of one pop or change: what bounds the memory, at about 100 bytes each. */
    private static final int MAX_FLIGHTS = 500_000;

    /** One pop in so many looks into the retry topic first ({@code popFromRetryProbability} 20). */
    private static final int RETRY_FIRST = 5;

    private final BrokerState state;
    private final PopState pops;
    private final PopTools tools;
    private final LogStore log;
    private final ScanPlan plan = new ScanPlan();
    private final PropertyScan properties = new PropertyScan(TagFilter.ALL);
    private final PopReply replies;
    private final PopWaits waits;
    private int turn;

    /**
     * What a pop uses beside the state.
     *
     * @param proposals where takes are gathered
     * @param clock of the leader's pops
     * @param settings those in force
     */
    record PopTools(
            Group group,
            PopProposals proposals,
            PopClock clock,
            ColdReads coldReads,
            OffsetResetter resets,
            Refusals refusals,
            Traffic traffic,
            PopCounters counters,
            Supplier<GroupConfig.Pop> settings) {}

    PopResponder(BrokerState state, PopState pops, LogStore log, PopTools tools, WaitsFactory waits) {
        this.state = state;
        this.pops = pops;
        this.log = log;
        this.tools = tools;
        this.replies = new PopReply(state.broker());
        this.waits = waits.create(this::serve);
    }

    /** Makes the place where pops wait for messages. */
    @FunctionalInterface
    interface WaitsFactory {
        /** One whose pops are served by {@code server}. */
        PopWaits create(PopWaits.Server server);
    }

    /** Where pops wait. */
    PopWaits waits() {
        return waits;
    }

    /**
     * Serves a pop, or has it wait.
     *
     * @return whether there may be more for others that wait
     */
    boolean serve(Pop pop, boolean mayWait) {
        Refusal refusal = tools.group.refusal();
        if (refusal != null) {
            refuse(pop, refusal);
            return false;
        }
        Topic topic = state.topics().find(pop.key.topic());
        if (topic == null) {
            pop.request.reply(ResponseCode.TOPIC_NOT_EXIST, "topic[" + pop.key.topic() + "] not exist");
            return false;
        }
        if (pop.request.connection().congested()) {
            // The client reads slower than it asks: what it has not taken yet bounds what is gathered for it.
            pop.detach();
            pop.request.connection().onDrain(() -> serve(pop, mayWait));
            return true;
        }
        PopTurn gathered = new PopTurn(pop, tools.clock.nowMs());
        turn = turn + 1 & Integer.MAX_VALUE;
        boolean retryFirst = !pop.wish.order() && turn % RETRY_FIRST == 0;
        if (retryFirst) {
            gatherRetries(gathered);
        }
        gatherTopic(gathered, topic, pop.queueId);
        if (!retryFirst && !pop.wish.order()) {
            gatherRetries(gathered);
        }
        if (gathered.portions().isEmpty()) {
            nothing(gathered, mayWait);
            return false;
        }
        if (pop.wish.noticeOnly()) {
            gathered.release();
            notifyOf(pop, true, false);
            return true;
        }
        read(gathered, mayWait);
        return gathered.rest() > 0;
    }

    private void gatherRetries(PopTurn gathered) {
        // RocketMQ's clients tell two retry topics apart only by their marks; each pop looks into one of them first.
        boolean newer = tools.settings.get().enableRetryTopicV2();
        boolean second = newer && turn % 2 == 0;
        Topic retry = state.topics().find(RetryTopics.of(gathered.pop().key, second));
        if (retry == null && newer) {
            retry = state.topics().find(RetryTopics.of(gathered.pop().key, !second));
        }
        if (retry != null) {
            gatherTopic(gathered, retry, Pop.ALL_QUEUES);
        }
    }

    private void gatherTopic(PopTurn gathered, Topic topic, int queueId) {
        Pop pop = gathered.pop();
        PopQueues popped = pops.queues(
                topic.name().equals(pop.key.topic())
                        ? pop.key
                        : new ConsumerOffsets.GroupTopic(pop.key.group(), topic.name()));
        if (queueId >= 0) {
            gatherQueue(gathered, topic, popped, queueId);
            return;
        }
        int queues = topic.config().readQueues();
        for (int i = 0; i < queues; i++) {
            gatherQueue(gathered, topic, popped, (turn + i) % queues);
        }
    }

    private void gatherQueue(PopTurn gathered, Topic topic, PopQueues popped, int queueId) {
        TopicQueue messages = topic.queue(queueId);
        if (messages == null) {
            return;
        }
        Pop pop = gathered.pop();
        PopQueue queue = popped.queue(queueId);
        if (pop.wish.order() && locked(pop, queue)) {
            return;
        }
        boolean tooMany = queue.inFlight() >= tools.settings.get().maxInFlight() || pops.flights() >= MAX_FLIGHTS;
        long from = from(pop, queue, messages);
        long max = messages.maxOffset();
        long rest = Math.max(0, max - from);
        if (queue.busy || tooMany) {
            queue.starved = true;
            gathered.pass(pop.wish.order() ? 0 : rest);
            return;
        }
        if (rest == 0 || gathered.full(MAX_BYTES)) {
            if (!pop.wish.noticeOnly()
                    && !pop.wish.order()
                    && queue.cursor == ConsumerOffsets.NONE
                    && queue.takes == 0) {
                take(queue, new PopOp.Take(queue.cursor, from, from, 0, null), gathered, (fits, refusal) -> {});
            }
            gathered.pass(rest);
            return;
        }
        scan(gathered, queue, messages, from, max);
    }

    /** Whether messages of the queue were given out in order and nobody may have others yet. */
    private boolean locked(Pop pop, PopQueue queue) {
        OrderLock lock = queue.lock();
        return lock != null && !lock.isAttempt(pop.wish.attemptId()) && lock.lockedUntilMs() > tools.clock.nowMs();
    }

    /** Where a pop goes on in a queue. */
    private long from(Pop pop, PopQueue queue, TopicQueue messages) {
        if (queue.takes > 0) {
            return queue.planned;
        }
        long committed = state.offsets().find(queue.key, queue.queueId);
        if (tools.resets.target(queue.key.group(), queue.key.topic(), queue.queueId) != ConsumerOffsets.NONE) {
            // The state was sent there by the same entry; saying so ends that commits of others do not count.
            tools.resets.supersedes(queue.key.group(), queue.key.topic(), queue.queueId, committed);
        }
        long known = pop.wish.order() ? committed : Math.max(committed, queue.cursor);
        if (known == ConsumerOffsets.NONE) {
            return begin(pop, queue, messages);
        }
        return Math.max(messages.minOffset(), Math.min(messages.maxOffset(), known));
    }

    /** Where a group begins that never consumed a queue. */
    private long begin(Pop pop, PopQueue queue, TopicQueue messages) {
        if (!pop.wish.fromEnd() || RetryTopics.isRetry(queue.key.topic())) {
            return messages.minOffset();
        }
        if (messages.minOffset() == 0 && inMemory(messages)) {
            return 0;
        }
        return Math.max(messages.minOffset(), messages.maxOffset() - 1);
    }

    private boolean inMemory(TopicQueue messages) {
        long[] first = {Long.MAX_VALUE};
        try {
            messages.log().read(0, 1, (queueOffset, position, size, tagsCode) -> {
                first[0] = position;
                return false;
            });
        } catch (StoreException unreadable) {
            return false;
        }
        return first[0] >= log.hotPosition();
    }

    private void scan(PopTurn gathered, PopQueue queue, TopicQueue messages, long from, long max) {
        Pop pop = gathered.pop();
        int room = gathered.room();
        int bytes = Math.max(1, MAX_BYTES - gathered.bytes());
        try {
            if (pop.filter.readsProperties()) {
                PropertyScan.Step step = properties.step(messages.log(), from, pop.filter);
                gathered.pass(max - step.totals().next());
                boolean hot = step.firstPosition() >= log.hotPosition();
                // It selects as many as there is room for, if there are so many: nothing is looked for in other queues.
                add(
                        gathered,
                        new Portion(queue, messages, from, step, new PropertyScan.Bounds(room, bytes), hot),
                        room,
                        bytes);
                return;
            }
            plan.scan(messages.log(), from, MAX_SCAN_UNITS, pop.filter, room, bytes);
        } catch (StoreException failure) {
            gathered.fail(failure);
            LOG.warn(
                    "cannot read the index of queue {} of topic {}: {}",
                    queue.queueId,
                    messages.topic().name(),
                    failure.getMessage());
            return;
        }
        gathered.pass(max - plan.next());
        if (plan.messages() > 0) {
            boolean hot = plan.firstPosition() >= log.hotPosition();
            add(gathered, new Portion(queue, messages, from, plan, hot), plan.messages(), plan.bytes());
        } else if (!pop.wish.noticeOnly()) {
            passOver(gathered, queue, from, plan.next());
        }
    }

    private static void add(PopTurn gathered, Portion portion, int messages, int bytes) {
        gathered.add(portion, messages, bytes);
        if (gathered.pop().wish.order() || !portion.hot()) {
            portion.queue.busy = !gathered.pop().wish.noticeOnly();
        }
    }

    /** The group goes on behind messages that it does not want. */
    private void passOver(PopTurn gathered, PopQueue queue, long from, long next) {
        if (gathered.pop().wish.order()) {
            OrderLock lock = queue.lock();
            PopOp.OrderTake pass = new PopOp.OrderTake(
                    state.offsets().find(queue.key, queue.queueId),
                    lock == null ? 0 : lock.popMs,
                    "",
                    new long[0],
                    next);
            queue.busy = true;
            long popMs = gathered.popMs();
            tools.proposals.add(target -> PopOp.orderTake(target, queue, pass, popMs, 0), (fits, refusal) -> {
                queue.busy = false;
                tellStarved(queue);
            });
        } else {
            long expected = queue.takes > 0 ? queue.planned : queue.cursor;
            take(queue, new PopOp.Take(expected, from, next, 0, null), gathered, (fits, refusal) -> {});
        }
    }

    private void take(PopQueue queue, PopOp.Take take, PopTurn gathered, PopProposals.Result result) {
        queue.takes++;
        queue.planned = take.next();
        long popMs = gathered.popMs();
        long invisibleMs = gathered.pop().wish.invisibleMs();
        Consumer<ByteBuf> writer = target -> PopOp.take(target, queue, take, popMs, invisibleMs);
        PopProposals.Result end = (fits, refusal) -> {
            if (queue.takes > 0) {
                queue.takes--;
            }
            result.done(fits, refusal);
        };
        if (take.count() > 0) {
            tools.proposals.pop(writer, end);
        } else {
            tools.proposals.add(writer, end);
        }
    }

    /** Nothing is there for a pop now. */
    private void nothing(PopTurn gathered, boolean mayWait) {
        Pop pop = gathered.pop();
        StoreException failure = gathered.failure();
        if (failure != null) {
            pop.request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            return;
        }
        boolean full = mayWait && pop.deadlineMs > 0 && !waits.park(pop);
        if (!mayWait || pop.deadlineMs <= 0 || full) {
            if (pop.wish.noticeOnly()) {
                notifyOf(pop, false, full);
            } else {
                tools.traffic.pullMissed();
                PopReply.empty(
                        pop,
                        full ? ResponseCode.POLLING_FULL : ResponseCode.POLLING_TIMEOUT,
                        gathered.popMs(),
                        gathered.rest());
            }
        }
    }

    private static void notifyOf(Pop pop, boolean found, boolean full) {
        pop.request.reply(
                ResponseCode.SUCCESS, null, sink -> sink.put("hasMsg", found).put("pollingFull", full), null);
    }

    private void read(PopTurn gathered, boolean mayWait) {
        List<Portion> portions = gathered.portions();
        Pop pop = gathered.pop();
        if (portions.stream().allMatch(Portion::hot)) {
            portions.forEach(portion -> portion.read(log, pop.filter));
            taken(gathered, mayWait);
            return;
        }
        pop.detach();
        portions.forEach(portion -> portion.queue.busy = true);
        long term = state.term();
        tools.coldReads.run(() -> portions.forEach(portion -> portion.read(log, pop.filter)), () -> {
            if (state.leads() && state.term() == term) {
                portions.forEach(portion -> portion.queue.busy = pop.wish.order());
                taken(gathered, mayWait);
                portions.forEach(portion -> tellStarved(portion.queue));
            } else {
                gathered.release();
                refuse(pop, Refusal.NOT_LEADER);
            }
        });
    }

    /** Proposes to take what was read. */
    private void taken(PopTurn gathered, boolean mayWait) {
        Pop pop = gathered.pop();
        pop.detach(); // another change of the same turn may come first, and then the pop looks again
        gathered.expect(gathered.portions().size());
        for (Portion portion : List.copyOf(gathered.portions())) {
            gathered.pass(portion.unread());
            tools.traffic.filtered(portion.evaluated(), portion.evaluated() == 0 ? 0 : portion.messages());
            StoreException failure = portion.failure();
            if (failure != null) {
                portion.queue.busy = false;
                gathered.fail(failure);
                ended(gathered, portion, false, null, mayWait);
            } else if (pop.wish.order()) {
                takeInOrder(gathered, portion, mayWait);
            } else {
                PopQueue queue = portion.queue;
                long expected = queue.takes > 0 ? queue.planned : queue.cursor;
                PopOp.Take take = new PopOp.Take(
                        expected, portion.start, portion.next(), portion.messages(), portion.distances());
                take(queue, take, gathered, (fits, refusal) -> ended(gathered, portion, fits, refusal, mayWait));
            }
        }
    }

    private void takeInOrder(PopTurn gathered, Portion portion, boolean mayWait) {
        PopQueue queue = portion.queue;
        OrderLock lock = queue.lock();
        PopOp.OrderTake take = new PopOp.OrderTake(
                state.offsets().find(queue.key, queue.queueId),
                lock == null ? 0 : lock.popMs,
                gathered.pop().wish.attemptId(),
                portion.offsets(),
                portion.next());
        long popMs = gathered.popMs();
        long invisibleMs = gathered.pop().wish.invisibleMs();
        tools.proposals.pop(target -> PopOp.orderTake(target, queue, take, popMs, invisibleMs), (fits, refusal) -> {
            queue.busy = false;
            ended(gathered, portion, fits, refusal, mayWait);
            tellStarved(queue);
        });
    }

    /** A portion is taken, or cannot be; with the last, the pop is answered. */
    private void ended(PopTurn gathered, Portion portion, boolean fits, @Nullable Refusal refusal, boolean mayWait) {
        if (!gathered.ended(portion, fits, refusal)) {
            return;
        }
        Pop pop = gathered.pop();
        Refusal why = gathered.refusal();
        if (gathered.portions().isEmpty() && why != null) {
            refuse(pop, why);
        } else if (gathered.portions().isEmpty()) {
            again(gathered, mayWait);
        } else {
            gathered.portions().forEach(this::count);
            replies.found(pop, gathered.portions(), gathered.popMs(), gathered.rest());
        }
    }

    private void count(Portion portion) {
        PopQueue queue = portion.queue;
        String topicAtGroup = portion.topic + "@" + queue.key.group();
        tools.traffic.out(topicAtGroup, portion.messages(), portion.body().readableBytes());
        tools.traffic.pulled(topicAtGroup, queue.queueId, portion.next());
        tools.counters.took(queue.key);
    }

    /** Everything that was found was taken from under the pop, or cannot be read. */
    private void again(PopTurn gathered, boolean mayWait) {
        Pop pop = gathered.pop();
        StoreException failure = gathered.failure();
        if (failure instanceof StoreException.Damaged && pop.maxMessages > 1) {
            pop.maxMessages = 1; // one of them is damaged: those before it are delivered one by one
        } else if (failure != null && !(failure instanceof StoreException.OutOfRange)) {
            pop.request.reply(ResponseCode.SYSTEM_ERROR, failure.getMessage());
            return;
        }
        pop.detach();
        tools.group.execute(() -> serve(pop, mayWait));
    }

    private void refuse(Pop pop, Refusal refusal) {
        if (pop.detached) {
            tools.refusals.reply(pop.request, refusal);
        } else {
            tools.refusals.replyHere(pop.request, refusal);
        }
    }

    /** Somebody who found a queue busy or full may look again. */
    void tellStarved(PopQueue queue) {
        if (queue.starved && !queue.busy) {
            queue.starved = false;
            waits.wake(queue);
        }
    }
}
