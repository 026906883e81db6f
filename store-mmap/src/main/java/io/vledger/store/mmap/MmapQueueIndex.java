package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.QueueIndex;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.QueueUnits;
import io.vledger.store.common.UnitBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * All queues, in one file for each log segment: a checkpoint appends a chunk for each queue that got units, so that one sync
 * serves any number of queues, and retention drops whole files. Loop only, but for running a flush.
 */
final class MmapQueueIndex implements QueueIndex, QueueUnits.Index<MmapQueue> {
    static final String DIRECTORY = "queues";

    private static final int MAGIC = 0x564C5131; // "VLQ1"
    static final int HEADER_BYTES = 32;
    private static final int CHECKED_FROM = 8;
    /** Bounds a chunk, so that verifying it at its first use is cheap. */
    private static final int CHUNK_UNITS_MAX = 4096;

    private static final int BUFFER_BYTES = 256 << 10;

    private static final long REMEMBERED_NS = 1_000_000_000L;

    private final Addressing addressing;
    private final @Nullable LongSupplier nanos;
    private final IndexFiles files;
    private final Map<Long, MmapQueue> queues = new HashMap<>();
    /** Queues that were removed and may still have chunks, with the segment of the last. */
    private final NavigableMap<Long, Long> removed = new TreeMap<>();

    private Set<MmapQueue> dirty = new LinkedHashSet<>();
    /** By segment, what reading found. */
    private final Map<Long, Set<ChunkPlace>> damagedChunks = new HashMap<>();

    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private @Nullable QueueFlush pending;
    private @Nullable StoreException broken;

    /** @param nanos clock by which a chunk that was verified need not be verified again for a moment; null: always */
    MmapQueueIndex(Disk disk, LogStore log, @Nullable LongSupplier nanos) {
        this.addressing = log.addressing();
        this.nanos = nanos;
        this.files = new IndexFiles(disk, DIRECTORY, log);
    }

    @Override
    public QueueLog queue(long queueKey) {
        adopt();
        return queues.computeIfAbsent(queueKey, key -> new MmapQueue(this, key));
    }

    @Override
    public void remove(long queueKey) {
        adopt();
        MmapQueue queue = queues.remove(queueKey);
        if (queue != null) {
            queue.remove();
            if (queue.hasChunks() || queue.hasMemory()) {
                removed.put(queueKey, queue.lastSegment());
            }
        }
    }

    /** Now, for {@link #remembers}. */
    long nowNs() {
        LongSupplier clock = nanos;
        return clock == null ? 0 : clock.getAsLong();
    }

    /** Whether what was intact then is in the page cache still: the disk is asked again later, and may answer differently. */
    boolean remembers(long verifiedNs) {
        return nanos != null && verifiedNs != 0 && nowNs() - verifiedNs < REMEMBERED_NS;
    }

    @Override
    public void dirty(MmapQueue queue) {
        dirty.add(queue);
    }

    long segmentOf(long position) {
        return addressing.segmentStart(position);
    }

    @Override
    public void dropBefore(long position) {
        adopt();
        droppedBefore = Math.max(droppedBefore, position);
        for (MmapQueue queue : queues.values()) {
            queue.dropBefore(position);
        }
        removed.values().removeIf(segment -> segment < position);
        files.dropBefore(position);
    }

    @Override
    public Flush prepareFlush() {
        adopt();
        QueueFlush before = pending;
        if (before != null) {
            before.cancel();
            takeBack(before);
        }
        List<Captured> units = new ArrayList<>();
        for (MmapQueue queue : dirty) {
            if (!queue.removed()) {
                units.add(new Captured(queue, queue.capture()));
            }
        }
        dirty = new LinkedHashSet<>();
        QueueFlush flush = new QueueFlush(files.begin(), units, markTail(), droppedBefore, broken);
        pending = flush;
        return flush;
    }

