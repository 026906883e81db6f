package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.filter.MessageFilter;
import io.vledger.broker.pull.PropertyScan.Bounds;
import io.vledger.broker.pull.PropertyScan.Found;
import io.vledger.broker.pull.PropertyScan.Step;
import io.vledger.broker.pull.ScanPlan;
import io.vledger.broker.pull.ScanPlan.Runs;
import io.vledger.broker.state.TopicQueue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one pop finds in one queue: planned on the loop, read there or on a worker. It owns the bytes that were read. A filter that reads
 * properties selects while they are read, so until then only what was planned is known.
 */
final class Portion {
    final PopQueue queue;
    /** Name of the topic that the queue is of, which may be a retry topic. */
    final String topic;
    /** Where the scan began. */
    final long start;

    private final TopicQueue source;
    private final @Nullable Runs runs;
    private final @Nullable Step step;
    private final Bounds bounds;
    private final boolean hot;
    private final long planned;
    private long next;
    private long[] offsets;
    private int evaluated;
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private @Nullable StoreException failure;

    /** Takes over what was planned for a filter by tags. */
    Portion(PopQueue queue, TopicQueue source, long start, ScanPlan plan, boolean hot) {
        this.queue = queue;
        this.source = source;
        this.topic = source.topic().name();
        this.start = start;
        this.planned = plan.next();
        this.next = planned;
        this.runs = plan.runs();
        this.step = null;
        this.bounds = new Bounds(plan.messages(), plan.bytes());
        this.hot = hot;
        this.offsets = runs.offsets();
    }

    /** Takes over what was planned for a filter by properties, which is to select so many messages and bytes at most. */
    Portion(PopQueue queue, TopicQueue source, long start, Step step, Bounds bounds, boolean hot) {
        this.queue = queue;
        this.source = source;
        this.topic = source.topic().name();
        this.start = start;
        this.planned = step.totals().next();
        this.next = planned;
        this.runs = null;
        this.step = step;
        this.bounds = bounds;
        this.hot = hot;
        this.offsets = new long[0];
    }

    /** Whether it can be read without waiting for a disk. */
    boolean hot() {
        return hot;
    }

    /** Queue offset after the last message that was found or passed over. */
    long next() {
        return next;
    }

    /** How many messages were planned to be looked at, and were not. */
    long unread() {
        return planned - next;
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

    /** Reads the messages that the filter selects. Any thread, one at a time. */
    void read(LogStore log, MessageFilter filter) {
        int capacity = step == null ? bounds.bytes() : step.capacity(bounds.bytes());
        ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, capacity));
        try {
            if (step != null) {
                long[] selected = new long[bounds.messages()];
                Found found = step.read(log, read, source, filter.matcher(), bounds, selected);
                offsets = Arrays.copyOf(selected, found.messages());
                evaluated = found.evaluated();
                next = found.next();
            } else if (runs != null) {
                runs.read(log, read, source);
            }
            body = read;
        } catch (StoreException unreadable) {
            read.release();
            failure = unreadable;
        }
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
