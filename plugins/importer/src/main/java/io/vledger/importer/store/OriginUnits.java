package io.vledger.importer.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.store.StoreException;
import io.vledger.importer.format.ConsumeQueueFiles;
import io.vledger.importer.inspect.QueueChecksums;
import io.vledger.importer.manifest.LocalPlacement;
import io.vledger.importer.manifest.OriginManifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The units of one queue that point into the old log, read in chunks whose checksums are verified each time. Where a chunk was
 * rebuilt, it is read in place of the old one. Safe for use by any thread.
 */
final class OriginUnits {
    static final int UNIT_BYTES = ConsumeQueueFiles.UNIT_BYTES;

    private final OriginManifest.Queue queue;
    private final List<LocalPlacement.Units> runs;
    private final OpenFiles open;
    private final RebuiltUnits rebuilt;
    private volatile long expired;

    OriginUnits(OriginManifest.Queue queue, List<LocalPlacement.Units> runs, OpenFiles open, RebuiltUnits rebuilt) {
        this.queue = queue;
        this.runs = List.copyOf(runs);
        this.open = open;
        this.rebuilt = rebuilt;
    }

    OriginManifest.Queue queue() {
        return queue;
    }

    /** Queue offset of the first unit; the queue's max if there is none. */
    long from() {
        return runs.isEmpty() ? queue.max() : runs.get(0).from();
    }

    /** The run of units that has a queue offset; null if none has. */
    LocalPlacement.@Nullable Units run(long queueOffset) {
        for (LocalPlacement.Units run : runs) {
            if (queueOffset >= run.from() && queueOffset < run.to()) {
                return run;
            }
        }
        return null;
    }

    /** Queue offset below which messages have expired, as far as anybody asked. */
    long expired() {
        return expired;
    }

    void expire(long queueOffset) {
        expired = queueOffset;
    }

    /**
     * Appends the units of the chunk in which a queue offset lies.
     *
     * @throws StoreException.Damaged if they are not what they were at the take-over
     * @throws StoreException.OutOfRange if their file is gone
     */
    void readChunk(LocalPlacement.Units run, long queueOffset, ByteBuf target) throws StoreException {
        long from = run.chunkFrom(queueOffset);
        int length = (int) (run.chunkTo(queueOffset) - from) * UNIT_BYTES;
        int start = target.writerIndex();
        if (rebuilt.read(queue.key(), from, length, target)) {
            return;
        }
        open.read(run.file(), (from - run.first()) * UNIT_BYTES, length, target);
        CRC32C crc = new CRC32C();
        crc.update(target.nioBuffer(start, length));
        if ((int) crc.getValue() != run.checksum(queueOffset)) {
            throw new StoreException.Damaged(run.file() + ": the units of queue offsets " + from + " to "
                    + (run.chunkTo(queueOffset) - 1) + " do not match their checksum");
        }
    }

    /** A unit; null if its chunk is not intact or there is none. */
    ConsumeQueueFiles.@Nullable Unit unit(long queueOffset) {
        LocalPlacement.Units run = run(queueOffset);
        if (run == null) {
            return null;
        }
        ByteBuf chunk = chunkBuffer();
        try {
            readChunk(run, queueOffset, chunk);
            int at = (int) (queueOffset - run.chunkFrom(queueOffset)) * UNIT_BYTES;
            return new ConsumeQueueFiles.Unit(chunk.getLong(at), chunk.getInt(at + 8), chunk.getLong(at + 12));
        } catch (StoreException notIntact) {
            return null;
        } finally {
            chunk.release();
        }
    }

    /** Files, but for the newest, all of whose units point below a position, with rebuilt parts of them; they may be gone. */
    List<Path> filesBelow(long position) {
        List<Path> below = new ArrayList<>();
        for (LocalPlacement.Units run : runs.subList(0, Math.max(0, runs.size() - 1))) {
            ConsumeQueueFiles.Unit last = unit(run.to() - 1);
            if (last != null && last.position() < position) {
                below.add(run.file());
                below.addAll(rebuilt.of(queue.key(), run.from(), run.to()));
            }
        }
        return below;
    }

    /** Room for a chunk, to be released. */
    static ByteBuf chunkBuffer() {
        return PooledByteBufAllocator.DEFAULT.directBuffer(QueueChecksums.CHUNK_UNITS * UNIT_BYTES);
    }
}
