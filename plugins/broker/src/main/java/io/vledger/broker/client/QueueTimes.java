package io.vledger.broker.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.SysFlag;
import java.io.UncheckedIOException;

/** Finds when the messages of a queue were stored, and which was stored when. Loop only; reads the log. */
public final class QueueTimes {
    /** Answered where there is no message. */
    public static final long NONE = -1;

    private static final int STORE_TIMESTAMP_AT = 56;
    private static final int V6_MORE_BYTES = 12;
    private static final int HEAD_BYTES = STORE_TIMESTAMP_AT + V6_MORE_BYTES + Long.BYTES;

    private final LogStore log;

    /** Times of queues whose messages are in a log. */
    public QueueTimes(LogStore log) {
        this.log = log;
    }

    /** Log position of a message of a queue, or {@link #NONE}. */
    public static long positionOf(TopicQueue queue, long queueOffset) {
        if (queueOffset < queue.minOffset() || queueOffset >= queue.maxOffset()) {
            return NONE;
        }
        long[] found = {NONE};
        try {
            queue.log().read(queueOffset, 1, (offset, position, size, tagsCode) -> {
                found[0] = position;
                return false;
            });
        } catch (StoreException e) {
            throw unreadable("queue " + queue.id() + " of " + queue.topic().name(), e);
        }
        return found[0];
    }

    /** When a message was stored, milliseconds since the epoch, or {@link #NONE}. */
    public long storedAt(TopicQueue queue, long queueOffset) {
        return storedAt(positionOf(queue, queueOffset));
    }

    /** When the message at a position of the log was stored, or {@link #NONE}. Any thread; may wait for the disk. */
    public long storedAt(long position) {
        if (position == NONE) {
            return NONE;
        }
        ByteBuf head = PooledByteBufAllocator.DEFAULT.buffer(HEAD_BYTES);
        try {
            log.read(position, HEAD_BYTES, head);
            boolean v6 = (head.getInt(MessageView.SYS_FLAG_AT) & SysFlag.BORN_HOST_V6) != 0;
            return head.getLong(STORE_TIMESTAMP_AT + (v6 ? V6_MORE_BYTES : 0));
        } catch (StoreException.OutOfRange dropped) {
            return NONE;
        } catch (StoreException e) {
            throw unreadable("the log at position " + position, e);
        } finally {
            head.release();
        }
    }

    /**
     * Finds a message by time.
     *
     * @param upper false: the first stored at or after {@code timeMs}, or the queue's end; true: the last stored at or
     *     before it, or the queue's beginning
     */
    public long search(TopicQueue queue, long timeMs, boolean upper) {
        long min = queue.minOffset();
        long max = queue.maxOffset();
        if (min >= max) {
            return max;
        }
        // The first message in [low, high) for which the test holds; `high` if it holds for none.
        long low = min;
        long high = max;
        while (low < high) {
            long middle = (low + high) >>> 1;
            long stored = storedAt(queue, middle);
            boolean after = upper ? stored > timeMs : stored >= timeMs;
            if (after) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return upper ? Math.max(min, low - 1) : low;
    }

    static UncheckedIOException unreadable(String what, StoreException cause) {
        return new UncheckedIOException(what + " cannot be read", cause);
    }
}
