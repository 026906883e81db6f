package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Reads bytes of one segment by way of the records that they lie in: steps over headers from the sample before, checks each record
 * that the range touches, and hands out the very bytes that were checked. Works through a window, so that a large record needs
 * no buffer of its size. One thread.
 */
final class VerifiedRead implements AutoCloseable {
    private static final int WINDOW_BYTES = 64 << 10;

    private final Segment segment;
    private final long end;
    private final TrustedBytes trusted;
    private final ByteBuf window;
    private final CRC32C crc = new CRC32C();
    private long windowStart;

    /** A record that is not what was written. */
    static final class NotIntact extends IOException {
        private static final long serialVersionUID = 1L;

        private final long index;
        private final long position;

        NotIntact(long index, long position, String what) {
            super(what);
            this.index = index;
            this.position = position;
        }

        long index() {
            return index;
        }

        long position() {
            return position;
        }

        String what() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * A read.
     *
     * @param end where the segment's records end
     * @param trusted learns which records are intact
     */
    VerifiedRead(Segment segment, long end, TrustedBytes trusted) {
        this.segment = segment;
        this.end = end;
        this.trusted = trusted;
        this.window = ByteBufAllocator.DEFAULT.directBuffer((int) Math.min(WINDOW_BYTES, end - segment.position));
    }

    /** Appends a range that lies in the segment; what lies between and behind records reads as zeros. */
    void append(long from, int count, ByteBuf target) throws IOException {
        int base = target.writerIndex();
        target.writeZero(count);
        long to = Math.min(from + count, end);
        int sample = segment.samples.atOrBeforePosition(from);
        if (sample < 0 || from >= end) {
            return;
        }
        long at = segment.samples.position(sample);
        long index = segment.samples.index(sample);
        long verifiedFrom = -1;
        while (at < to) {
            try {
                int length = lengthAt(at, index);
                long next = at + Addressing.align(length);
                if (next > from) {
                    verifiedFrom = verifiedFrom < 0 ? at : verifiedFrom;
                    long low = Math.max(from, at);
                    long high = Math.min(to, at + length);
                    copyChecked(at, length, index, low, high, target, base + (int) (low - from));
                }
                at = next;
                index++;
            } catch (UnreadableException e) {
                throw new NotIntact(index, at, String.valueOf(e.getMessage()));
            }
        }
        trusted.verified(verifiedFrom, verifiedBehind(at, index));
    }

    /** Who reads one record most likely reads the next ones: those that the window holds are checked with it. */
    private long verifiedBehind(long from, long firstIndex) {
        long at = from;
        long index = firstIndex;
        long windowEnd = Math.min(end, windowStart + window.writerIndex());
        while (windowEnd - at >= LogRecord.HEADER_BYTES) {
            int in = (int) (at - windowStart);
            int length = LogRecord.length(window, in);
            if (!LogRecord.plausibleLength(length)
                    || Addressing.align(length) > windowEnd - at
                    || !LogRecord.intact(window, in, length)
                    || LogRecord.index(window, in) != index
                    || LogRecord.position(window, in) != at) {
                break;
            }
            at += Addressing.align(length);
            index++;
        }
        return at;
    }

    private int lengthAt(long at, long index) throws IOException {
        if (end - at < LogRecord.HEADER_BYTES) {
            throw new NotIntact(index, at, "the records do not add up");
        }
        int header = load(at, LogRecord.HEADER_BYTES);
        int length = LogRecord.length(window, header);
        if (window.getInt(header) != LogRecord.MAGIC
                || LogRecord.index(window, header) != index
                || LogRecord.position(window, header) != at
                || !LogRecord.plausibleLength(length)
                || Addressing.align(length) > end - at) {
            throw new NotIntact(index, at, "there is no header of a record");
        }
        return length;
    }

    /** Checks a record, and puts the part of it that was asked for in its place. */
    private void copyChecked(long record, int length, long index, long low, long high, ByteBuf target, int place)
            throws IOException {
        int header = load(record, LogRecord.HEADER_BYTES);
        int expected = LogRecord.checksum(window, header);
        crc.reset();
        long at = record;
        long recordEnd = record + length;
        while (at < recordEnd) {
            int wanted = (int) Math.min(window.capacity(), recordEnd - at);
            int in = load(at, available(at, wanted));
            int count = (int) Math.min(window.writerIndex() - in, recordEnd - at);
            int skip = at == record ? LogRecord.CHECKED_FROM : 0;
            ByteBuffer bytes = window.internalNioBuffer(in + skip, count - skip);
            crc.update(bytes);
            long first = Math.max(low, at);
            long last = Math.min(high, at + count);
            if (first < last) {
                target.setBytes(place + (int) (first - low), window, in + (int) (first - at), (int) (last - first));
            }
            at += count;
        }
        if ((int) crc.getValue() != expected) {
            throw new NotIntact(index, record, "the checksum of the record is wrong");
        }
    }

    /** What to ask the window for: what it has, or else as much as is wanted. */
    private int available(long at, int wanted) {
        boolean there = at >= windowStart && at < windowStart + window.writerIndex();
        return there ? (int) Math.min(wanted, windowStart + window.writerIndex() - at) : wanted;
    }

    /** Makes bytes available; returns where in the window they are. */
    private int load(long at, int count) throws IOException {
        if (at < windowStart || at + count > windowStart + window.writerIndex()) {
            window.clear();
            windowStart = at;
            try {
                segment.file.read(at - segment.position, (int) Math.min(window.capacity(), end - at), window);
            } catch (UnreadableException e) {
                // What cannot be read may lie behind what is wanted.
                window.clear();
                segment.file.read(at - segment.position, count, window);
            }
        }
        return (int) (at - windowStart);
    }

    @Override
    public void close() {
        window.release();
    }
}
