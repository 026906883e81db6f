package io.vledger.store.rocksdb;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.IndexFlush;
import io.vledger.store.common.QueueUnits;
import io.vledger.store.common.UnitBuffer;
import io.vledger.store.rocksdb.RocksQueue.Chunk;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * All queues. A checkpoint writes a chunk for each queue that got units, under keys that begin with the segment of the log that
 * the units point into, so that retention drops whole files. Loop only, but for running a flush.
 */
final class RocksQueueIndex implements QueueIndex, QueueUnits.Index<RocksQueue> {
    private static final int CHUNK_UNITS_MAX = 4096;
    private static final int BATCH_BYTES = 1 << 20;

    private final IndexDatabase databases;
    private final Addressing addressing;
    private final FreeSpace space;
    private final Map<Long, RocksQueue> queues = new HashMap<>();

    private Set<RocksQueue> dirty = new LinkedHashSet<>();
    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private long generation;
    /** Number of the database whose damage was reported. */
    private long reportedNumber;
    /** Number of the database that was written when somebody last looked. */
    private long seenNumber;

    private @Nullable QueueFlush pending;

    RocksQueueIndex(IndexDatabase databases, Addressing addressing, FreeSpace space) {
        this.databases = databases;
        this.addressing = addressing;
        this.space = space;
    }

    @Override
    public QueueLog queue(long queueKey) {
        adopt();
        return queues.computeIfAbsent(queueKey, key -> new RocksQueue(this, key));
    }

    @Override
    public void remove(long queueKey) {
        adopt();
        RocksQueue queue = queues.remove(queueKey);
        if (queue != null) {
            // Its chunks stay until their segment goes; no mark names it any more.
            queue.remove();
        }
    }

