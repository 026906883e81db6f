package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
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
public final class PropertyScan implements QueueIndex.UnitVisitor {
    /** Most messages of a step. */
    static final int MAX_UNITS = 800;
    /** Most bytes of a step, but for a single message. */
    static final int MAX_BYTES = 512 << 10;
    /** Most bytes of neighbours that are read at once. */
    private static final int RUN_BYTES = 64 << 10;
    /** Most bytes from the first to the last of messages that are looked at together, whatever lies between them. */
    private static final int SPAN_BYTES = 1 << 20;
    /** Most bytes between two of them: what is shown counts as mapped, also where nobody looks. */
    private static final int GAP_BYTES = 16 << 10;
    /** Most comparisons of a step, but for a single message. */
    private static final int MAX_COMPARISONS = 100_000;

    private static final long[] NOT_NAMED = {};

    private long[] positions = new long[32];
    private int[] sizes = new int[32];
    private long[] offsets = new long[32];
    private int messages;
    private int bytes;
    private int largest;
    private long next;
    private MessageFilter filter;
    private String damage = "";

    /** One that has looked at nothing. */
    public PropertyScan(MessageFilter first) {
        filter = first;
    }

    /**
     * Looks at units from {@code from} on.
     *
     * @return the messages to be read; none at the end of the queue
     * @throws StoreException.Damaged if a unit cannot be one
     */
    public Step step(QueueIndex.QueueLog log, long from, MessageFilter wanted) throws StoreException {
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
    public record Step(long[] positions, int[] sizes, long[] offsets, Totals totals) {
        /** Lowest position that will be read. */
        public long firstPosition() {
            return positions.length == 0 ? Long.MAX_VALUE : positions[0];
        }

        /** Queue offset of the first message. */
        long firstOffset() {
            return offsets[0];
        }

        /** Bytes that {@link #read} may append for an answer of so many. */
        public int capacity(int maxBytes) {
            return Math.min(totals.bytes, Math.max(maxBytes, totals.largest));
        }

        /**
         * Appends the selected messages to {@code target}, up to the bounds. They are looked at where they are in memory, or else read, neighbours
         * at once. Any thread.
         *
         * @throws StoreException if the first one cannot be read; the others end the reading before them
         */
        public Found read(LogStore log, ByteBuf target, TopicQueue queue, MessageFilter.Matcher matcher, Bounds bounds)
                throws StoreException {
            return read(log, target, queue, matcher, bounds, NOT_NAMED);
        }

        /**
         * As above.
         *
         * @param named gets the queue offsets of the messages that are selected, as many as it has room for
         */
        public Found read(
                LogStore log,
                ByteBuf target,
                TopicQueue queue,
                MessageFilter.Matcher matcher,
                Bounds bounds,
                long[] named)
                throws StoreException {
            Selected selected = new Selected(this, target, queue, matcher, bounds, named);
            int next = 0;
            while (next < offsets.length && !selected.isFull()) {
                int from = next;
                next = selected.inPlace(log, from, spanFrom(from));
                if (next == from && selected.damage == null && !selected.isFull()) {
                    next = selected.read(log, from, runFrom(from, bounds.messages() - selected.messages));
                }
                StoreException unreadable = selected.damage;
                if (unreadable != null && next == 0) {
                    throw unreadable;
                }
                if (unreadable != null) {
                    break;
                }
            }
            return new Found(selected.messages, next, next < offsets.length ? offsets[next] : totals.next);
        }

        /** The end of the messages that lie close enough to look at together, whatever lies between them; at least one. */
        private int spanFrom(int first) {
            int end = first + 1;
            while (end < offsets.length
                    && positions[end] >= positions[end - 1]
                    && positions[end] - positions[end - 1] - sizes[end - 1] <= GAP_BYTES
                    && positions[end] + sizes[end] - positions[first] <= SPAN_BYTES) {
                end++;
            }
            return end;
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

        private int bytesOf(int first, int end) {
            return (int) (positions[end - 1] - positions[first]) + sizes[end - 1];
        }
    }

    /** What a filter selected so far: the messages in a buffer. */
    private static final class Selected {
        private final Step step;
        private final ByteBuf target;
        private final TopicQueue queue;
        private final MessageFilter.Matcher matcher;
        private final Bounds bounds;
        private final long[] named;
        private final MessageView message = new MessageView();
        private int messages;
        private int bytes;
        private boolean full;
        private int lookedAt;
        private @Nullable StoreException damage;

        Selected(
                Step step,
                ByteBuf target,
                TopicQueue queue,
                MessageFilter.Matcher matcher,
                Bounds bounds,
                long[] named) {
            this.named = named;
            this.step = step;
            this.target = target;
            this.queue = queue;
            this.matcher = matcher;
            this.bounds = bounds;
        }

        /** Whether a bound is reached. */
        boolean isFull() {
            return full || messages == bounds.messages();
        }

        /**
         * Selects from some messages without reading them.
         *
         * @return the first that was not looked at; {@code first} if it cannot be looked at like this
         */
        int inPlace(LogStore log, int first, int end) {
            int had = messages;
            int hadBytes = bytes;
            int mark = target.writerIndex();
            lookedAt = first;
            boolean shown = false;
            try {
                shown = log.show(step.positions[first], step.bytesOf(first, end), seen -> select(seen, first, end));
            } catch (StoreException unreadable) {
                // Reading them says which one.
            }
            if (!shown) {
                messages = had;
                bytes = hadBytes;
                full = false;
                damage = null;
                target.writerIndex(mark);
                return first;
            }
            return lookedAt;
        }

        /** Selects from messages that lie behind one another; returns the first that was not looked at. */
        int read(LogStore log, int first, int end) {
            ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(step.bytesOf(first, end));
            try {
                int last = end;
                damage = append(log, copy, first, last);
                if (damage != null && last > first + 1) {
                    // One of them: those before it are found one by one.
                    last = first + 1;
                    damage = append(log, copy, first, last);
                }
                if (damage != null) {
                    return first;
                }
                select(copy, first, last);
                return lookedAt;
            } finally {
                copy.release();
            }
        }

        private @Nullable StoreException append(LogStore log, ByteBuf copy, int first, int end) {
            try {
                log.read(step.positions[first], step.bytesOf(first, end), copy);
                return null;
            } catch (StoreException unreadable) {
                return unreadable;
            }
        }

        /**
         * Checks messages, and appends those that are selected, until a bound is reached or one is not what it is to be: then there is
         * a damage.
         */
        private void select(ByteBuf source, int first, int end) {
            int base = source.readerIndex();
            int from = 0;
            int to = 0;
            int next = first;
            while (next < end && messages < bounds.messages()) {
                int size = step.sizes[next];
                if (messages > 0 && size > bounds.bytes() - bytes) {
                    full = true;
                    break;
                }
                int at = (int) (step.positions[next] - step.positions[first]);
                if (message.wrap(source, base + at, size) != null || !queue.holds(message, step.offsets[next])) {
                    damage = new StoreException.Damaged("queue index: the unit of queue offset " + step.offsets[next]
                            + " does not point to the message with that number, at position " + step.positions[next]);
                    break;
                }
                if (matcher.matches(source, message.propertiesAt(), message.propertiesLength())) {
                    if (at != to) {
                        target.writeBytes(source, base + from, to - from);
                        from = at;
                    }
                    to = at + size;
                    bytes += size;
                    if (messages < named.length) {
                        named[messages] = step.offsets[next];
                    }
                    messages++;
                }
                next++;
            }
            target.writeBytes(source, base + from, to - from);
            lookedAt = next;
        }
    }

    /**
     * What a step comes to.
     *
     * @param bytes of all its messages
     * @param largest bytes of the largest one
     * @param next queue offset after the last unit that was looked at
     */
    public record Totals(int bytes, int largest, long next) {}

    /** Most messages and bytes of an answer. */
    public record Bounds(int messages, int bytes) {}

    /**
     * What a step found.
     *
     * @param messages how many were selected
     * @param evaluated of how many
     * @param next queue offset after the last message that was evaluated
     */
    public record Found(int messages, int evaluated, long next) {}
}
