package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.pull.ScanPlan;
import io.vledger.broker.state.TopicQueue;
import io.vledger.protocol.message.MessageView;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one pop finds in one queue: planned on the loop, read there or on a worker. It owns the bytes that were read. */
final class Portion {
    final PopQueue queue;
    /** Name of the topic that the queue is of, which may be a retry topic. */
    final String topic;
    /** Where the scan began. */
    final long start;
    /** Queue offset after the last message that was found or passed over. */
    final long next;

    private final TopicQueue source;
    private final ScanPlan.Runs runs;
    private final int bytes;
    private final boolean hot;
    private long[] offsets;
    private int evaluated;
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private @Nullable StoreException failure;

    /** Takes over what was planned. */
    Portion(PopQueue queue, TopicQueue source, long start, ScanPlan plan, boolean hot) {
        this.queue = queue;
        this.source = source;
        this.topic = source.topic().name();
        this.start = start;
        this.next = plan.next();
        this.runs = plan.runs();
        this.bytes = plan.bytes();
        this.hot = hot;
        this.offsets = runs.offsets();
    }

    /** Whether it can be read without waiting for a disk. */
    boolean hot() {
        return hot;
    }

    /** Queue offsets of the messages. */
    long[] offsets() {
        return offsets;
    }

    int messages() {
        return offsets.length;
    }

    /** The messages, as they are stored. */
    ByteBuf body() {
        return body;
    }

    /** Why it could not be read, or null. */
    @Nullable
    StoreException failure() {
        return failure;
    }

    /** How many messages the filter evaluated; 0 if it reads no properties. */
    int evaluated() {
        return evaluated;
    }

    /** Reads the messages, and drops those that the filter does not select. Any thread, one at a time. */
    void read(LogStore log, MessageFilter filter) {
        ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, bytes));
        try {
            runs.read(log, read, source);
            body = filter.readsProperties() ? select(read, filter.matcher()) : read;
        } catch (StoreException unreadable) {
            read.release();
            failure = unreadable;
        }
    }

    private ByteBuf select(ByteBuf read, MessageFilter.Matcher matcher) {
        evaluated = offsets.length;
        MessageView view = new MessageView();
        long[] kept = new long[offsets.length];
        int count = 0;
        int to = 0;
        int at = 0;
        int end = read.writerIndex();
        for (long queueOffset : offsets) {
            if (view.wrap(read, at, end - at) != null) {
                throw new IllegalStateException("a message that was checked is none");
            }
            int size = view.totalSize();
            if (matcher.matches(view.buffer(), view.propertiesAt(), view.propertiesLength())) {
                if (to < at) {
                    ByteBuf moved = read.copy(at, size);
                    read.setBytes(to, moved);
                    moved.release();
                }
                kept[count++] = queueOffset;
                to += size;
            }
            at += size;
        }
        offsets = Arrays.copyOf(kept, count);
        return read.writerIndex(to);
    }

    /** Distances of the messages from the start, or null if they are the first ones without gaps. */
    int @Nullable [] distances() {
        boolean dense = true;
        for (int i = 0; i < offsets.length; i++) {
            dense &= offsets[i] == start + i;
        }
        return dense
                ? null
                : Arrays.stream(offsets)
                        .mapToInt(offset -> Math.toIntExact(offset - start))
                        .toArray();
    }

    /** Replaces the messages by others for the answer. */
    void body(ByteBuf other) {
        body.release();
        body = other;
    }

    /** Gives the messages away. */
    ByteBuf takeBody() {
        ByteBuf taken = body;
        body = Unpooled.EMPTY_BUFFER;
        return taken;
    }

    void release() {
        takeBody().release();
    }
}