    @Override
    public void dirty(RocksQueue queue) {
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
        if (databases.isReplaced()) {
            // Again: what is rebuilt at a time is one segment, and a report of that very
            // segment meanwhile is not remembered.
            reportAll(databases.name() + ": it is not in the new database yet");
        }
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
        for (RocksQueue queue : dirty) {
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
        QueueFlush flush = new QueueFlush(units, generation, droppedBefore, next, wholeIn());
        pending = flush;
        return flush;
    }

    /** Number of the database that has all chunks; -1 if none has. */
    private long wholeIn() {
        boolean whole = !databases.isReplaced()
                || queues.values().stream().allMatch(queue -> queue.chunks().stream()
                        .noneMatch(chunk -> databases.isLost(chunk.number())));
        return whole ? databases.number() : -1;
    }

    /** Takes over what a flush has written. */
    @Override
    public void adopt() {
        QueueFlush flush = pending;
        if (flush != null && flush.done()) {
            pending = null;
            flush.units.forEach(captured -> captured.queue.release());
            for (Written written : flush.written) {
                if (written.chunk.segment() >= droppedBefore && !written.queue.removed()) {
                    written.queue.addChunk(written.chunk);
                    if (databases.isLost(written.chunk.number())) {
                        damageListener.accept(new DamagedPart(
                                written.chunk.segment(), databases.name() + ": it was written to a damaged database"));
                    }
                }
            }
        }
        long number = databases.number();
        String damage = databases.damage();
        if (damage != null && reportedNumber != number) {
            reportAll(damage);
            reportedNumber = number;
        } else if (seenNumber != number) {
            reportAll(databases.name() + ": it was written to a damaged database");
            seenNumber = number;
        }
    }

    /** All that is in a damaged database is written to a new one. */
    private void reportAll(String damage) {
        Set<Long> segments = new TreeSet<>();
        for (RocksQueue queue : queues.values()) {
            for (Chunk chunk : queue.chunks()) {
                if (databases.isLost(chunk.number())) {
                    segments.add(chunk.segment());
                }
            }
        }
        segments.forEach(segment -> damageListener.accept(new DamagedPart(segment, damage)));
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
        reportedNumber = 0;
        generation = 0;
        droppedBefore = 0;
        if (mark.length == 0) {
            databases.empty();
            seenNumber = databases.number();
            return;
        }
        IndexMark to = IndexMark.decode(databases.name(), mark);
        databases.check(to);
        seenNumber = to.number();
        generation = to.generation();
        droppedBefore = to.droppedBefore();
        to.next().forEach((queue, queueOffset) -> queues.computeIfAbsent(queue, key -> new RocksQueue(this, key))
                .continueAt(queueOffset));
        Database database = databases.at(to.number());
        List<Chunk> newer = new ArrayList<>();
        List<Chunk> known = new ArrayList<>();
        readDirectory(database, to, known, newer);
        forget(database, to, newer);
        // In the order of flushes, which is the order of queue offsets in each queue.
        known.sort(Comparator.comparingLong(Chunk::queue).thenComparingLong(Chunk::queueOffset));
        for (Chunk chunk : known) {
            RocksQueue queue = queues.get(chunk.queue());
            if (queue != null) {
                if (queue.hasChunks() && queue.nextChunkOffset() != chunk.queueOffset()) {
                    throw hasAGap(chunk.queue(), chunk.queueOffset());
                }
                queue.addChunk(chunk);
            }
        }
        for (Map.Entry<Long, Long> next : to.next().entrySet()) {
            RocksQueue queue = queues.get(next.getKey());
            if (queue != null && queue.hasChunks() && queue.nextChunkOffset() != next.getValue()) {
                throw hasAGap(next.getKey(), next.getValue());
            }
        }
    }

    private StoreException.Damaged hasAGap(long queue, long queueOffset) {
        return new StoreException.Damaged(databases.name() + ": queue " + queue + " has a gap before " + queueOffset
                + "; the index must be rebuilt from the log");
    }

    private static void readDirectory(Database database, IndexMark to, List<Chunk> known, List<Chunk> newer)
            throws StoreException {
        database.read("reading the directory of queues", db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.CHUNKS), database.reads())) {
                for (each.seek(Keys.of(to.droppedBefore())); each.isValid(); each.next()) {
                    ByteBuffer key = ByteBuffer.wrap(each.key());
                    Chunk chunk = new Chunk(
                            to.number(),
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

    private void forget(Database database, IndexMark to, List<Chunk> chunks) throws StoreException {
        if (chunks.isEmpty()) {
            return;
        }
        database.write("rewinding the queues", batch -> {
            for (Chunk chunk : chunks) {
                batch.delete(database.family(Family.CHUNKS), keyOf(chunk));
                batch.delete(database.family(Family.UNITS), keyOf(chunk));
            }
            // A later mark would find less than it describes.
            databases.flushed(database, batch, to.generation());
        });
    }

    private static byte[] keyOf(Chunk chunk) {
        return Keys.of(chunk.segment(), chunk.generation(), chunk.queue(), chunk.queueOffset());
    }

    private static void put(Database database, WriteBatch batch, Chunk chunk, byte[] units) throws RocksDBException {
        byte[] key = keyOf(chunk);
        batch.put(
                database.family(Family.CHUNKS),
                key,
                ByteBuffer.allocate(Integer.BYTES).putInt(chunk.count()).array());
        batch.put(database.family(Family.UNITS), key, units);
    }

    /** The units of a chunk. */
    ByteBuffer unitsOf(Chunk chunk) throws StoreException {
        try {
            byte[] units = databases.at(chunk.number()).get(Family.UNITS, keyOf(chunk));
            if (units == null || units.length != chunk.count() * UnitBuffer.UNIT_BYTES) {
                throw new StoreException.Damaged(databases.name() + ": the units of queue " + chunk.queue() + " from "
                        + chunk.queueOffset() + " are not there; the index must be rebuilt from the log");
            }
            return ByteBuffer.wrap(units);
        } catch (StoreException.Damaged e) {
            String what = String.valueOf(e.getMessage());
            if (chunk.number() == databases.number()) {
                databases.damaged(what);
            }
            damageListener.accept(new DamagedPart(chunk.segment(), what));
            adopt();
            throw e;
        }
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    @Override
    public @Nullable Rebuild rebuild(long segment) {
        adopt();
        Map<Long, List<LostChunk>> lost = new HashMap<>();
        for (RocksQueue queue : queues.values()) {
            for (Chunk chunk : queue.chunks()) {
                if (chunk.segment() == segment && databases.isLost(chunk.number())) {
                    lost.computeIfAbsent(queue.key(), key -> new ArrayList<>()).add(new LostChunk(queue, chunk));
                }
            }
        }
        return lost.isEmpty() ? null : new QueueRebuild(lost, segment);
    }

    /** A chunk that is written to a new database, with what has come of it. */
    private static final class LostChunk {
        private final RocksQueue queue;
        private final Chunk chunk;
        private final ByteBuffer units;
        private final BitSet received;

        LostChunk(RocksQueue queue, Chunk chunk) {
            this.queue = queue;
            this.chunk = chunk;
            this.units = ByteBuffer.allocate(chunk.count() * UnitBuffer.UNIT_BYTES);
            this.received = new BitSet(chunk.count());
        }

        void take(long queueOffset, long position, int size, long tagsCode) {
            long unit = queueOffset - chunk.queueOffset();
            if (unit >= 0 && unit < chunk.count()) {
                units.position((int) unit * UnitBuffer.UNIT_BYTES);
                units.putLong(position).putInt(size).putLong(tagsCode);
                received.set((int) unit);
            }
        }
    }

    /** Writes the chunks of one segment to a new database, from the messages in the log. */
    private final class QueueRebuild implements Rebuild {
        private final Map<Long, List<LostChunk>> lost;
        private final long segment;
        /** By queue, where the units go whose queue offsets the log does not say. */
        private final Map<Long, Long> nextOffsets = new HashMap<>();

        private long number;

        QueueRebuild(Map<Long, List<LostChunk>> lost, long segment) {
            this.lost = lost;
            this.segment = segment;
        }

        @Override
        public void next(long queueKey, long position, int size, long tagsCode) {
            List<LostChunk> chunks = lost.get(queueKey);
            if (chunks != null) {
                RocksQueue queue = chunks.get(0).queue;
                long queueOffset = nextOffsets.computeIfAbsent(queueKey, key -> queue.firstOffsetIn(segment));
                nextOffsets.put(queueKey, queueOffset + 1);
                unit(queueKey, queueOffset, position, size, tagsCode);
            }
        }

        @Override
        public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
            for (LostChunk each : lost.getOrDefault(queueKey, List.of())) {
                each.take(queueOffset, position, size, tagsCode);
            }
        }

        @Override
        public void key(long keyHash, long position, long storeTimestamp) {
            // Keys are another index's.
        }

        @Override
        public void write() throws StoreException {
            Database to = databases.writable();
            for (List<LostChunk> ofQueue : lost.values()) {
                for (LostChunk each : ofQueue) {
                    Chunk chunk = each.chunk;
                    if (each.received.cardinality() < chunk.count()) {
                        throw new StoreException.Damaged(databases.name() + ": the log has "
                                + each.received.cardinality() + " of the " + chunk.count() + " units of queue "
                                + chunk.queue() + " from " + chunk.queueOffset());
                    }
                    space.need(each.units.capacity(), "rebuilding units");
                    to.write("rebuilding units", batch -> put(to, batch, chunk, each.units.array()));
                }
            }
            to.sync();
            number = databases.number();
        }

        @Override
        public void end(boolean written) {
            if (written) {
                lost.values().forEach(ofQueue -> ofQueue.forEach(each -> each.queue.moved(each.chunk, number)));
            }
        }
    }

    private record Captured(RocksQueue queue, UnitBuffer units) {}

    private record Written(RocksQueue queue, Chunk chunk) {}

    /** Writes captured units. */
    private final class QueueFlush extends IndexFlush {
        private final List<Captured> units;
        private final List<Written> written = new ArrayList<>();
        private final long ofGeneration;
        private final long noneBefore;
        private final Map<Long, Long> nextOffsets;
        private final long wholeIn;

        /**
         * A flush.
         *
         * @param noneBefore position below which nothing is written
         * @param nextOffsets next queue offset of each queue
         * @param wholeIn number of the database that has everything else
         */
        QueueFlush(
                List<Captured> units, long ofGeneration, long noneBefore, Map<Long, Long> nextOffsets, long wholeIn) {
            super("queues");
            this.units = units;
            this.ofGeneration = ofGeneration;
            this.noneBefore = noneBefore;
            this.nextOffsets = nextOffsets;
            this.wholeIn = wholeIn;
        }

        @Override
        protected byte[] write() throws StoreException {
            try {
                return write(databases.writable());
            } catch (StoreException.Damaged e) {
                databases.damaged(String.valueOf(e.getMessage()));
                keepCaptured();
                return IndexMark.unusable().encode();
            }
        }

        private byte[] write(Database database) throws StoreException {
            long number = databases.number();
            int next = 0;
            while (next < units.size()) {
                int from = next;
                int until = from;
                long bytes = 0;
                while (until < units.size() && bytes < BATCH_BYTES) {
                    bytes += (long) units.get(until).units.count() * UnitBuffer.UNIT_BYTES;
                    until++;
                }
                List<Captured> some = units.subList(from, until);
                space.need(bytes, "writing a checkpoint of the queues");
                database.write("writing a checkpoint of the queues", batch -> {
                    for (Captured captured : some) {
                        write(captured.queue, captured.units, number, database, batch);
                    }
                });
                next = until;
            }
            database.write(
                    "ending a checkpoint of the queues", batch -> databases.flushed(database, batch, ofGeneration));
            database.sync();
            if (wholeIn == number) {
                databases.complete(ofGeneration);
            }
            database.freeBelow(noneBefore, Family.CHUNKS, Family.UNITS);
            return new IndexMark(number, ofGeneration, noneBefore, 0, nextOffsets).encode();
        }

        private void write(RocksQueue queue, UnitBuffer of, long number, Database database, WriteBatch batch)
                throws RocksDBException {
            int from = of.firstAtOrAfter(noneBefore);
            while (from < of.count()) {
                long segment = addressing.segmentStart(of.position(from));
                int until = of.firstAtOrAfter(segment + addressing.segmentBytes());
                while (from < until) {
                    int count = Math.min(CHUNK_UNITS_MAX, until - from);
                    Chunk chunk = new Chunk(number, segment, ofGeneration, queue.key(), of.firstOffset() + from, count);
                    put(database, batch, chunk, of.copy(from, count));
                    written.add(new Written(queue, chunk));
                    from += count;
                }
            }
        }
    }
}
