package io.vledger.broker.timer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are delivered by one part of an entry: where they lie, then their bytes, then where they go. Filled on the loop, read on a
 * worker, then used on the loop again.
 */
final class DeliveryBatch {
    /** Most messages. */
    static final int MAX_MESSAGES = 512;

    private static final int MAX_BYTES = 256 << 10;
    private static final int GONE = -1;

    private final long[] positions = new long[MAX_MESSAGES];
    private final int[] sizes = new int[MAX_MESSAGES];
    /** Where a message's bytes begin; {@link #GONE} if retention took it, or none lies there. */
    private final int[] starts = new int[MAX_MESSAGES];

    private final @Nullable TopicQueue[] targets = new @Nullable TopicQueue[MAX_MESSAGES];
    private final @Nullable Object[] units = new @Nullable Object[MAX_MESSAGES];
    private int count;
    private int bytes;
    private @Nullable Object progress;
    private @Nullable Object head;
    private @Nullable ByteBuf messages;
    private @Nullable StoreException failure;
    private volatile boolean read;
    private boolean dropped;

    /** Whether a message of this size fits; one fits always. */
    boolean hasRoomFor(int size) {
        return count == 0 || (count < MAX_MESSAGES && bytes + size <= MAX_BYTES);
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

    /** Reads the messages, up to the first that cannot be read now. May wait for the disk; any thread, once. */
    void read(LogStore log) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(bytes, MessageView.FIXED_BYTES));
        messages = buffer;
        MessageView view = new MessageView();
        for (int i = 0; i < count; i++) {
            int start = buffer.writerIndex();
            try {
                log.read(positions[i], sizes[i], buffer);
                boolean intact = view.wrap(buffer, start, sizes[i]) == null
                        && view.totalSize() == sizes[i]
                        && view.physicalOffset() == positions[i];
                starts[i] = intact ? start : GONE;
            } catch (StoreException.OutOfRange gone) {
                starts[i] = GONE;
            } catch (StoreException unreadable) {
                failure = unreadable;
                count = i;
            }
        }
        read = true;
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
