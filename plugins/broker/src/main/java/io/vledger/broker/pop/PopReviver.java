package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.MessageCopy;
import io.vledger.broker.group.MetadataProposals;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.PartEntry;
import io.vledger.broker.state.SubscriptionGroup;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicConfig;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.Permission;
import io.vledger.protocol.TopicNames;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores messages again whose invisible time is over, in the retry topic or as dead letters, and takes them out of flight in the same
 * part of an entry. Leader, loop only.
 */
final class PopReviver {
    /** When something that could not be stored again is tried once more, milliseconds. */
    static final int RETRY_MS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(PopReviver.class);
    /** Messages of one part; a larger message is alone in its part. */
    private static final int PART_BYTES = 256 << 10;

    private static final int MAX_UNDER_WAY = 32;
    private static final long LOG_MS = 60_000;

    private final Group group;
    private final BrokerState state;
    private final MetadataProposals metadata;
    private final LogStore log;
    private final ColdReads coldReads;
    private final Traffic traffic;
    private final PopCounters counters;
    private final LongSupplier clock;
    private final BooleanSupplier secondRetryName;
    private final MessageCopy copy;
    private final MessageView view = new MessageView();
    private final ArrayDeque<Work> waiting = new ArrayDeque<>();
    private int underWay;
    private boolean beginning;
    private long loggedMs = Long.MIN_VALUE / 2;
    /** Failures that were not logged. */
    private long unlogged;
    /** Counts leaderships: what began in an earlier one ends silently. */
    private long epoch;

    /**
     * What it uses beside the state.
     *
     * @param clock milliseconds since the epoch
     * @param secondRetryName whether the newer name of retry topics is used
     */
    record Tools(
            MetadataProposals metadata,
            LogStore log,
            ColdReads coldReads,
            Traffic traffic,
            PopCounters counters,
            LongSupplier clock,
            BooleanSupplier secondRetryName) {}

    PopReviver(Group group, BrokerState state, Tools tools) {
        this.group = group;
        this.state = state;
        this.metadata = tools.metadata;
        this.log = tools.log;
        this.coldReads = tools.coldReads;
        this.traffic = tools.traffic;
        this.counters = tools.counters;
        this.clock = tools.clock;
        this.secondRetryName = tools.secondRetryName;
        this.copy = new MessageCopy(state.cursors());
    }

    /** Messages of a flight to be stored again. */
    private static final class Work {
        final PopQueue queue;
        final Flight flight;
        final Runnable later;
        final List<Found> found = new ArrayList<>();
        int messages;

        @Nullable
        StoreException failure;

        Work(PopQueue queue, Flight flight, int messages, Runnable later) {
            this.queue = queue;
            this.flight = flight;
            this.messages = messages;
            this.later = later;
        }
    }

    /** A message to be stored again. */
    private static final class Found {
        final long position;
        final int size;

        @Nullable
        ByteBuf bytes;

        String target = "";

        Found(long position, int size) {
            this.position = position;
            this.size = size;
        }
    }

    /**
     * Stores messages again, soon.
     *
     * @param messages the bits of those that leave the flight; no others may have them leave
     * @param later called if they stay in flight for now
     */
    void revive(PopQueue queue, Flight flight, int messages, Runnable later) {
        waiting.add(new Work(queue, flight, messages, later));
        next();
    }

    void forgetLeadership() {
        waiting.clear();
        underWay = 0;
        epoch++;
    }

    private void next() {
        counters.overdue(waiting.size() + underWay);
        if (beginning) {
            return; // the loop below has called what calls this, and goes on
        }
        beginning = true;
        try {
            while (underWay < MAX_UNDER_WAY && !waiting.isEmpty()) {
                underWay++;
                begin(waiting.remove());
            }
        } finally {
            beginning = false;
        }
    }

    /** Ends a work; nothing is left to do for it. */
    private void ended(Work work) {
        work.found.forEach(PopReviver::release);
        underWay--;
        next();
    }

    private static void release(Found found) {
        ByteBuf bytes = found.bytes;
        if (bytes != null) {
            found.bytes = null;
            bytes.release();
        }
    }

    private void failed(Work work, String why) {
        warn(work.queue, why);
        work.flight.leaving &= ~work.messages;
        work.later.run();
        ended(work);
    }

