package io.vledger.broker.pull;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.filter.TagFilter;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.util.Arrays;

/** Collects the units of wanted messages up to a bound, as runs of adjacent bytes, and reads them. Reused; loop only. */
public final class ScanPlan implements QueueIndex.UnitVisitor {
    private long[] positions = new long[32];
    private int[] sizes = new int[32];
    /** Queue offset of each message. */
    private long[] offsets = new long[32];

    private int runs;
    private int messages;
    private int bytes;
    private long next;
    private int maxMessages;
    private int maxBytes;
    private MessageFilter filter = TagFilter.ALL;
    private String damage = "";

    /** One without anything. */
    public ScanPlan() {}

    /**
     * Looks at units from {@code from} on.
     *
     * @throws StoreException.Damaged if a unit cannot be one: the index does not check its bytes, and nothing may be allocated
     *     by a size that a flipped bit made
     */
    public void scan(
            QueueIndex.QueueLog log, long from, int maxUnits, MessageFilter wanted, int messagesBound, int bytesBound)
            throws StoreException {
        runs = 0;
        messages = 0;
        bytes = 0;
        next = from;
        filter = wanted;
        maxMessages = messagesBound;
        maxBytes = bytesBound;
        damage = "";
        log.read(from, maxUnits, this);
        if (!damage.isEmpty()) {
            throw new StoreException.Damaged(damage);
        }
    }

    @Override
    public boolean visit(long queueOffset, long position, int size, long tagsCode) {
        if (position < 0 || size <= 0 || size > LogRecord.MAX_LENGTH) {
            damage = "queue index: the unit of queue offset " + queueOffset + " says " + size + " bytes at position "
                    + position;
            return false;
        }
        if (filter.mayMatch(tagsCode)) {
            if (messages > 0 && size > maxBytes - bytes) {
                return false;
            }
            if (messages == offsets.length) {
                offsets = Arrays.copyOf(offsets, messages * 2);
            }
            offsets[messages] = queueOffset;
            add(position, size);
        }
        next = queueOffset + 1;
        return messages < maxMessages;
    }

    private void add(long position, int size) {
        if (runs > 0 && positions[runs - 1] + sizes[runs - 1] == position) {
            sizes[runs - 1] += size;
        } else {
            if (runs == positions.length) {
                positions = Arrays.copyOf(positions, runs * 2);
                sizes = Arrays.copyOf(sizes, runs * 2);
            }
            positions[runs] = position;
            sizes[runs] = size;
            runs++;
        }
        messages++;
        bytes += size;
    }

    /** Number of messages found. */
    public int messages() {
        return messages;
    }

    /** Their bytes. */
    public int bytes() {
        return bytes;
    }

    /** Queue offset after the last unit that was found or skipped. */
    public long next() {
        return next;
    }

    /** Lowest position that will be read. */
    public long firstPosition() {
        return positions[0];
    }

    /** A copy of the runs, for reading later or on another thread. */
    public Runs runs() {
        return new Runs(Arrays.copyOf(positions, runs), Arrays.copyOf(sizes, runs), Arrays.copyOf(offsets, messages));
    }

    /** Runs of bytes, and the queue offsets of the messages in them. */
    public record Runs(long[] positions, int[] sizes, long[] offsets) {
        /**
         * Appends the messages of a queue to {@code target}, which is empty.
         *
         * @throws StoreException.Damaged if the index does not point to the messages that it claims to: units of an old
         *     broker have no checksum
         */
        public void read(LogStore log, ByteBuf target, TopicQueue queue) throws StoreException {
            for (int i = 0; i < positions.length; i++) {
                log.read(positions[i], sizes[i], target);
            }
            MessageView message = new MessageView();
            int at = target.readerIndex();
            for (long offset : offsets) {
                boolean right =
                        message.wrap(target, at, target.writerIndex() - at) == null && queue.holds(message, offset);
                if (!right) {
                    throw new StoreException.Damaged("queue index: the unit of queue offset " + offset
                            + " does not point to the message with that number, from position " + positions[0] + " on");
                }
                at += message.totalSize();
            }
        }
    }
}
