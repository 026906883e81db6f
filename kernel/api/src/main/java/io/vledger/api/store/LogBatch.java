package io.vledger.api.store;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import java.util.List;

/**
 * A run of sealed records with consecutive indexes, adjacent in one segment: the unit that is written, replicated and
 * applied. Immutable once built; reference counted through its buffer.
 *
 * <p>Ownership: code that keeps a batch beyond a call holds a reference ({@link #retain}) and gives it back
 * ({@link #release}). The buffer must not be written, nor its indices moved; take a {@link ByteBuf#duplicate()} or slice.
 */
public final class LogBatch {
    private final ByteBuf bytes;
    private final int[] starts;
    private final int count;
    private final Addressing addressing;
    /** As it was in the beginning: what is counted must be counted off. */
    private final int heldBytes;

    private LogBatch(ByteBuf bytes, int[] starts, int count, Addressing addressing) {
        this.bytes = bytes;
        this.starts = starts;
        this.count = count;
        this.addressing = addressing;
        this.heldBytes = held(bytes);
    }

    /**
     * Reads records that came from a peer or a file, and checks all of them: length, checksum, consecutive indexes, terms that
     * never fall, positions that follow {@link Addressing}.
     *
     * @param bytes readable bytes are exactly the records, padding included; a reference is taken over on success only
     * @throws StoreException.Damaged naming what is wrong
     */
    public static LogBatch parse(ByteBuf bytes, Addressing addressing) throws StoreException.Damaged {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        int[] starts = new int[8];
        int count = 0;
        long nextIndex = 0;
        long nextPosition = 0;
        long term = 0;
        while (at < end) {
            if (end - at < LogRecord.HEADER_BYTES) {
                throw damaged("a header is cut short", nextIndex, nextPosition);
            }
            int length = LogRecord.length(bytes, at);
            if (!LogRecord.plausibleLength(length) || Addressing.align(length) > end - at) {
                throw damaged("length " + length + " is out of bounds", nextIndex, nextPosition);
            }
            if (!LogRecord.intact(bytes, at, length)) {
                throw damaged("magic or checksum is wrong", nextIndex, nextPosition);
            }
            long index = LogRecord.index(bytes, at);
            long position = LogRecord.position(bytes, at);
            if (count == 0) {
                nextIndex = index;
                nextPosition = position;
                if (position < 0 || position % Addressing.ALIGNMENT != 0 || index <= 0) {
                    throw damaged("index or position is out of bounds", index, position);
                }
            }
            if (index != nextIndex || position != nextPosition || LogRecord.term(bytes, at) < term) {
                throw damaged("the record does not follow the one before", nextIndex, nextPosition);
            }
            if (addressing.segmentStart(position) != addressing.segmentStart(position + Addressing.align(length) - 1)) {
                throw damaged("the record straddles segments", index, position);
            }
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count++] = at;
            term = LogRecord.term(bytes, at);
            nextIndex = index + 1;
            nextPosition = addressing.endOf(position, length);
            at += Addressing.align(length);
        }
        if (count == 0) {
            throw damaged("there is no record", 0, 0);
        }
        return new LogBatch(bytes, starts, count, addressing);
    }

    private static StoreException.Damaged damaged(String what, long index, long position) {
        return new StoreException.Damaged("log record at index " + index + ", position " + position + ": " + what);
    }

    /** Number of records. */
    public int count() {
        return count;
    }

    /** Index of the first record. */
    public long firstIndex() {
        return LogRecord.index(bytes, starts[0]);
    }

    /** Index of the last record. */
    public long lastIndex() {
        return firstIndex() + count - 1;
    }

    /** Position of the first record. */
    public long position() {
        return LogRecord.position(bytes, starts[0]);
    }

    /** Where the next record may start. */
    public long endPosition() {
        int last = starts[count - 1];
        return addressing.endOf(LogRecord.position(bytes, last), LogRecord.length(bytes, last));
    }

    /** Term of the record with this index. */
    public long termAt(long index) {
        return LogRecord.term(bytes, start(index));
    }

    /** Kind of the record with this index. */
    public byte kindAt(long index) {
        return LogRecord.kind(bytes, start(index));
    }

    /** Payload version of the record with this index. */
    public short payloadVersionAt(long index) {
        return LogRecord.payloadVersion(bytes, start(index));
    }

    /** Position of the record with this index. */
    public long positionAt(long index) {
        return LogRecord.position(bytes, start(index));
    }

    /** Payload of the record with this index: a slice without a reference of its own. */
    public ByteBuf payloadAt(long index) {
        int at = start(index);
        return bytes.slice(at + LogRecord.HEADER_BYTES, LogRecord.length(bytes, at) - LogRecord.HEADER_BYTES);
    }

    /** All records with padding: a slice without a reference of its own. */
    public ByteBuf bytes() {
        return bytes.slice();
    }

    /** Bytes of all records with padding. */
    public int byteCount() {
        return bytes.readableBytes();
    }

    /**
     * Memory that it keeps from others, bytes: at least {@link #byteCount}, and what its buffer has beyond that. Batches that were cut
     * out of one ({@link #from}, {@link #before}) each say the whole.
     */
    public int heldBytes() {
        return heldBytes;
    }

    /**
     * The same bytes in memory of their own, if they keep more than twice as much: a small part of a large buffer would keep all of it.
     *
     * @param some a reference is taken over
     */
    public static ByteBuf compact(ByteBuf some) {
        int length = some.readableBytes();
        if (held(some) <= 2L * length) {
            return some;
        }
        try {
            return some.alloc().directBuffer(length).writeBytes(some, some.readerIndex(), length);
        } finally {
            some.release();
        }
    }

    private static int held(ByteBuf some) {
        ByteBuf whole = some;
        for (ByteBuf outer = whole.unwrap(); outer != null; outer = whole.unwrap()) {
            whole = outer;
        }
        return Math.max(whole.capacity(), whole.writerIndex() + whole.maxFastWritableBytes());
    }

    /** The records from {@code index} on: a batch with a reference of its own. */
    public LogBatch from(long index) {
        int first = (int) (index - firstIndex());
        if (first < 0 || first >= count) {
            throw new IndexOutOfBoundsException("index " + index + " in " + this);
        }
        return range(first, count);
    }

    /** The records before {@code index}: a batch with a reference of its own. */
    public LogBatch before(long index) {
        int until = (int) (index - firstIndex());
        if (until <= 0 || until > count) {
            throw new IndexOutOfBoundsException("index " + index + " in " + this);
        }
        return range(0, until);
    }

    /** Whether this one begins where another ends, in the same segment, so that they can be {@linkplain #join joined}. */
    public boolean follows(LogBatch before) {
        return firstIndex() == before.lastIndex() + 1
                && position() == before.endPosition()
                && addressing.segmentStart(position()) == addressing.segmentStart(before.position());
    }

    /**
     * Copies batches that {@linkplain #follows follow} each other into one.
     *
     * @param parts at least one; they keep their references
     */
    public static LogBatch join(List<LogBatch> parts) {
        LogBatch first = parts.get(0);
        int length = 0;
        int records = 0;
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0 && !parts.get(i).follows(parts.get(i - 1))) {
                throw new IllegalArgumentException(parts.get(i) + " does not follow " + parts.get(i - 1));
            }
            length += parts.get(i).byteCount();
            records += parts.get(i).count;
        }
        ByteBuf whole = first.bytes.alloc().directBuffer(length);
        int[] starts = new int[records];
        int at = 0;
        for (LogBatch part : parts) {
            int moved = whole.writerIndex() - part.bytes.readerIndex();
            for (int i = 0; i < part.count; i++) {
                starts[at++] = part.starts[i] + moved;
            }
            whole.writeBytes(part.bytes, part.bytes.readerIndex(), part.byteCount());
        }
        return new LogBatch(whole, starts, records, first.addressing);
    }

    private LogBatch range(int first, int until) {
        int from = starts[first];
        int to = until == count ? bytes.writerIndex() : starts[until];
        int[] moved = new int[until - first];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = starts[first + i] - from;
        }
        return new LogBatch(bytes.retainedSlice(from, to - from), moved, moved.length, addressing);
    }

    /** Takes a reference. */
    public LogBatch retain() {
        bytes.retain();
        return this;
    }

    /** Gives a reference back. */
    public void release() {
        bytes.release();
    }

    /** Whether all references were given back. */
    public boolean isReleased() {
        return bytes.refCnt() == 0;
    }

    private int start(long index) {
        int i = (int) (index - firstIndex());
        if (i < 0 || i >= count) {
            throw new IndexOutOfBoundsException("index " + index + " in " + this);
        }
        return starts[i];
    }

    @Override
    public String toString() {
        return "batch of " + count + " from index " + firstIndex() + " at position " + position();
    }

    /**
     * Builds a batch in place: the caller appends payload bytes to {@link #buffer()} and closes each record. For one thread.
     */
    public static final class Builder {
        private final Addressing addressing;
        private final ByteBuf buffer;
        private final long position;
        private int[] starts = new int[4];
        private int count;
        private int open = -1;

        /**
         * A builder for records from {@code position} on.
         *
         * @param position a position at which a record may start
         */
        public Builder(Addressing addressing, long position, ByteBufAllocator allocator, int initialBytes) {
            this.addressing = addressing;
            this.position = position;
            this.buffer = allocator.directBuffer(initialBytes);
        }

        /** Opens a record: its payload is whatever is appended to {@link #buffer()} until {@link #close}. */
        public void open() {
            if (open >= 0) {
                throw new IllegalStateException("a record is open");
            }
            open = buffer.writerIndex();
            buffer.writeZero(LogRecord.HEADER_BYTES);
        }

        /** Whether a record is open. */
        public boolean isOpen() {
            return open >= 0;
        }

        /** Where payload bytes go. */
        public ByteBuf buffer() {
            return buffer;
        }

        /** Log position at which the next appended byte will lie. */
        public long writePosition() {
            return position + buffer.writerIndex();
        }

        /** Payload bytes of the open record. */
        public int openPayloadBytes() {
            return buffer.writerIndex() - open - LogRecord.HEADER_BYTES;
        }

        /** Bytes that can still be appended to the open record, or with a new record if none is open, in this segment. */
        public long room() {
            long room = addressing.roomInSegment(position) - Addressing.align(buffer.writerIndex());
            return open >= 0 ? room : room - LogRecord.HEADER_BYTES;
        }

        /** Closes the open record with its header. */
        public void close(byte kind, short payloadVersion, long index, long term) {
            if (open < 0) {
                throw new IllegalStateException("no record is open");
            }
            int length = buffer.writerIndex() - open;
            LogRecord.seal(buffer, open, length, kind, payloadVersion, index, term, position + open);
            buffer.writeZero(Addressing.align(length) - length);
            if (count == starts.length) {
                starts = Arrays.copyOf(starts, count * 2);
            }
            starts[count++] = open;
            open = -1;
        }

        /** Records closed so far. */
        public int count() {
            return count;
        }

        /** Bytes so far. */
        public int byteCount() {
            return buffer.writerIndex();
        }

        /** The batch, whose memory is about what is in it; the builder must not be used again. */
        public LogBatch build() {
            if (open >= 0 || count == 0) {
                throw new IllegalStateException(open >= 0 ? "a record is open" : "there is no record");
            }
            return new LogBatch(compact(buffer), starts, count, addressing);
        }

        /** Drops everything; the builder must not be used again. */
        public void discard() {
            buffer.release();
        }
    }
}
