package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import io.vledger.importer.manifest.LocalPlacement;

/** One queue, as far as it is in the old log. Units that turn out damaged are rebuilt; until then readers are refused. Loop only. */
final class OriginQueue {
    private final OriginUnits units;
    private final OriginLog log;
    private final UnitRebuild rebuild;
    private long min;
    /** Position of the log's first byte for which {@link #min} was found. */
    private long minFor;

    OriginQueue(OriginUnits units, OriginLog log, UnitRebuild rebuild, long beginOfAll) {
        this.units = units;
        this.log = log;
        this.rebuild = rebuild;
        this.min = units.queue().min();
        this.minFor = beginOfAll;
    }

    long max() {
        return units.queue().max();
    }

    /** Queue offset of the first unit whose message has not expired; the max if there is none. */
    long min() {
        long first = log.first();
        if (first > minFor) {
            try {
                min = bisect(first);
                minFor = first;
                units.expire(min);
            } catch (StoreException unreadable) {
                // It is rebuilt; the queue begins where it did until then.
                return min;
            }
        }
        return min;
    }

    private long bisect(long first) throws StoreException {
        long low = min;
        long high = max();
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
        LocalPlacement.Units run = units.run(queueOffset);
        if (run == null) {
            return -1;
        }
        ByteBuf chunk = OriginUnits.chunkBuffer();
        try {
            units.readChunk(run, queueOffset, chunk);
            return chunk.getLong((int) (queueOffset - run.chunkFrom(queueOffset)) * OriginUnits.UNIT_BYTES);
        } catch (StoreException.OutOfRange gone) {
            return -1;
        } catch (StoreException damaged) {
            rebuild.met(units, queueOffset, String.valueOf(damaged.getMessage()));
            throw damaged;
        } finally {
            chunk.release();
        }
    }

    /**
     * Visits units up to the max.
     *
     * @param queueOffset at or above {@link #min}
     * @return how many were visited; those before damaged ones are
     * @throws StoreException.Damaged if the first one is damaged
     */
    int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        int visited = 0;
        ByteBuf chunk = OriginUnits.chunkBuffer();
        try {
            while (visited < maxUnits) {
                long next = queueOffset + visited;
                LocalPlacement.Units run = units.run(next);
                if (run == null) {
                    return visited;
                }
                try {
                    units.readChunk(run, next, chunk.clear());
                } catch (StoreException damaged) {
                    String what = String.valueOf(damaged.getMessage());
                    rebuild.met(units, next, what);
                    if (visited > 0) {
                        return visited;
                    }
                    throw new StoreException.Damaged(what + "; they are being rebuilt from the old log");
                }
                long from = run.chunkFrom(next);
                long to = Math.min(run.chunkTo(next), queueOffset + maxUnits);
                for (; next < to; next++) {
                    int at = (int) (next - from) * OriginUnits.UNIT_BYTES;
                    visited++;
                    if (!visitor.visit(next, chunk.getLong(at), chunk.getInt(at + 8), chunk.getLong(at + 12))) {
                        return visited;
                    }
                }
            }
            return visited;
        } finally {
            chunk.release();
        }
    }
}
