package io.vledger.store.rocksdb;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.store.rocksdb.QueueUnits.Chunk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * All queues. A checkpoint writes a chunk for each queue that got units, under keys that begin with the segment of the log that
 * the units point into, so that retention drops whole files. Loop only, but for running a flush.
 */
final class RocksQueueIndex implements QueueIndex {
    private static final int CHUNK_UNITS_MAX = 4096;
    private static final int BATCH_BYTES = 1 << 20;

    private final Database database;
    private final Addressing addressing;
    private final FreeSpace space;
    private final Map<Long, QueueUnits> queues = new HashMap<>();

    private Set<QueueUnits> dirty = new LinkedHashSet<>();
    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private long epoch;
    private long generation;
    private @Nullable QueueFlush pending;

    RocksQueueIndex(Database database, Addressing addressing, FreeSpace space) {
        this.database = database;
        this.addressing = addressing;
        this.space = space;
    }

    @Override
    public QueueLog queue(long queueKey) {
        adopt();
        return queues.computeIfAbsent(queueKey, key -> new QueueUnits(this, key));
    }

    @Override
    public void remove(long queueKey) {
        adopt();
        QueueUnits queue = queues.remove(queueKey);
        if (queue != null) {
            // Its chunks stay until their segment goes; no mark names it any more.
            queue.remove();
        }
    }

    void dirty(QueueUnits queue) {
        dirty.add(queue);
    }

    @Override
    public void dropBefore(long position) {
        adopt();
        droppedBefore = Math.max(droppedBefore, position);
        queues.values().forEach(queue -> queue.dropBefore(position));
    }

    @Override
    public Flush prepareFlush() {
        adopt();
        QueueFlush before = pending;
        if (before != null) {
            before.cancel();
            for (Captured captured : before.units) {
                if (!captured.queue.removed()) {
                    dirty.add(captured.queue);
                }
            }
            pending = null;
        }
        List<Captured> units = new ArrayList<>();
        for (QueueUnits queue : dirty) {
            if (!queue.removed()) {
                units.add(new Captured(queue, queue.capture()));
            }
        }
        dirty = new LinkedHashSet<>();
        Map<Long, Long> next = new TreeMap<>();
        queues.values().forEach(queue -> {
            if (queue.maxOffset() > 0) {
                next.put(queue.key(), queue.maxOffset());
            }
        });
        // Never a number twice: what a failed flush has left behind must not pass for this one's.
        generation++;
        QueueFlush flush = new QueueFlush(units, new IndexMark(epoch, generation, droppedBefore, next));
        pending = flush;
        return flush;
    }

    /** Takes over what a flush has written. */
    void adopt() {
        QueueFlush flush = pending;
        if (flush == null || !flush.done()) {
            return;
        }
        pending = null;
        flush.units.forEach(captured -> captured.queue.release());
        for (Written written : flush.written) {
            if (written.chunk.segment() >= droppedBefore && !written.queue.removed()) {
                written.queue.addChunk(written.chunk);
            }
        }
    }

    @Override
    public void rewind(byte[] mark) throws StoreException {
        QueueFlush before = pending;
        if (before != null) {
            before.cancel();
        }
        queues.clear();
        dirty = new LinkedHashSet<>();
        pending = null;
        if (mark.length == 0) {
            epoch = Emptying.empty(database, epoch, Family.CHUNKS, Family.UNITS);
            generation = 0;
            droppedBefore = 0;
            return;
        }
        IndexMark to = IndexMark.decode(database.name(), mark);
        Emptying.check(database, Family.CHUNKS, to);
        epoch = to.epoch();
        generation = to.generation();
        droppedBefore = to.droppedBefore();
        to.next().forEach((queue, queueOffset) -> queues.computeIfAbsent(queue, key -> new QueueUnits(this, key))
                .continueAt(queueOffset));
        List<Chunk> newer = new ArrayList<>();
        List<Chunk> known = new ArrayList<>();
        readDirectory(to, known, newer);
        forget(newer);
        // In the order of flushes, which is the order of queue offsets in each queue.
        known.sort((a, b) -> {
            int byQueue = Long.compare(a.queue(), b.queue());
            return byQueue != 0 ? byQueue : Long.compare(a.queueOffset(), b.queueOffset());
        });
        for (Chunk chunk : known) {
            QueueUnits queue = queues.get(chunk.queue());
            if (queue != null) {
                if (queue.hasChunks() && queue.nextChunkOffset() != chunk.queueOffset()) {
                    throw new StoreException.Damaged(database.name() + ": queue " + chunk.queue() + " has a gap before "
                            + chunk.queueOffset() + "; the index must be rebuilt from the log");
                }
                queue.addChunk(chunk);
            }
        }
    }

