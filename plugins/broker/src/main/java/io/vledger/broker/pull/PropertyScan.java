package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the messages of one step of a scan whose filter reads properties: as many as may be read and evaluated without holding up the loop,
 * whatever the expression costs. Reused; loop only.
 */
final class PropertyScan implements QueueIndex.UnitVisitor {
    /** Most messages of a step. */
    static final int MAX_UNITS = 800;
    /** Most bytes of a step, but for a single message. */
    static final int MAX_BYTES = 512 << 10;
    /** Most bytes of neighbours that are read at once. */
    private static final int RUN_BYTES = 64 << 10;
    /** Most comparisons of a step, but for a single message. */
    private static final int MAX_COMPARISONS = 100_000;

    private long[] positions = new long[32];
    private int[] sizes = new int[32];
    private long[] offsets = new long[32];
    private int messages;
    private int bytes;
    private int largest;
    private long next;
    private MessageFilter filter;
    private String damage = "";

    PropertyScan(MessageFilter first) {
        filter = first;
    }

    /**
     * Looks at units from {@code from} on.
     *
     * @return the messages to be read; none at the end of the queue
     * @throws StoreException.Damaged if a unit cannot be one
     */
    Step step(QueueIndex.QueueLog log, long from, MessageFilter wanted) throws StoreException {
        filter = wanted;
        messages = 0;
        bytes = 0;
        largest = 0;
        next = from;
        damage = "";
        log.read(from, Math.max(1, Math.min(MAX_UNITS, MAX_COMPARISONS / Math.max(1, wanted.cost()))), this);
        if (!damage.isEmpty() && messages == 0) {
            throw new StoreException.Damaged(damage);
        }
        return new Step(
                Arrays.copyOf(positions, messages),
                Arrays.copyOf(sizes, messages),
                Arrays.copyOf(offsets, messages),
                new Totals(bytes, largest, next));
    }

    @Override
    public boolean visit(long queueOffset, long position, int size, long tagsCode) {
        if (position < 0 || size <= 0 || size > LogRecord.MAX_LENGTH) {
            damage = "queue index: the unit of queue offset " + queueOffset + " says " + size + " bytes at position "
                    + position;
            return false;
        }
        if (!filter.mayMatch(tagsCode)) {
            next = queueOffset + 1;
            return true;
        }
        if (messages > 0 && size > MAX_BYTES - bytes) {
            return false;
        }
        next = queueOffset + 1;
        if (messages == offsets.length) {
            positions = Arrays.copyOf(positions, messages * 2);
            sizes = Arrays.copyOf(sizes, messages * 2);
            offsets = Arrays.copyOf(offsets, messages * 2);
        }
        positions[messages] = position;
        sizes[messages] = size;
        offsets[messages] = queueOffset;
        messages++;
        bytes += size;
        largest = Math.max(largest, size);
        return bytes < MAX_BYTES;
    }

    /** The messages of a step: where they are, and their queue offsets. Immutable. */
    record Step(long[] positions, int[] sizes, long[] offsets, Totals totals) {
        /** Lowest position that will be read. */
        long firstPosition() {
            return positions.length == 0 ? Long.MAX_VALUE : positions[0];
        }

        /** Queue offset of the first message. */
        long firstOffset() {
            return offsets[0];
        }

        /** Bytes that {@link #read} may need for an answer of so many. */
        int capacity(int maxBytes) {
            return Math.min(totals.bytes, maxBytes + Math.max(totals.largest, RUN_BYTES));
        }

