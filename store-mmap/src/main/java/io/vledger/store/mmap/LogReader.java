package io.vledger.store.mmap;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.function.Consumer;

/** Reads the log as of one view. Any thread; bytes are copied out of the map, or looked at under its lock, so nothing is pinned afterwards. */
final class LogReader {
    private final Addressing addressing;
    private final LogView view;
    private final TrustedBytes trusted;

    LogReader(Addressing addressing, LogView view, TrustedBytes trusted) {
        this.addressing = addressing;
        this.view = view;
        this.trusted = trusted;
    }

    /** Bytes as they were written. On failure nothing was appended to the target. */
    void read(long position, int length, ByteBuf target) throws IOException {
        requireInside(position, length);
        int mark = target.writerIndex();
        boolean done = false;
        try {
            long at = position;
            int left = length;
            while (left > 0) {
                int number = segmentOf(at);
                int count = (int) Math.min(left, addressing.roomInSegment(at));
                if (isTrusted(at, count)) {
                    readTrusted(number, at, count, target);
                } else {
                    readVerified(number, at, count, target);
                }
                at += count;
                left -= count;
            }
            done = true;
        } finally {
            if (!done) {
                target.writerIndex(mark);
            }
        }
    }

    /** Shows bytes that need not be verified, and lie in one segment. */
    boolean show(long position, int length, Consumer<ByteBuf> viewer) throws IOException {
        requireInside(position, length);
        if (length == 0 || length > addressing.roomInSegment(position) || !isTrusted(position, length)) {
            return false;
        }
        Segment segment = view.segments()[segmentOf(position)];
        return segment.file.show(position - segment.position, length, viewer);
    }

    private void requireInside(long position, int length) throws StoreException.OutOfRange {
        if (length < 0 || position < view.base().position() || length > view.end() - position) {
            throw new StoreException.OutOfRange("log: " + length + " bytes from position " + position
                    + " are not in it; it holds " + view.base().position() + " to " + view.end());
        }
    }

    private int segmentOf(long position) {
        return (int) ((position - view.base().position()) / addressing.segmentBytes());
    }

    private boolean isTrusted(long position, int length) {
        return trusted.writtenLately(position) || trusted.verifiedLately(position, length);
    }

    private void readTrusted(int number, long from, int count, ByteBuf target) throws IOException {
        Segment segment = view.segments()[number];
        int mark = target.writerIndex();
        try {
            segment.file.read(from - segment.position, count, target);
        } catch (UnreadableException e) {
            // Finds out which record it is.
            target.writerIndex(mark);
            readVerified(number, from, count, target);
        }
    }

    private void readVerified(int number, long from, int count, ByteBuf target) throws IOException {
        Segment segment = view.segments()[number];
        try (VerifiedRead read = new VerifiedRead(segment, view.endOf(number), trusted)) {
            read.append(from, count, target);
        } catch (VerifiedRead.NotIntact damage) {
            throw damaged(number, damage.index(), damage.position(), damage.what());
        }
    }

    /** Names damage, and the entries around it whose place in the file does not depend on it. */
    private StoreException.Damaged damaged(int number, long index, long position, String what) {
        Segment segment = view.segments()[number];
        int sample = Math.max(0, segment.samples.atOrBefore(index));
        long last = view.lastIndexOf(number);
        if (sample + 1 < segment.samples.count()) {
            last = Math.min(last, segment.samples.index(sample + 1) - 1);
        }
        String message = segment.fileName() + ": position " + position + ", index " + index + ": " + what
                + "; the disk did not return what was written";
        return new StoreException.Damaged(
                message, new LogStore.DamagedRun(segment.samples.index(sample), last, message));
    }

    /** Whole records from an index on. */
    LogBatch readBatch(long index, int maxBytes) throws IOException {
        if (index <= view.base().index() || index > view.lastIndex()) {
            throw new StoreException.OutOfRange("log: index " + index + " is not in it; it holds "
                    + (view.base().index() + 1) + " to " + view.lastIndex());
        }
        int number = view.segmentOfIndex(index);
        Segment segment = view.segments()[number];
        long end = view.endOf(number);
        long position = positionOf(index, number);
        int wanted = (int) Math.min(Math.max(maxBytes, LogRecord.HEADER_BYTES), end - position);
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(wanted);
        boolean done = false;
        try {
            segment.file.read(position - segment.position, wanted, bytes);
            int whole = wholeRecords(bytes);
            if (whole == 0) {
                int first = recordBytes(bytes, 0, end - position);
                bytes.ensureWritable(first - wanted);
                segment.file.read(position - segment.position + wanted, first - wanted, bytes);
                whole = first;
            }
            bytes.writerIndex(whole);
            LogBatch batch = LogBatch.parse(bytes, addressing);
            if (batch.firstIndex() != index || batch.position() != position) {
                throw new StoreException.Damaged("found " + batch + " where index " + index + " should be");
            }
            done = true;
            return batch;
        } catch (StoreException.Damaged e) {
            throw damaged(number, index, position, String.valueOf(e.getMessage()));
        } catch (UnreadableException e) {
            throw damaged(number, index, position, String.valueOf(e.getMessage()));
        } finally {
            if (!done) {
                bytes.release();
            }
        }
    }

    /** Bytes of the whole records at the front of a buffer. */
    private static int wholeRecords(ByteBuf bytes) throws StoreException.Damaged {
        int at = 0;
        while (bytes.writerIndex() - at >= LogRecord.HEADER_BYTES) {
            int next = recordBytes(bytes, at, Integer.MAX_VALUE);
            if (next > bytes.writerIndex() - at) {
                break;
            }
            at += next;
        }
        return at;
    }

    private static int recordBytes(ByteBuf bytes, int at, long most) throws StoreException.Damaged {
        int length = LogRecord.length(bytes, at);
        if (bytes.getInt(at) != LogRecord.MAGIC
                || !LogRecord.plausibleLength(length)
                || Addressing.align(length) > most) {
            throw new StoreException.Damaged("no record header " + at + " bytes further on");
        }
        return Addressing.align(length);
    }

    /** Position of a record, found from the sample before it by stepping over headers. */
    long positionOf(long index, int number) throws IOException {
        Segment segment = view.segments()[number];
        long end = view.endOf(number);
        int sample = segment.samples.atOrBefore(index);
        if (sample < 0) {
            throw new StoreException.OutOfRange("log: index " + index + " was removed");
        }
        long at = segment.samples.position(sample);
        long current = segment.samples.index(sample);
        if (current == index) {
            return at;
        }
        ByteBuf header = ByteBufAllocator.DEFAULT.heapBuffer(LogRecord.HEADER_BYTES);
        try {
            while (current < index) {
                header.clear();
                if (end - at < LogRecord.HEADER_BYTES) {
                    throw damaged(number, current, at, "the records do not add up");
                }
                try {
                    segment.file.read(at - segment.position, LogRecord.HEADER_BYTES, header);
                } catch (UnreadableException e) {
                    throw damaged(number, current, at, String.valueOf(e.getMessage()));
                }
                int length = LogRecord.length(header, 0);
                if (header.getInt(0) != LogRecord.MAGIC
                        || LogRecord.index(header, 0) != current
                        || LogRecord.position(header, 0) != at
                        || !LogRecord.plausibleLength(length)
                        || Addressing.align(length) > end - at) {
                    throw damaged(number, current, at, "there is no header of a record");
                }
                at += Addressing.align(length);
                current++;
            }
        } finally {
            header.release();
        }
        return at;
    }
}
