package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.api.disk.Disk;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sparse samples of one segment: index, position and term of its first record, of the first of every term, and of one
 * record each {@value #STEP_BYTES} bytes. The lane appends; readers on any thread see whole samples only.
 */
final class Samples {
    /** Least distance of two samples that a new term does not ask for. */
    static final int STEP_BYTES = 64 << 10;

    private static final Logger LOG = LoggerFactory.getLogger(Samples.class);
    private static final int MAGIC = 0x564C4931; // "VLI1"
    private static final int HEADER_BYTES = 64;
    private static final int CHECKED_FROM = 8;
    private static final int FIELDS = 3;
    private static final int SAMPLE_BYTES = FIELDS * Long.BYTES;

    private volatile long[] data = new long[FIELDS * 16];
    private volatile int count;

    /** What was read of a samples file: samples, and the bounds of the log that they were taken of. */
    record Saved(Samples samples, long coveredEnd, long coveredLastIndex) {}

    static String fileOf(long segment) {
        return "log/" + Blocks.fileOf(segment) + ".idx";
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // the lane alone writes; the count goes last, for readers
    void add(long index, long position, long term) {
        long[] current = data;
        int at = count * FIELDS;
        if (at == current.length) {
            current = Arrays.copyOf(current, at * 2);
        }
        current[at] = index;
        current[at + 1] = position;
        current[at + 2] = term;
        data = current;
        count = at / FIELDS + 1;
    }

    /** Notes a record if it is worth a sample. */
    void offer(long index, long position, long term) {
        if (wants(position, term)) {
            add(index, position, term);
        }
    }

    /** Whether a record at a position, of a term, is worth a sample. */
    boolean wants(long position, long term) {
        int n = count;
        if (n == 0) {
            return true;
        }
        int last = (n - 1) * FIELDS;
        return data[last + 2] != term || position - data[last + 1] >= STEP_BYTES;
    }

    int count() {
        return count;
    }

    long index(int sample) {
        return data[sample * FIELDS];
    }

    long position(int sample) {
        return data[sample * FIELDS + 1];
    }

    long term(int sample) {
        return data[sample * FIELDS + 2];
    }

    /** The last sample at or before an index; -1 if there is none. */
    int atOrBefore(long index) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (index(middle) <= index) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** The last sample at or before a position of the log; -1 if there is none. */
    int atOrBeforePosition(long position) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (position(middle) <= position) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    /** A copy of the samples before an index. */
    Samples before(long index) {
        Samples copy = new Samples();
        for (int i = 0; i < count && index(i) < index; i++) {
            copy.add(index(i), position(i), term(i));
        }
        return copy;
    }

    /** Saves the samples of what lies before {@code coveredEnd}, which is durable, atomically. */
    void save(Disk disk, long segment, long coveredEnd, long coveredLastIndex) throws IOException {
        int n = 0;
        while (n < count && position(n) < coveredEnd) {
            n++;
        }
        ByteBuf content = Unpooled.directBuffer(HEADER_BYTES + n * SAMPLE_BYTES);
        try {
            content.writeInt(MAGIC).writeInt(0).writeInt(Manifest.FORMAT).writeInt(n);
            content.writeLong(segment).writeLong(coveredEnd).writeLong(coveredLastIndex);
            content.writeZero(HEADER_BYTES - content.writerIndex());
            for (int i = 0; i < n * FIELDS; i++) {
                content.writeLong(data[i]);
            }
            content.setInt(4, Blocks.crc(content, CHECKED_FROM, content.writerIndex() - CHECKED_FROM));
            Blocks.replace(disk, fileOf(segment), content);
        } finally {
            content.release();
        }
    }

    /** Saves if there is room; without, opening will scan more. */
    void trySave(Disk disk, long segment, long coveredEnd, long coveredLastIndex) throws IOException {
        try {
            save(disk, segment, coveredEnd, coveredLastIndex);
        } catch (IOException e) {
            if (!Failures.isFull(e)) {
                throw e;
            }
            disk.delete(fileOf(segment) + Blocks.UNFINISHED);
            LOG.warn("{}: not written, the disk is full; the next start takes longer", fileOf(segment));
        }
    }

    /** What was saved for a segment; null if nothing usable was: the segment is then scanned. */
    static @Nullable Saved load(Disk disk, long segment, long segmentBytes) throws StoreException {
        String name = fileOf(segment);
        try {
            if (!disk.exists(name)) {
                return null;
            }
            ByteBuf content =
                    Blocks.load(disk, name, Math.min(1 << 30, HEADER_BYTES + segmentBytes * SAMPLE_BYTES / 40));
            try {
                Saved saved = decode(content, segment, segmentBytes);
                if (saved == null) {
                    LOG.warn("{}: not intact; the segment is scanned instead", name);
                }
                return saved;
            } finally {
                content.release();
            }
        } catch (IOException e) {
            throw Failures.of("reading it", name, e);
        }
    }

    private static @Nullable Saved decode(ByteBuf content, long segment, long segmentBytes) {
        int size = content.readableBytes();
        if (size < HEADER_BYTES
                || content.getInt(0) != MAGIC
                || content.getInt(4) != Blocks.crc(content, CHECKED_FROM, size - CHECKED_FROM)) {
            return null;
        }
        int n = content.getInt(12);
        long end = content.getLong(24);
        if (content.getInt(8) != Manifest.FORMAT
                || n <= 0
                || n != (size - HEADER_BYTES) / SAMPLE_BYTES
                || content.getLong(16) != segment
                || end <= segment
                || end > segment + segmentBytes) {
            return null;
        }
        Samples samples = new Samples();
        int at = HEADER_BYTES;
        for (int i = 0; i < n; i++) {
            samples.add(content.getLong(at), content.getLong(at + 8), content.getLong(at + 16));
            at += SAMPLE_BYTES;
        }
        return samples.position(0) == segment ? new Saved(samples, end, content.getLong(32)) : null;
    }
}
