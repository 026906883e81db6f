package io.vledger.store.rocksdb;

import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.QueueUnits;
import io.vledger.store.common.UnitBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One queue with its chunks in a database. Loop only. */
final class RocksQueue extends QueueUnits<RocksQueue> {
    /**
     * Units that are written together.
     *
     * @param number of the database that has them
     * @param segment segment of the log that they point into
     * @param generation flush that wrote them
     */
    record Chunk(long number, long segment, long generation, long queue, long queueOffset, int count) {
        Chunk in(long otherDatabase) {
            return new Chunk(otherDatabase, segment, generation, queue, queueOffset, count);
        }

        /** Queue offset behind its last unit. */
        long end() {
            return queueOffset + count;
        }
    }

    private final RocksQueueIndex index;
    private final List<Chunk> chunks = new ArrayList<>();

    RocksQueue(RocksQueueIndex index, long key) {
        super(index, key);
        this.index = index;
    }

    @Override
    protected RocksQueue self() {
        return this;
    }

    @Override
    public boolean hasChunks() {
        return !chunks.isEmpty();
    }

    @Override
    protected long firstChunkOffset() {
        return chunks.get(0).queueOffset();
    }

    @Override
    protected int readChunk(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        Chunk chunk = chunkOf(queueOffset);
        ByteBuffer units = index.unitsOf(chunk);
        int from = (int) (queueOffset - chunk.queueOffset());
        units.position(from * UnitBuffer.UNIT_BYTES);
        int count = Math.min(maxUnits, chunk.count() - from);
        for (int i = 0; i < count; i++) {
            if (!visitor.visit(queueOffset + i, units.getLong(), units.getInt(), units.getLong())) {
                return -(i + 1);
            }
        }
        return count;
    }

    private Chunk chunkOf(long queueOffset) {
        int low = 0;
        int high = chunks.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (chunks.get(middle).queueOffset() <= queueOffset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return chunks.get(low);
    }

    /** Its chunks, in order. */
    List<Chunk> chunks() {
        return chunks;
    }

    /** Queue offset of its first unit that points into a segment; 0 if none in a database does. */
    long firstOffsetIn(long segment) {
        for (Chunk chunk : chunks) {
            if (chunk.segment() == segment) {
                return chunk.queueOffset();
            }
        }
        return 0;
    }

    /** A chunk is in another database now. */
    void moved(Chunk chunk, long number) {
        chunks.replaceAll(each -> each.equals(chunk) ? each.in(number) : each);
    }

    /** Queue offset that the next chunk must begin with. */
    long nextChunkOffset() {
        return chunks.get(chunks.size() - 1).end();
    }

    /** Adds a chunk that is in a database. */
    void addChunk(Chunk chunk) {
        chunks.add(chunk);
        continueAt(chunk.end());
    }

    @Override
    protected void dropChunksBefore(long position) {
        int gone = 0;
        while (gone < chunks.size() && chunks.get(gone).segment() < position) {
            gone++;
        }
        chunks.subList(0, gone).clear();
    }
}