        /**
         * Appends the selected messages to {@code target}, up to the bounds. Neighbours are read at once. Any thread.
         *
         * @throws StoreException if the first one cannot be read; the others end the reading before them
         */
        Found read(LogStore log, ByteBuf target, TopicQueue queue, MessageFilter.Matcher matcher, Bounds bounds)
                throws StoreException {
            Selected selected = new Selected(this, target, queue, matcher, bounds);
            int next = 0;
            while (next < offsets.length) {
                int end = runFrom(next, bounds.messages() - selected.messages);
                int at = target.writerIndex();
                StoreException unreadable = append(log, target, next, end);
                if (unreadable != null && end > next + 1) {
                    // One of them: those before it are found one by one.
                    end = next + 1;
                    unreadable = append(log, target, next, end);
                }
                if (unreadable == null) {
                    next = selected.of(next, end, at);
                    unreadable = selected.damage;
                }
                if (unreadable != null && next == 0) {
                    throw unreadable;
                }
                if (next < end) {
                    return new Found(selected.messages, next, offsets[next]);
                }
            }
            return new Found(selected.messages, offsets.length, totals.next);
        }

        /** The end of the messages that lie behind one another; at least one, so that reading ends where the bound is reached. */
        private int runFrom(int first, int wanted) {
            int end = first + 1;
            int length = sizes[first];
            int most = Math.min(offsets.length, first + Math.max(wanted, 1));
            while (end < most
                    && positions[end] == positions[end - 1] + sizes[end - 1]
                    && length + sizes[end] <= RUN_BYTES) {
                length += sizes[end];
                end++;
            }
            return end;
        }

        /** Reads some that lie behind one another; nothing is appended if they cannot be read. */
        private @Nullable StoreException append(LogStore log, ByteBuf target, int first, int end) {
            int length = (int) (positions[end - 1] - positions[first]) + sizes[end - 1];
            try {
                log.read(positions[first], length, target);
                return null;
            } catch (StoreException unreadable) {
                return unreadable;
            }
        }
    }

    /** What a filter selected so far: the messages at the front of a buffer. */
    private static final class Selected {
        private final Step step;
        private final ByteBuf target;
        private final TopicQueue queue;
        private final MessageFilter.Matcher matcher;
        private final Bounds bounds;
        private final int from;
        private final MessageView message = new MessageView();
        private int messages;
        private @Nullable StoreException damage;

        Selected(Step step, ByteBuf target, TopicQueue queue, MessageFilter.Matcher matcher, Bounds bounds) {
            this.step = step;
            this.target = target;
            this.queue = queue;
            this.matcher = matcher;
            this.bounds = bounds;
            this.from = target.readerIndex();
        }

        /**
         * Checks messages that were read to {@code at}, and keeps those that are selected.
         *
         * @return the first that was not looked at, because a bound was reached, or because it is not what it is to be: then there is a damage
         */
        int of(int first, int end, int at) {
            int to = at;
            int start = at;
            int next = first;
            while (next < end) {
                int size = step.sizes[next];
                if (messages == bounds.messages() || (messages > 0 && size > bounds.bytes() - (to - from))) {
                    break;
                }
                if (message.wrap(target, start, size) != null || !queue.holds(message, step.offsets[next])) {
                    damage = new StoreException.Damaged("queue index: the unit of queue offset " + step.offsets[next]
                            + " does not point to the message with that number, at position " + step.positions[next]);
                    break;
                }
                if (matcher.matches(target, message.propertiesAt(), message.propertiesLength())) {
                    move(start, to, size);
                    to += size;
                    messages++;
                }
                start += size;
                next++;
            }
            target.writerIndex(to);
            return next;
        }

        private void move(int start, int to, int size) {
            if (start - to >= size) {
                target.setBytes(to, target, start, size);
            } else if (start > to) {
                ByteBuf copied = target.copy(start, size);
                target.setBytes(to, copied);
                copied.release();
            }
        }
    }

    /**
     * What a step comes to.
     *
     * @param bytes of all its messages
     * @param largest bytes of the largest one
     * @param next queue offset after the last unit that was looked at
     */
    record Totals(int bytes, int largest, long next) {}

    /** Most messages and bytes of an answer. */
    record Bounds(int messages, int bytes) {}

    /**
     * What a step found.
     *
     * @param messages how many were selected
     * @param evaluated of how many
     * @param next queue offset after the last message that was evaluated
     */
    record Found(int messages, int evaluated, long next) {}
}