    /** What a mark has to say besides the files: removed queues, and where queues without units go on. */
    private ByteBuf markTail() {
        ByteBuf tail = Unpooled.buffer();
        tail.writeInt(removed.size());
        removed.forEach((key, segment) -> tail.writeLong(key).writeLong(segment));
        for (MmapQueue queue : queues.values()) {
            if (queue.maxOffset() > 0 && queue.minOffset() == queue.maxOffset()) {
                tail.writeLong(queue.key()).writeLong(queue.maxOffset());
            }
        }
        return tail;
    }

    private void takeBack(QueueFlush failed) {
        broken = failed.finalFailure();
        files.abandon(failed.files());
        for (Captured captured : failed.units) {
            if (!captured.queue.removed()) {
                dirty.add(captured.queue);
            }
        }
        pending = null;
    }

    /** Takes over what a flush has written. */
    @Override
    public void adopt() {
        QueueFlush flush = pending;
        if (flush == null || !flush.done()) {
            return;
        }
        pending = null;
        files.adopt(flush.files(), droppedBefore);
        for (Captured captured : flush.units) {
            captured.queue.release();
        }
        for (Written chunk : flush.chunks) {
            if (chunk.place.segment() >= droppedBefore && !chunk.queue.removed()) {
                chunk.queue.addChunk(
                        chunk.place.queueOffset(),
                        chunk.place.count(),
                        chunk.place.segment(),
                        chunk.place.filePosition());
            }
        }
    }

    @Override
    public void rewind(byte[] mark) throws StoreException {
        if (pending != null) {
            pending.cancel();
        }
        queues.clear();
        removed.clear();
        dirty = new LinkedHashSet<>();
        pending = null;
        droppedBefore = 0;
        damagedChunks.clear();
        if (mark.length == 0) {
            files.restore(new TreeMap<>());
            return;
        }
        ByteBuf from = IndexFiles.openMark(mark);
        files.restore(IndexFiles.decode(from));
        int removedQueues = from.readInt();
        if (removedQueues < 0 || removedQueues > from.readableBytes() / 16) {
            throw new StoreException.Damaged("the mark of the queue index is not whole");
        }
        for (int i = 0; i < removedQueues; i++) {
            removed.put(from.readLong(), from.readLong());
        }
        while (from.readableBytes() >= 16) {
            long key = from.readLong();
            queues.computeIfAbsent(key, k -> new MmapQueue(this, k)).continueAt(from.readLong());
        }
        for (IndexFiles.IndexFile file : files.all().values()) {
            try {
                readDirectory(file);
            } catch (IOException e) {
                throw Failures.of("reading its directory", files.nameOf(file.segment), e);
            }
        }
    }

    /** Steps from header to header. A start does this for each chunk there is, with code that is not compiled yet: it is kept short. */
    private void readDirectory(IndexFiles.IndexFile file) throws IOException {
        ByteBuf window = ByteBufAllocator.DEFAULT.directBuffer(BUFFER_BYTES);
        try {
            CRC32C crc = new CRC32C();
            ByteBuffer view = window.internalNioBuffer(0, BUFFER_BYTES).duplicate();
            int base = view.position();
            MmapQueue queue = null;
            long windowStart = 0;
            long at = 0;
            while (at < file.length) {
                if (at + HEADER_BYTES > windowStart + window.writerIndex()) {
                    window.clear();
                    windowStart = at;
                    file.file.read(at, (int) Math.min(BUFFER_BYTES, file.length - at), window);
                }
                int header = base + (int) (at - windowStart);
                boolean whole = base + window.writerIndex() - header >= HEADER_BYTES && view.getInt(header) == MAGIC;
                if (whole) {
                    crc.reset();
                    view.limit(header + HEADER_BYTES).position(header + CHECKED_FROM);
                    crc.update(view);
                    view.clear();
                }
                if (!whole || view.getInt(header + 4) != (int) crc.getValue()) {
                    throw damaged(file.segment, at, "the header of a chunk is not intact");
                }
                int count = countIn(view.getInt(header + 24), file, at);
                long key = view.getLong(header + 8);
                if (queue == null || queue.key() != key) {
                    queue = removed.containsKey(key)
                            ? null
                            : queues.computeIfAbsent(key, absent -> new MmapQueue(this, absent));
                }
                if (queue != null) {
                    long queueOffset = view.getLong(header + 16);
                    if (queue.hasChunks() && queue.maxOffset() != queueOffset) {
                        throw damaged(file.segment, at, "queue " + key + " has a gap");
                    }
                    queue.addChunk(queueOffset, count, file.segment, at);
                }
                at += HEADER_BYTES + (long) count * UnitBuffer.UNIT_BYTES;
            }
        } finally {
            window.release();
        }
    }

