package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered by one part of an entry: where they lie, then their bytes, then where they go. Filled on the loop, read on a
 * worker, then used on the loop again.
 */
final class DeliveryBatch {
    /** Most messages. */
    static final int MAX_MESSAGES = 512;

    /** Most bytes of several messages. */
    static final int MAX_BYTES = 256 << 10;

    private static final int GONE = -1;
    /** What lies between two messages is read too if it is not more than this. */
    private static final int MAX_GAP_BYTES = 512;

    private final long[] positions = new long[MAX_MESSAGES];
    private final int[] sizes = new int[MAX_MESSAGES];
    /** Where a message's bytes begin; {@link #GONE} if retention took it, or none lies there. */
    private final int[] starts = new int[MAX_MESSAGES];

    private final @Nullable TopicQueue[] targets = new @Nullable TopicQueue[MAX_MESSAGES];
    private final @Nullable Object[] units = new @Nullable Object[MAX_MESSAGES];
    /** Queue offsets in light queues by message, or null if none is in any. */
    private String @Nullable [] lights;

    private int maxBytes = MAX_BYTES;
    private int count;
    private int bytes;
    private @Nullable Object progress;
    private @Nullable Object head;
    private @Nullable ByteBuf messages;
    private @Nullable StoreException failure;
    private volatile boolean read;
    private boolean dropped;
    private boolean passed;

    /** Takes several messages only if they have not more bytes than this together. */
    void bound(int newMaxBytes) {
        maxBytes = newMaxBytes;
    }

    /** Whether a message of this size fits; one fits always. */
    boolean hasRoomFor(int size) {
        return count == 0 || (count < MAX_MESSAGES && bytes + size <= maxBytes);
    }

    /** Adds a message, with what the source knows of it. */
    void add(long position, int size, Object unit) {
        positions[count] = position;
        sizes[count] = size;
        units[count] = unit;
        bytes += size;
        count++;
    }

    /** Sets how far the source is once this is delivered. A batch without messages is worth an entry if it has this. */
    void progress(Object reached) {
        progress = reached;
    }

    /** What was set. */
    @Nullable
    Object progress() {
        return progress;
    }

    /** Keeps what the source has to write before the messages. */
    void head(Object decided) {
        head = decided;
    }

    /** What was kept. */
    @Nullable
    Object head() {
        return head;
    }

    /** Whether there is nothing to do. */
    boolean isEmpty() {
        return count == 0 && progress == null;
    }

    /** Messages. */
    int count() {
        return count;
    }

    /** What the source knows of a message. */
    Object unit(int item) {
        Object unit = units[item];
        if (unit == null) {
            throw new IndexOutOfBoundsException(item);
        }
        return unit;
    }

    /** Position of the first byte of all messages. */
    long lowestPosition() {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            lowest = Math.min(lowest, positions[i]);
        }
        return lowest;
    }

    /**
     * Reads the messages, up to the first that cannot be read now; neighbours at once. May wait for the disk; any thread, once.
     */
    void read(LogStore log) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(bytes, MessageView.FIXED_BYTES));
        messages = buffer;
        Integer[] order = new Integer[count];
        Arrays.setAll(order, item -> item);
        Arrays.sort(order, Comparator.comparingLong(item -> positions[item]));
        int from = 0;
        while (from < order.length) {
            int to = from + 1;
            while (to < order.length && near(order[to - 1], order[to])) {
                to++;
            }
            if (to - from == 1 || !readRun(log, buffer, order, from, to)) {
                for (int i = from; i < to; i++) {
                    readOne(log, buffer, order[i]);
                }
            }
            from = to;
        }
        read = true;
    }

    private boolean near(int item, int next) {
        return positions[next] - positions[item] - sizes[item] <= MAX_GAP_BYTES;
    }

    private boolean readRun(LogStore log, ByteBuf buffer, Integer[] order, int from, int to) {
        int start = buffer.writerIndex();
        long first = positions[order[from]];
        int last = order[to - 1];
        try {
            log.read(first, (int) (positions[last] - first) + sizes[last], buffer);
        } catch (StoreException inOneOfThem) {
            return false;
        }
        for (int i = from; i < to; i++) {
            found(buffer, order[i], start + (int) (positions[order[i]] - first));
        }
        return true;
    }

    private void readOne(LogStore log, ByteBuf buffer, int item) {
        int start = buffer.writerIndex();
        try {
            log.read(positions[item], sizes[item], buffer);
            found(buffer, item, start);
        } catch (StoreException.OutOfRange gone) {
            starts[item] = GONE;
        } catch (StoreException unreadable) {
            failure = unreadable;
            count = Math.min(count, item);
        }
    }

    private void found(ByteBuf buffer, int item, int start) {
        MessageView view = new MessageView();
        boolean intact = view.wrap(buffer, start, sizes[item]) == null
                && view.totalSize() == sizes[item]
                && view.physicalOffset() == positions[item];
        starts[item] = intact ? start : GONE;
    }

    /** Whether it was read. */
    boolean isRead() {
        return read;
    }

    /** Why it ends before its end; null if it does not. */
    @Nullable
    StoreException failure() {
        return failure;
    }

    /** Shows a message; false if it is not there any more. */
    boolean show(int item, MessageView view) {
        ByteBuf buffer = messages;
        if (buffer == null || starts[item] == GONE) {
            return false;
        }
        String wrong = view.wrap(buffer, starts[item], sizes[item]);
        if (wrong != null) {
            throw new IllegalStateException("a message that was intact is not: " + wrong);
        }
        return true;
    }

    /** Sets where a message goes; null for nowhere. */
    void target(int item, @Nullable TopicQueue queue) {
        targets[item] = queue;
    }

    /** Sets the queue offsets of a message in its light queues, with commas between; empty if it is in none. */
    void lights(int item, String offsets) {
        String[] all = lights;
        if (all == null && !offsets.isEmpty()) {
            all = new String[MAX_MESSAGES];
            Arrays.fill(all, "");
            lights = all;
        }
        if (all != null) {
            all[item] = offsets;
        }
    }

    /** What was set. */
    String lights(int item) {
        String[] all = lights;
        return all == null ? "" : all[item];
    }

    /** Is worth no entry: nothing of it is new. */
    void pass() {
        passed = true;
    }

    /** Whether it is worth no entry. */
    boolean passed() {
        return passed;
    }

    /** Where a message goes. */
    @Nullable
    TopicQueue target(int item) {
        return targets[item];
    }

    /** Is not delivered: lets go of the bytes, or has its reader do so. */
    void drop() {
        dropped = true;
        if (read) {
            release();
        }
    }

    /** Whether it is not delivered. */
    boolean dropped() {
        return dropped;
    }

    /** Lets go of the bytes. */
    void release() {
        ByteBuf buffer = messages;
        messages = null;
        if (buffer != null) {
            buffer.release();
        }
    }
}