    private void readDirectory(IndexMark to, List<Chunk> known, List<Chunk> newer) throws StoreException {
        database.read("reading the directory of queues", db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.CHUNKS), database.reads())) {
                for (each.seek(Keys.of(to.epoch(), to.droppedBefore())); each.isValid(); each.next()) {
                    ByteBuffer key = ByteBuffer.wrap(each.key());
                    if (key.getLong() != to.epoch()) {
                        break;
                    }
                    Chunk chunk = new Chunk(
                            key.getLong(),
                            key.getLong(),
                            key.getLong(),
                            key.getLong(),
                            ByteBuffer.wrap(each.value()).getInt());
                    (chunk.generation() > to.generation() ? newer : known).add(chunk);
                }
                each.status();
            }
            return true;
        });
    }

    private void forget(List<Chunk> chunks) throws StoreException {
        if (chunks.isEmpty()) {
            return;
        }
        database.write("rewinding the queues", batch -> {
            for (Chunk chunk : chunks) {
                batch.delete(database.family(Family.CHUNKS), keyOf(chunk));
                batch.delete(database.family(Family.UNITS), keyOf(chunk));
            }
        });
    }

    private byte[] keyOf(Chunk chunk) {
        return Keys.of(epoch, chunk.segment(), chunk.generation(), chunk.queue(), chunk.queueOffset());
    }

    /** The units of a chunk. */
    ByteBuffer unitsOf(Chunk chunk) throws StoreException {
        try {
            byte[] units = database.get(Family.UNITS, keyOf(chunk));
            if (units == null || units.length != chunk.count() * Units.BYTES) {
                throw new StoreException.Damaged(database.name() + ": the units of queue " + chunk.queue() + " from "
                        + chunk.queueOffset() + " are not there; the index must be rebuilt from the log");
            }
            return ByteBuffer.wrap(units);
        } catch (StoreException.Damaged e) {
            damageListener.accept(new DamagedPart(chunk.segment(), String.valueOf(e.getMessage())));
            throw e;
        }
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    @Override
    public Rebuild rebuild(long segment) {
        return new RebuildAtStart(database, Family.CHUNKS, epoch);
    }

    private record Captured(QueueUnits queue, Units units) {}

    private record Written(QueueUnits queue, Chunk chunk) {}

    /** Writes captured units. */
    private final class QueueFlush extends IndexFlush {
        private final List<Captured> units;
        private final List<Written> written = new ArrayList<>();
        private final IndexMark mark;

        QueueFlush(List<Captured> units, IndexMark mark) {
            super("queues");
            this.units = units;
            this.mark = mark;
        }

        @Override
        byte[] write() throws StoreException {
            int next = 0;
            while (next < units.size()) {
                int from = next;
                int until = from;
                long bytes = 0;
                while (until < units.size() && bytes < BATCH_BYTES) {
                    bytes += (long) units.get(until).units.count() * Units.BYTES;
                    until++;
                }
                List<Captured> some = units.subList(from, until);
                space.need(bytes, "writing a checkpoint of the queues");
                database.write("writing a checkpoint of the queues", batch -> {
                    for (Captured captured : some) {
                        write(captured.queue, captured.units, batch);
                    }
                });
                next = until;
            }
            database.sync();
            Emptying.freeBelow(database, mark, Family.CHUNKS, Family.UNITS);
            return mark.encode();
        }

        private void write(QueueUnits queue, Units of, WriteBatch batch) throws RocksDBException {
            int from = of.firstAtOrAfter(mark.droppedBefore());
            while (from < of.count()) {
                long segment = addressing.segmentStart(of.position(from));
                int until = of.firstAtOrAfter(segment + addressing.segmentBytes());
                while (from < until) {
                    int count = Math.min(CHUNK_UNITS_MAX, until - from);
                    Chunk chunk = new Chunk(segment, mark.generation(), queue.key(), of.firstOffset() + from, count);
                    byte[] key = Keys.of(
                            mark.epoch(), chunk.segment(), chunk.generation(), chunk.queue(), chunk.queueOffset());
                    batch.put(
                            database.family(Family.CHUNKS),
                            key,
                            ByteBuffer.allocate(4).putInt(count).array());
                    batch.put(database.family(Family.UNITS), key, of.copy(from, count));
                    written.add(new Written(queue, chunk));
                    from += count;
                }
            }
        }
    }
}