    /** A full disk lets everything fail that is due, and again every second. */
    private void warn(PopQueue queue, String why) {
        long now = clock.getAsLong();
        if (now - loggedMs < LOG_MS) {
            unlogged++;
            return;
        }
        LOG.warn(
                "group {}: messages of queue {} of topic {} cannot be tried again now, and stay invisible: {};"
                        + " {} times before since the last of these lines",
                queue.key.group(),
                queue.queueId,
                queue.key.topic(),
                why,
                unlogged);
        loggedMs = now;
        unlogged = 0;
    }

    private void begin(Work work) {
        Refusal refusal = group.refusal();
        if (refusal != null) {
            failed(work, refusal.toString()); // nothing can be stored, so nothing is read for it
            return;
        }
        Topic topic = state.topics().find(work.queue.key.topic());
        TopicQueue queue = topic == null ? null : topic.queue(work.queue.queueId);
        try {
            if (queue != null) {
                locate(work, queue);
            }
        } catch (StoreException unreadable) {
            failed(work, String.valueOf(unreadable.getMessage()));
            return;
        }
        boolean hot = work.found.stream().allMatch(found -> found.position >= log.hotPosition());
        if (hot) {
            read(work);
            wasRead(work);
            return;
        }
        long before = epoch;
        coldReads.run(() -> read(work), () -> {
            if (before == epoch && state.leads()) {
                wasRead(work);
            } else {
                work.found.forEach(PopReviver::release);
            }
        });
    }

    /** Finds where messages are; those that retention took are not there. At most one part's worth, the rest waits. */
    private void locate(Work work, TopicQueue queue) throws StoreException {
        int later = 0;
        long bytes = 0;
        for (int rest = work.messages; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            long queueOffset = work.flight.queueOffset(Integer.numberOfTrailingZeros(bit));
            if (queueOffset < queue.minOffset() || queueOffset >= queue.maxOffset()) {
                continue;
            }
            Found[] found = new Found[1];
            queue.log().read(queueOffset, 1, (offset, position, size, tagsCode) -> {
                found[0] = new Found(position, size);
                return false;
            });
            Found message = found[0];
            if (message == null || message.size <= 0 || message.size > LogRecord.MAX_LENGTH) {
                throw new StoreException.Damaged("queue index: no unit of queue offset " + queueOffset);
            }
            if (bytes > 0 && bytes + message.size > PART_BYTES) {
                later |= bit;
            } else {
                bytes += message.size;
                work.found.add(message);
            }
        }
        if (later != 0) {
            work.messages &= ~later;
            waiting.addFirst(new Work(work.queue, work.flight, later, work.later));
        }
    }

    private void read(Work work) {
        for (Found found : work.found) {
            ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(found.size);
            found.bytes = bytes;
            try {
                log.read(found.position, found.size, bytes);
            } catch (StoreException.OutOfRange retentionWasFaster) {
                release(found);
            } catch (StoreException unreadable) {
                work.failure = unreadable;
                return;
            }
        }
    }

    private void wasRead(Work work) {
        StoreException failure = work.failure;
        if (failure != null) {
            failed(work, String.valueOf(failure.getMessage()));
            return;
        }
        work.found.removeIf(found -> found.bytes == null);
        SubscriptionGroup settings = state.groups().find(work.queue.key.group());
        int max = (settings == null ? SubscriptionGroup.of(work.queue.key.group()) : settings).retryMaxTimes();
        Set<String> targets = new TreeSet<>();
        for (Found found : work.found) {
            ByteBuf bytes = found.bytes;
            String wrong = bytes == null ? "not read" : view.wrap(bytes, 0, bytes.readableBytes());
            if (wrong != null) {
                failed(work, wrong);
                return;
            }
            found.target = view.reconsumeTimes() >= max && !work.flight.suspended
                    ? TopicNames.DEAD_LETTER_PREFIX + work.queue.key.group()
                    : retryTopic(work.queue);
            targets.add(found.target);
        }
        ensure(work, new ArrayDeque<>(targets));
    }

    private String retryTopic(PopQueue queue) {
        return RetryTopics.isRetry(queue.key.topic())
                ? queue.key.topic()
                : RetryTopics.of(queue.key, secondRetryName.getAsBoolean());
    }

