package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import io.vledger.importer.base.Base;
import io.vledger.importer.base.Here;
import io.vledger.importer.legacy.ConsumeQueueFiles;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The units of one queue that point into the old log. Loop only. */
final class OldQueue {
    private static final Logger LOG = LoggerFactory.getLogger(OldQueue.class);
    private static final int UNIT_BYTES = ConsumeQueueFiles.UNIT_BYTES;
    /** Units read in one go. */
    private static final int BLOCK_UNITS = 800;

    private final Base.Queue queue;
    private final List<Here.Units> runs;
    private final OldLog log;
    private final OpenFiles open;
    private long min;
    /** Position of the log's first byte for which {@link #min} was found. */
    private long minFor;

    OldQueue(Base.Queue queue, List<Here.Units> runs, OldLog log, OpenFiles open, long beginOfAll) {
        this.queue = queue;
        this.runs = runs;
        this.log = log;
        this.open = open;
        this.min = queue.min();
        this.minFor = beginOfAll;
    }

    long max() {
        return queue.max();
    }

    /** Queue offset of the first unit whose message has not expired; the max if there is none. */
    long min() {
        long first = log.first();
        if (first > minFor) {
            minFor = first;
            try {
                min = bisect(first);
            } catch (StoreException e) {
                LOG.warn("queue {} of {} begins at {} still: {}", queue.id(), queue.topic(), min, e.getMessage());
            }
        }
        return min;
    }

    private long bisect(long first) throws StoreException {
        long low = min;
        long high = queue.max();
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (positionOf(middle) < first) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** A unit in a file that has gone with its messages points below everything. */
    private long positionOf(long queueOffset) throws StoreException {
        long[] found = {-1};
        try {
            read(queueOffset, 1, (at, position, size, tagsCode) -> {
                found[0] = position;
                return false;
            });
        } catch (StoreException.OutOfRange gone) {
            return -1;
        }
        return found[0];
    }

    /** Visits units up to the max; returns how many. */
    int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        int visited = 0;
        ByteBuf block = PooledByteBufAllocator.DEFAULT.buffer(BLOCK_UNITS * UNIT_BYTES);
        try {
            for (Here.Units run : runs) {
                long next = queueOffset + visited;
                while (next >= run.from() && next < run.to() && visited < maxUnits) {
                    int count = (int) Math.min(Math.min(BLOCK_UNITS, maxUnits - visited), run.to() - next);
                    open.read(run.file(), (next - run.first()) * UNIT_BYTES, count * UNIT_BYTES, block.clear());
                    for (int i = 0; i < count; i++) {
                        int at = i * UNIT_BYTES;
                        visited++;
                        if (!visitor.visit(next + i, block.getLong(at), block.getInt(at + 8), block.getLong(at + 12))) {
                            return visited;
                        }
                    }
                    next += count;
                }
            }
            return visited;
        } finally {
            block.release();
        }
    }
}