    private int countIn(int count, IndexFiles.IndexFile file, long position) throws StoreException {
        long room = file.length - position - HEADER_BYTES;
        if (count <= 0 || count > CHUNK_UNITS_MAX || (long) count * UnitBuffer.UNIT_BYTES > room) {
            throw damaged(file.segment, position, "a chunk of " + count + " units does not fit");
        }
        return count;
    }

    private StoreException damaged(long segment, long at, String what) {
        return new StoreException.Damaged(
                files.nameOf(segment) + ": " + what + ", at byte " + at + "; the index must be rebuilt from the log");
    }

    /** Reads units of a chunk that was verified; the caller releases the buffer. */
    ByteBuf readUnits(long segment, long chunk, int skip, int units) throws StoreException {
        return readFile(
                segment, chunk + HEADER_BYTES + (long) skip * UnitBuffer.UNIT_BYTES, units * UnitBuffer.UNIT_BYTES);
    }

    /** Reads and verifies all units of a chunk; the caller releases the buffer. */
    ByteBuf readChunk(ChunkPlace chunk) throws StoreException {
        ByteBuf bytes;
        try {
            bytes = readFile(chunk.segment(), chunk.filePosition(), HEADER_BYTES + chunk.bytes());
        } catch (StoreException.Damaged unreadable) {
            throw reported(chunk, unreadable);
        }
        boolean intact = bytes.getInt(0) == MAGIC
                && bytes.getInt(4) == Blocks.crc(bytes, CHECKED_FROM, HEADER_BYTES - CHECKED_FROM)
                && bytes.getLong(8) == chunk.queueKey()
                && bytes.getLong(16) == chunk.queueOffset()
                && bytes.getInt(28) == Blocks.crc(bytes, HEADER_BYTES, chunk.bytes());
        if (!intact) {
            bytes.release();
            throw reported(chunk, damaged(chunk.segment(), chunk.filePosition(), "a chunk of units is not intact"));
        }
        return bytes.skipBytes(HEADER_BYTES);
    }