    private void ensure(Work work, ArrayDeque<String> targets) {
        String next = targets.poll();
        if (next == null) {
            propose(work);
            return;
        }
        long before = epoch;
        metadata.ensureTopic(TopicConfig.of(next, 1, Permission.READ_WRITE), outcome -> {
            if (before != epoch) {
                work.found.forEach(PopReviver::release);
            } else if (outcome != null) {
                failed(work, "the topic " + next + " cannot be created: " + outcome);
            } else {
                ensure(work, targets);
            }
        });
    }

    private void propose(Work work) {
        List<TopicQueue> targets = new ArrayList<>();
        int bytes = 0;
        long now = clock.getAsLong();
        for (Found found : work.found) {
            Topic topic = state.topics().find(found.target);
            TopicQueue target = topic == null || topic.deleting() ? null : topic.queue(0);
            if (target == null) {
                failed(work, "the topic " + found.target + " was deleted just now");
                return;
            }
            targets.add(target);
            bytes += prepare(work, found, now).size(target);
        }
        ByteBuf header = PooledByteBufAllocator.DEFAULT.buffer();
        Refusal refusal;
        try {
            PopOp.revive(header, work.queue, work.flight, work.messages);
            int headerBytes = header.readableBytes();
            refusal = group.begin(PopState.REVIVE, BrokerEntry.VERSION, PartEntry.bytes(headerBytes, bytes));
            if (refusal == null) {
                PartEntry.beginHeader(group.buffer(), headerBytes);
                group.buffer().writeBytes(header);
                PartEntry.beginMessages(group.buffer(), bytes);
                for (int i = 0; i < targets.size(); i++) {
                    prepare(work, work.found.get(i), now).write(group.buffer(), targets.get(i), group.bufferPosition());
                }
                long before = epoch;
                group.submit(outcome -> proposed(work, outcome, before));
            }
        } finally {
            header.release();
        }
        if (refusal == Refusal.TOO_LARGE && work.found.size() > 1) {
            split(work);
        } else if (refusal != null) {
            failed(work, refusal.toString());
        }
    }

    /** An entry may be smaller than a part of many messages: each gets one of its own. */
    private void split(Work work) {
        for (int rest = work.messages; rest != 0; rest &= rest - 1) {
            waiting.addFirst(new Work(work.queue, work.flight, Integer.lowestOneBit(rest), work.later));
        }
        ended(work);
    }

    private void proposed(Work work, @Nullable Refusal outcome, long before) {
        if (outcome == null) {
            for (Found found : work.found) {
                boolean dead = found.target.startsWith(TopicNames.DEAD_LETTER_PREFIX);
                counters.revived(work.queue.key, clock.getAsLong() - work.flight.deadlineMs());
                if (dead) {
                    traffic.deadLetter(work.queue.key.topic() + "@" + work.queue.key.group(), found.size);
                }
            }
        }
        if (before == epoch && state.leads()) {
            ended(work);
        } else {
            work.found.forEach(PopReviver::release);
        }
    }

    private MessageCopy prepare(Work work, Found found, long now) {
        ByteBuf bytes = found.bytes;
        if (bytes == null) {
            throw new IllegalStateException("a message to be stored again was not read");
        }
        String wrong = view.wrap(bytes, 0, bytes.readableBytes());
        if (wrong != null) {
            throw new IllegalStateException(wrong);
        }
        int tries = view.reconsumeTimes() + (work.flight.suspended ? 0 : 1);
        copy.of(view, now, PropertyNames.POP_CK).reconsumeTimes(tries);
        if (view.property(PropertyNames.FIRST_POP_TIME) == null) {
            copy.property(PropertyNames.FIRST_POP_TIME, Long.toString(work.flight.popMs));
        }
        if (found.target.startsWith(TopicNames.DEAD_LETTER_PREFIX)
                && view.property(PropertyNames.RETRY_TOPIC) == null) {
            copy.property(PropertyNames.RETRY_TOPIC, RetryTopics.original(work.queue.key));
        }
        if (copy.tooLong()) {
            // What is added does not fit: the message itself is worth more.
            copy.of(view, now).reconsumeTimes(tries);
        }
        return copy;
    }
}
