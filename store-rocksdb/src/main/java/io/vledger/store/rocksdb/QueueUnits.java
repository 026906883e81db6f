package io.vledger.store.rocksdb;

import io.vledger.api.store.QueueIndex.QueueLog;
import io.vledger.api.store.QueueIndex.UnitVisitor;
import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One queue: a directory of its chunks in the database, then units that are being written, then units since. Loop only. */
final class QueueUnits implements QueueLog {
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
    }

    private final RocksQueueIndex index;
    private final long key;
    private final List<Chunk> chunks = new ArrayList<>();
    private @Nullable Units captured;
    private Units live = new Units();
    private long floor;
    private long max;
    private boolean removed;

    QueueUnits(RocksQueueIndex index, long key) {
        this.index = index;
        this.key = key;
    }

    long key() {
        return key;
    }

    @Override
    public void append(long queueOffset, long position, int size, long tagsCode) {
        if (queueOffset < 0 || (max > 0 && queueOffset != max)) {
            throw new IllegalArgumentException(
                    "queue " + key + " continues with queue offset " + max + ", not with " + queueOffset);
        }
        if (live.count() == 0) {
            index.dirty(this);
        }
        live.append(queueOffset, position, size, tagsCode);
        max = queueOffset + 1;
    }

    @Override
    public long minOffset() {
        index.adopt();
        Units writing = captured;
        long first;
        if (!chunks.isEmpty()) {
            first = chunks.get(0).queueOffset();
        } else if (writing != null) {
            first = writing.firstOffset();
        } else {
            first = live.count() > 0 ? live.firstOffset() : max;
        }
        return Math.max(floor, first);
    }

    @Override
    public long maxOffset() {
        return max;
    }

    @Override
    public int read(long queueOffset, int maxUnits, UnitVisitor visitor) throws StoreException {
        if (queueOffset < minOffset()) {
            return 0;
        }
        int visited = 0;
        while (visited < maxUnits && queueOffset + visited < max) {
            long at = queueOffset + visited;
            int most = maxUnits - visited;
            Units writing = captured;
            int some;
            if (live.count() > 0 && at >= live.firstOffset()) {
                some = visit(live, at, most, visitor);
            } else if (writing != null && at >= writing.firstOffset()) {
                some = visit(writing, at, most, visitor);
            } else {
                some = visit(chunkOf(at), at, most, visitor);
            }
            if (some < 0) {
                return visited - some;
            }
            visited += some;
        }
        return visited;
    }

    /** Visits units from one place; returns how many, negative if the visitor stopped with the last. */
    private static int visit(Units units, long queueOffset, int most, UnitVisitor visitor) {
        int from = (int) (queueOffset - units.firstOffset());
        int count = Math.min(most, units.count() - from);
        for (int i = 0; i < count; i++) {
            int unit = from + i;
            if (!visitor.visit(queueOffset + i, units.position(unit), units.size(unit), units.tagsCode(unit))) {
                return -(i + 1);
            }
        }
        return count;
    }

    private int visit(Chunk chunk, long queueOffset, int most, UnitVisitor visitor) throws StoreException {
        ByteBuffer units = index.unitsOf(chunk);
        int from = (int) (queueOffset - chunk.queueOffset());
        units.position(from * Units.BYTES);
        int count = Math.min(most, chunk.count() - from);
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

    /** Its chunks in the database. */
    List<Chunk> chunks() {
        return chunks;
    }

    /** A chunk is in another database now. */
    void moved(Chunk chunk, long number) {
        chunks.replaceAll(each -> each.equals(chunk) ? each.in(number) : each);
    }

    boolean hasChunks() {
        return !chunks.isEmpty();
    }

    /** Queue offset that the next chunk must begin with. */
    long nextChunkOffset() {
        Chunk last = chunks.get(chunks.size() - 1);
        return last.queueOffset() + last.count();
    }

    /** Adds a chunk that is in the database. */
    void addChunk(Chunk chunk) {
        chunks.add(chunk);
        max = Math.max(max, chunk.queueOffset() + chunk.count());
    }

    /** Sets where the queue continues at least. */
    void continueAt(long queueOffset) {
        max = Math.max(max, queueOffset);
    }

    /** Forgets units of positions below. */
    void dropBefore(long position) {
        int gone = 0;
        while (gone < chunks.size() && chunks.get(gone).segment() < position) {
            gone++;
        }
        chunks.subList(0, gone).clear();
        Units writing = captured;
        if (writing != null) {
            raiseFloor(writing, position);
        }
        raiseFloor(live, position);
    }

    private void raiseFloor(Units units, long position) {
        int below = units.firstAtOrAfter(position);
        if (below > 0) {
            floor = Math.max(floor, units.firstOffset() + below);
        }
    }

    /** Units to be written, which stay readable; together with what an earlier flush did not get written. */
    Units capture() {
        Units writing = captured;
        if (writing == null) {
            writing = live;
        } else {
            writing.appendAll(live);
        }
        captured = writing;
        live = new Units();
        return writing;
    }

    /** Lets go of what was captured: it is in the database now. */
    void release() {
        captured = null;
    }

    boolean removed() {
        return removed;
    }

    void remove() {
        removed = true;
    }
}
