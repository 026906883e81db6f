package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.DiskFile;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogRecord;
import java.io.IOException;

/** Reads one segment forward through a window, for recovery: tells intact records from holes, torn writes and damage. */
final class RecordScan implements AutoCloseable {
    /** Disks write whole sectors; a write that was not finished leaves some of them as they were, which is zeros. */
    private static final int SECTOR_BYTES = 512;

    private static final int FIRST_WINDOW_BYTES = 4 << 10;
    private static final int LAST_WINDOW_BYTES = 1 << 20;
    /** How long a run of zeros ends the search for more bytes. */
    private static final int LOOKAHEAD_BYTES = 1 << 20;

    private final DiskFile file;
    private final long segment;
    private final long segmentEnd;
    private final long limit;
    private final ByteBuf window = ByteBufAllocator.DEFAULT.directBuffer(FIRST_WINDOW_BYTES);
    private long windowStart;
    private int windowBytes = FIRST_WINDOW_BYTES;
    private long scanned;
    private long index;
    private long term;

    RecordScan(DiskFile file, long segment, long segmentBytes) throws IOException {
        this.file = file;
        this.segment = segment;
        this.segmentEnd = segment + segmentBytes;
        this.limit = segment + Math.min(file.length(), segmentBytes);
        this.windowStart = segment;
    }

    /** End of what the file holds. */
    long limit() {
        return limit;
    }

    /** Bytes read so far. */
    long scanned() {
        return scanned;
    }

    /** Index of the record found last. */
    long index() {
        return index;
    }

    /** Term of the record found last. */
    long term() {
        return term;
    }

    /** Makes bytes available; returns where in the window they are. */
    private int ensure(long position, int count) throws IOException {
        if (position < windowStart || position + count > windowStart + window.writerIndex()) {
            int bytes = (int) Math.min(Math.max(count, windowBytes), limit - position);
            window.clear();
            windowStart = position;
            try {
                file.read(position - segment, bytes, window);
            } catch (UnreadableException e) {
                // What cannot be read may lie behind what is wanted.
                window.clear();
                file.read(position - segment, count, window);
            }
            scanned += window.writerIndex();
            windowBytes = Math.min(windowBytes * 2, LAST_WINDOW_BYTES);
        }
        return (int) (position - windowStart);
    }

    /** Length of the intact record that is here and says so; 0 if there is none, or the device does not return it. */
    int recordAt(long position) throws IOException {
        try {
            return intactRecordAt(position);
        } catch (UnreadableException e) {
            window.clear();
            return 0;
        }
    }

    private int intactRecordAt(long position) throws IOException {
        int length = plausibleLengthAt(position);
        if (length == 0) {
            return 0;
        }
        int at = ensure(position, Addressing.align(length));
        if (!LogRecord.intact(window, at, length) || LogRecord.position(window, at) != position) {
            return 0;
        }
        index = LogRecord.index(window, at);
        term = LogRecord.term(window, at);
        return length;
    }

    private int plausibleLengthAt(long position) throws IOException {
        if (limit - position < LogRecord.HEADER_BYTES) {
            return 0;
        }
        int at = ensure(position, LogRecord.HEADER_BYTES);
        int length = LogRecord.length(window, at);
        boolean plausible = window.getInt(at) == LogRecord.MAGIC
                && LogRecord.plausibleLength(length)
                && Addressing.align(length) <= limit - position;
        return plausible ? length : 0;
    }

    /** Whether no header was ever written here. */
    boolean virgin(long position) throws IOException {
        try {
            return isZero(position, (int) Math.min(LogRecord.HEADER_BYTES, limit - position));
        } catch (UnreadableException e) {
            window.clear();
            return false;
        }
    }

    /**
     * Whether what is here instead of a record can be a write that was not finished: a sector of it was not written. Bytes
     * that are there and wrong are damage, and so are bytes that the device does not return.
     */
    boolean looksTorn(long position) throws IOException {
        try {
            return lacksASector(position);
        } catch (UnreadableException e) {
            window.clear();
            return false;
        }
    }

    private boolean lacksASector(long position) throws IOException {
        if (pastTheFile(position)) {
            return true;
        }
        int length = plausibleLengthAt(position);
        long end = Math.min(limit, position + (length == 0 ? LogRecord.HEADER_BYTES : length));
        long at = position;
        while (at < end) {
            long sectorEnd = segment + ((at - segment) / SECTOR_BYTES + 1) * SECTOR_BYTES;
            int count = (int) (Math.min(sectorEnd, end) - at);
            if (isZero(at, count)) {
                return true;
            }
            at += count;
        }
        return false;
    }

    /** Whether the file, whose length did not become durable, ends before the record here does. */
    private boolean pastTheFile(long position) throws IOException {
        if (limit - position < LogRecord.HEADER_BYTES) {
            return true;
        }
        int at = ensure(position, LogRecord.HEADER_BYTES);
        int length = LogRecord.length(window, at);
        return limit < segmentEnd
                && window.getInt(at) == LogRecord.MAGIC
                && LogRecord.plausibleLength(length)
                && position + length > limit
                && position + length <= segmentEnd;
    }

    private boolean isZero(long position, int count) throws IOException {
        if (count <= 0) {
            return true;
        }
        int at = ensure(position, count);
        return window.forEachByte(at, count, value -> value == 0) < 0;
    }

    /** End of the last byte that is not zero at or after a position, rounded up; the position itself if all are zeros. */
    long lastWritten(long position) throws IOException {
        long found = position;
        long at = position;
        while (at < limit && at - found < LOOKAHEAD_BYTES) {
            int count = (int) Math.min(SECTOR_BYTES, limit - at);
            if (!isZero(at, count)) {
                int from = ensure(at, count);
                int last = window.forEachByteDesc(from, count, value -> value == 0);
                found = segment + Addressing.align((int) (at + (last - from) + 1 - segment));
            }
            at += count;
        }
        return found;
    }

    @Override
    public void close() {
        window.release();
    }
}
