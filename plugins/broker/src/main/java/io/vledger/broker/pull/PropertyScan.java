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
            return Math.min(totals.bytes, maxBytes + totals.largest);
        }

        /**
         * Appends the selected messages to {@code target}, up to the bounds. Any thread.
         *
         * @throws StoreException if the first one cannot be read; the others end the reading before them
         */
        Found read(LogStore log, ByteBuf target, TopicQueue queue, MessageFilter.Matcher matcher, Bounds bounds)
                throws StoreException {
            MessageView message = new MessageView();
            int found = 0;
            int from = target.readerIndex();
            for (int i = 0; i < offsets.length; i++) {
                if (found == bounds.messages()
                        || (found > 0 && sizes[i] > bounds.bytes() - (target.writerIndex() - from))) {
                    return new Found(found, i, offsets[i]);
                }
                int at = target.writerIndex();
                StoreException unreadable = append(log, target, queue, i, message);
                if (unreadable != null) {
                    if (i == 0) {
                        throw unreadable;
                    }
                    target.writerIndex(at);
                    return new Found(found, i, offsets[i]);
                }
                if (matcher.matches(target, message.propertiesAt(), message.propertiesLength())) {
                    found++;
                } else {
                    target.writerIndex(at);
                }
            }
            return new Found(found, offsets.length, totals.next);
        }

        private @Nullable StoreException append(
                LogStore log, ByteBuf target, TopicQueue queue, int i, MessageView message) {
            int at = target.writerIndex();
            try {
                log.read(positions[i], sizes[i], target);
            } catch (StoreException unreadable) {
                return unreadable;
            }
            boolean right = message.wrap(target, at, sizes[i]) == null && queue.holds(message, offsets[i]);
            return right
                    ? null
                    : new StoreException.Damaged("queue index: the unit of queue offset " + offsets[i]
                            + " does not point to the message with that number, at position " + positions[i]);
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