    private StoreException reported(ChunkPlace chunk, StoreException damage) {
        damagedChunks.computeIfAbsent(chunk.segment(), s -> new HashSet<>()).add(chunk);
        damageListener.accept(new DamagedPart(chunk.segment(), String.valueOf(damage.getMessage())));
        return damage;
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    @Override
    public @Nullable Rebuild rebuild(long segment) {
        Set<ChunkPlace> chunks = damagedChunks.getOrDefault(segment, Set.of());
        IndexFiles.IndexFile file = files.all().get(segment);
        if (chunks.isEmpty() || file == null) {
            damagedChunks.remove(segment);
            return null;
        }
        return new ChunkRebuild(files, file, chunks, key -> firstOffset(key, segment), written -> {
            if (written) {
                damagedChunks.remove(segment);
                queues.values().forEach(MmapQueue::forgetVerified);
            }
        });
    }

    private long firstOffset(long queueKey, long segment) {
        MmapQueue queue = queues.get(queueKey);
        return queue == null ? 0 : queue.firstOffsetIn(segment);
    }

    /** Seals a chunk whose units are in place behind {@code at}. */
    static void seal(ByteBuf buffer, int at, long queueKey, long queueOffset, int count) {
        buffer.setInt(at, MAGIC);
        buffer.setLong(at + 8, queueKey);
        buffer.setLong(at + 16, queueOffset);
        buffer.setInt(at + 24, count);
        buffer.setInt(at + 28, Blocks.crc(buffer, at + HEADER_BYTES, count * UnitBuffer.UNIT_BYTES));
        buffer.setInt(at + 4, Blocks.crc(buffer, at + CHECKED_FROM, HEADER_BYTES - CHECKED_FROM));
    }

    private ByteBuf readFile(long segment, long at, int count) throws StoreException {
        IndexFiles.IndexFile file = files.all().get(segment);
        if (file == null) {
            throw new StoreException.OutOfRange(files.nameOf(segment) + ": was removed");
        }
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(count);
        boolean done = false;
        try {
            file.file.read(at, count, bytes);
            done = true;
            return bytes;
        } catch (IOException e) {
            throw Failures.of("reading units", files.nameOf(segment), e);
        } finally {
            if (!done) {
                bytes.release();
            }
        }
    }

    void close() throws IOException {
        files.close();
    }

    private record Captured(MmapQueue queue, UnitBuffer units) {}

    private record Written(MmapQueue queue, ChunkPlace place) {}

    /** Writes captured units. */
    private final class QueueFlush extends IndexFilesFlush {
        private final List<Captured> units;
        private final ByteBuf markTail;
        private final long skipBefore;
        private final @Nullable StoreException refused;
        private final List<Written> chunks = new ArrayList<>();
        private final Map<Long, ByteBuf> buffers = new TreeMap<>();

        QueueFlush(
                IndexFiles.FlushFiles files,
                List<Captured> units,
                ByteBuf markTail,
                long skipBefore,
                @Nullable StoreException refused) {
            super(DIRECTORY, files);
            this.units = units;
            this.markTail = markTail;
            this.skipBefore = skipBefore;
            this.refused = refused;
        }

        @Override
        protected byte[] write() throws IOException {
            if (refused != null) {
                throw refused;
            }
            try {
                for (Captured captured : units) {
                    write(captured.queue, captured.units);
                }
                for (Map.Entry<Long, ByteBuf> entry : buffers.entrySet()) {
                    writeOut(entry.getKey(), entry.getValue());
                }
            } finally {
                buffers.values().forEach(ByteBuf::release);
                buffers.clear();
            }
            files().finish();
            ByteBuf mark = IndexFiles.newMark();
            IndexFiles.encode(files().lengths(), mark);
            return IndexFiles.bytes(mark.writeBytes(markTail));
        }

        private void write(MmapQueue queue, UnitBuffer block) throws IOException {
            int from = block.firstAtOrAfter(skipBefore);
            while (from < block.count()) {
                long segment = addressing.segmentStart(block.position(from));
                int until = block.firstAtOrAfter(segment + addressing.segmentBytes());
                while (from < until) {
                    int count = Math.min(CHUNK_UNITS_MAX, until - from);
                    writeChunk(queue, block, from, count, segment);
                    from += count;
                }
            }
        }

        private void writeChunk(MmapQueue queue, UnitBuffer block, int from, int count, long segment)
                throws IOException {
            ByteBuf buffer = buffers.computeIfAbsent(segment, s -> ByteBufAllocator.DEFAULT.directBuffer(BUFFER_BYTES));
            long queueOffset = block.firstOffset() + from;
            int at = buffer.writerIndex();
            buffer.writeZero(HEADER_BYTES);
            block.copy(from, count, buffer);
            seal(buffer, at, queue.key(), queueOffset, count);
            chunks.add(new Written(
                    queue, new ChunkPlace(queue.key(), queueOffset, count, segment, files().end(segment) + at)));
            if (buffer.readableBytes() >= BUFFER_BYTES) {
                writeOut(segment, buffer);
            }
        }

        private void writeOut(long segment, ByteBuf buffer) throws IOException {
            if (buffer.isReadable()) {
                files().append(segment, buffer);
                buffer.clear();
            }
        }
    }
}
