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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All queues, in one file for each log segment: a checkpoint appends a chunk for each queue that got units, so that one sync
 * serves any number of queues, and retention drops whole files. Loop only, but for running a flush.
 */
final class MmapQueueIndex implements QueueIndex, QueueUnits.Index<MmapQueue> {
    private static final Logger LOG = LoggerFactory.getLogger(MmapQueueIndex.class);
    static final String DIRECTORY = "queues";

    private static final int BUFFER_BYTES = 256 << 10;

    private final Addressing addressing;
    private final Disk disk;
    private final VerifiedChunks verified;
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
        this.disk = disk;
        this.verified = new VerifiedChunks(nanos);
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

    @Override
    public void dirty(MmapQueue queue) {
        dirty.add(queue);
    }

    long segmentOf(long position) {
        return addressing.segmentStart(position);
    }

    /** Start of a segment by its number. */
    long segment(int number) {
        return number * addressing.segmentBytes();
    }

    private int numberOf(long segment) {
        return Math.toIntExact(segment / addressing.segmentBytes());
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
                chunk.queue.add(
                        chunk.place.queueOffset(),
                        chunk.place.count(),
                        numberOf(chunk.place.segment()),
                        chunk.place.filePosition());
            }
        }
        flush.directories.forEach(this::pack);
    }

    /** Forgets the single chunks of a segment that gets no more of them. */
    private void pack(long segment, QueueDirectory directory) {
        for (int i = 0; i < directory.queues() && segment >= droppedBefore; i++) {
            MmapQueue queue = queues.get(directory.key(i));
            if (queue != null) {
                queue.pack(directory.firstOffset(i), directory.units(i), numberOf(segment), directory.place(i));
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
        verified.forget();
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
        readDirectories();
    }

    /** Which queues have chunks where: of all segments but the newest from a directory, which is made if there is none. */
    private void readDirectories() throws StoreException {
        MmapQueue[] before = {};
        for (IndexFiles.IndexFile file : files.all().values()) {
            String name = files.nameOf(file.segment);
            try {
                QueueDirectory directory = QueueDirectory.load(disk, file.segment, file.length, name);
                if (directory == null) {
                    files.forgetDirectory(file);
                    if (file.segment != files.all().lastKey()) {
                        directory = writeDirectory(file, file.length, name);
                    }
                }
                if (directory == null) {
                    readHeaders(file, name);
                } else {
                    file.wantsDirectory = false;
                    before = take(directory, file.segment, name, before);
                }
            } catch (IOException e) {
                throw Failures.of("reading its directory", name, e);
            }
        }
    }

    /** Null if there is no room for it, or another reason not to have it: nothing depends on it. */
    private @Nullable QueueDirectory writeDirectory(IndexFiles.IndexFile file, long length, String name) {
        file.wantsDirectory = false;
        try {
            return QueueDirectory.write(disk, file, length, name);
        } catch (IOException e) {
            LOG.warn("{}: has no directory, so the next start reads the whole file: {}", name, e.getMessage());
            return null;
        }
    }

    /**
     * Adds what a directory says.
     *
     * @param before the queues of the directory before, in its order: most often the same, which saves looking them up
     */
    private MmapQueue[] take(QueueDirectory directory, long segment, String name, MmapQueue[] before)
            throws StoreException {
        MmapQueue[] those = new MmapQueue[directory.queues()];
        int number = numberOf(segment);
        for (int i = 0; i < those.length; i++) {
            long key = directory.key(i);
            MmapQueue queue = i < before.length && before[i].key() == key ? before[i] : known(key);
            add(queue, directory.firstOffset(i), directory.units(i), number, directory.place(i), name);
            those[i] = queue;
        }
        return those;
    }

    private MmapQueue known(long key) {
        return removed.containsKey(key)
                ? new MmapQueue(this, key)
                : queues.computeIfAbsent(key, absent -> new MmapQueue(this, absent));
    }

    private void readHeaders(IndexFiles.IndexFile file, String name) throws IOException {
        int number = numberOf(file.segment);
        ChunkHeaders.scan(file, file.length, name, (key, queueOffset, count, at) -> {
            if (!removed.containsKey(key)) {
                add(known(key), queueOffset, count, number, at, name);
            }
        });
    }

    private static void add(MmapQueue queue, long queueOffset, int units, int segment, long place, String name)
            throws StoreException {
        if (queue.hasChunks() && queue.maxOffset() != queueOffset) {
            throw ChunkHeaders.damaged(name, place < 0 ? ~place : place, "queue " + queue.key() + " has a gap");
        }
        queue.add(queueOffset, units, segment, place);
    }

    /** Reads units of a chunk, behind its first {@code skip}, after verifying all of it; the caller releases the buffer. */
    ByteBuf readUnits(ChunkPlace chunk, int skip, int units) throws StoreException {
        if (verified.remembers(chunk)) {
            return readFile(
                    chunk.segment(),
                    chunk.filePosition() + ChunkHeaders.BYTES + (long) skip * UnitBuffer.UNIT_BYTES,
                    units * UnitBuffer.UNIT_BYTES);
        }
        ByteBuf bytes;
        try {
            bytes = readFile(chunk.segment(), chunk.filePosition(), ChunkHeaders.BYTES + chunk.bytes());
        } catch (StoreException.Damaged unreadable) {
            throw reported(chunk, unreadable);
        }
        if (!ChunkHeaders.intact(bytes, chunk)) {
            bytes.release();
            throw reported(
                    chunk,
                    ChunkHeaders.damaged(
                            files.nameOf(chunk.segment()), chunk.filePosition(), "a chunk of units is not intact"));
        }
        verified.verified(chunk);
        return bytes.skipBytes(ChunkHeaders.BYTES + skip * UnitBuffer.UNIT_BYTES);
    }

    /** The chunks that a queue has in a segment, which hold so many units from a queue offset on. */
    ChunkTable table(MmapQueue queue, long segment, long firstOffset, int units, long place) throws StoreException {
        String name = files.nameOf(segment);
        IndexFiles.IndexFile file = files.all().get(segment);
        if (file == null) {
            throw new StoreException.OutOfRange(name + ": was removed");
        }
        ChunkTable table;
        try {
            table = QueueDirectory.table(disk, file, name, queue.key(), firstOffset, place);
        } catch (IOException e) {
            throw Failures.of("reading its directory", name, e);
        }
        if (table.endOffset() < firstOffset + units) {
            throw ChunkHeaders.damaged(name, 0, "queue " + queue.key() + " lacks units behind " + table.endOffset());
        }
        return table;
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
                verified.forget();
            }
        });
    }

    private long firstOffset(long queueKey, long segment) {
        MmapQueue queue = queues.get(queueKey);
        return queue == null ? 0 : queue.firstOffsetIn(segment);
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
        private final Map<Long, QueueDirectory> directories = new TreeMap<>();
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
            // A unit of a later segment was captured, so all of the earlier ones were, too.
            files().closed((file, length) -> {
                QueueDirectory directory = writeDirectory(file, length, DIRECTORY + "/" + Blocks.fileOf(file.segment));
                if (directory != null) {
                    directories.put(file.segment, directory);
                }
            });
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
                    int count = Math.min(ChunkHeaders.UNITS_MAX, until - from);
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
            buffer.writeZero(ChunkHeaders.BYTES);
            block.copy(from, count, buffer);
            ChunkHeaders.seal(buffer, at, queue.key(), queueOffset, count);
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
