package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogRecord;
import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads the log as of one view. Any thread; bytes are copied once, from RocksDB's block into the caller's buffer. */
final class LogReader {
    private static final int KEY_BYTES = 16;

    private final Database database;
    private final Addressing addressing;
    private final LogView view;

    LogReader(Database database, Addressing addressing, LogView view) {
        this.database = database;
        this.addressing = addressing;
        this.view = view;
    }

    /** Position of a record in the log. */
    long positionOf(long index) throws StoreException {
        byte[] value = database.get(Family.INDEXES, Keys.of(view.epoch(), index));
        if (value == null || value.length != Long.BYTES) {
            throw damaged(index, -1, "the index of positions has no entry for it");
        }
        return ByteBuffer.wrap(value).getLong();
    }

    /** Whole records from an index on, all of one segment. */
    LogBatch readBatch(long index, int maxBytes) throws StoreException {
        if (index <= view.base().index() || index > view.lastIndex()) {
            throw new StoreException.OutOfRange("log: index " + index + " is not in it; it holds "
                    + (view.base().index() + 1) + " to " + view.lastIndex());
        }
        long position = positionOf(index);
        long until = endOfBatch(index, position, maxBytes);
        if (position < 0 || until <= position || until > view.end() || until - position > Integer.MAX_VALUE) {
            throw damaged(index, position, "the next record would be at position " + until);
        }
        int count = (int) (until - position);
        ByteBuf bytes = ByteBufAllocator.DEFAULT.directBuffer(count);
        boolean done = false;
        try {
            copy(position, count, bytes, false);
            LogBatch batch = LogBatch.parse(bytes, addressing);
            if (batch.firstIndex() != index || batch.position() != position) {
                throw new StoreException.Damaged("found " + batch + " there");
            }
            done = true;
            return batch;
        } catch (StoreException.Damaged e) {
            throw damaged(index, position, String.valueOf(e.getMessage()));
        } finally {
            if (!done) {
                bytes.release();
            }
        }
    }

    /** Where the last record ends that still fits, or the first; found by stepping through the index of positions. */
    private long endOfBatch(long index, long position, int maxBytes) throws StoreException {
        long segmentEnd = addressing.segmentStart(position) + addressing.segmentBytes();
        return database.read("reading positions from index " + index, db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.INDEXES), database.reads())) {
                long next = index + 1;
                each.seek(Keys.of(view.epoch(), next));
                long end = -1;
                while (true) {
                    boolean last = next > view.lastIndex();
                    long recordEnd = last ? view.end() : positionAt(each, next);
                    if (!last && recordEnd >= segmentEnd) {
                        last = true;
                        recordEnd = endOfSegmentBefore(next);
                    }
                    if (end >= 0 && recordEnd - position > maxBytes) {
                        return end;
                    }
                    end = recordEnd;
                    if (last) {
                        return end;
                    }
                    each.next();
                    next++;
                }
            }
        });
    }

    private long positionAt(RocksIterator each, long index) throws RocksDBException, StoreException {
        if (!each.isValid()) {
            each.status();
            throw damaged(index, -1, "the index of positions ends before it");
        }
        ByteBuffer key = ByteBuffer.wrap(each.key());
        if (key.getLong(0) != view.epoch() || key.getLong(8) != index) {
            throw damaged(index, -1, "the index of positions has a gap");
        }
        return ByteBuffer.wrap(each.value()).getLong();
    }

    /** End of the segment before the one that an index begins; -1 if it begins none. */
    private long endOfSegmentBefore(long firstIndex) {
        for (int i = view.segments().size() - 1; i > 0; i--) {
            if (view.segments().get(i).firstIndex() == firstIndex) {
                return view.segments().get(i - 1).endPosition();
            }
        }
        return -1;
    }

    /** Where a record ends that starts at a position. */
    long endOf(long index, long position) throws StoreException {
        if (index >= view.lastIndex()) {
            return view.end();
        }
        long next = positionOf(index + 1);
        long segmentEnd = addressing.segmentStart(position) + addressing.segmentBytes();
        return next < segmentEnd ? next : endOfSegmentBefore(index + 1);
    }

    /** Index of the last record that starts at or before a position; that after the base if there is none. */
    long indexAt(long position) throws StoreException {
        long low = view.base().index() + 1;
        long high = view.lastIndex();
        while (low < high) {
            long middle = low + (high - low + 1) / 2;
            if (positionOf(middle) <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * A record with its padding, read by its keys alone, whatever is wrong with its neighbours; null if it is not intact.
     *
     * @throws StoreException.Damaged if its place is not known
     */
    byte @Nullable [] intactRecord(long index) throws StoreException {
        long start = positionOf(index);
        long end = endOf(index, start);
        if (end <= start || end - start > addressing.segmentBytes()) {
            throw damaged(index, start, "the next record would be at position " + end);
        }
        byte[] all = new byte[(int) (end - start)];
        try {
            for (long at = start; at < end; at += RocksLogStore.PIECE_BYTES) {
                byte[] piece = database.get(Family.ENTRIES, Keys.of(view.epoch(), at));
                if (piece == null || piece.length != Math.min(RocksLogStore.PIECE_BYTES, end - at)) {
                    return null;
                }
                System.arraycopy(piece, 0, all, (int) (at - start), piece.length);
            }
        } catch (StoreException.Damaged e) {
            return null;
        }
        ByteBuf record = Unpooled.wrappedBuffer(all);
        int length = LogRecord.length(record, 0);
        boolean intact = LogRecord.plausibleLength(length)
                && length <= all.length
                && LogRecord.intact(record, 0, length)
                && LogRecord.index(record, 0) == index;
        return intact ? all : null;
    }

    /** Raw bytes; zeros between records. On failure nothing was appended to the target. */
    void read(long position, int length, ByteBuf target) throws StoreException {
        if (length < 0 || position < view.base().position() || length > view.end() - position) {
            throw new StoreException.OutOfRange("log: " + length + " bytes from position " + position
                    + " are not in it; it holds " + view.base().position() + " to " + view.end());
        }
        copy(position, length, target, true);
    }

    private void copy(long position, int length, ByteBuf target, boolean holes) throws StoreException {
        if (length == 0) {
            return;
        }
        int mark = target.writerIndex();
        ByteBuf direct = target;
        boolean own = !target.hasMemoryAddress() || target.nioBufferCount() != 1;
        if (own) {
            direct = ByteBufAllocator.DEFAULT.directBuffer(length);
        }
        direct.ensureWritable(length);
        boolean done = false;
        try {
            ByteBuffer to = direct.nioBuffer(direct.writerIndex(), length);
            database.read("reading position " + position, db -> {
                copy(db, position, to, holes);
                return true;
            });
            direct.writerIndex(direct.writerIndex() + length);
            if (own) {
                target.writeBytes(direct);
            }
            done = true;
        } finally {
            if (own) {
                direct.release();
            }
            if (!done) {
                target.writerIndex(mark);
            }
        }
    }

    /** Copies pieces of records one after the other, each to its place. */
    private void copy(RocksDB db, long position, ByteBuffer to, boolean holes) throws RocksDBException, StoreException {
        long end = position + to.remaining();
        int first = to.position();
        long at = position;
        ByteBuffer key = ByteBuffer.allocate(KEY_BYTES);
        try (RocksIterator each = db.newIterator(database.family(Family.ENTRIES), database.reads())) {
            each.seekForPrev(Keys.of(view.epoch(), position));
            if (!each.isValid()) {
                each.status();
                each.seek(Keys.of(view.epoch(), position));
            }
            while (at < end && each.isValid()) {
                key.clear();
                each.key(key.array());
                long piece = key.getLong(8);
                if (key.getLong(0) < view.epoch() || piece < view.base().position()) {
                    each.next();
                    continue;
                }
                if (key.getLong(0) != view.epoch() || piece >= end) {
                    break;
                }
                if (piece > at) {
                    zero(to, first + (int) (at - position), (int) (piece - at), at, holes);
                    at = piece;
                }
                at = Math.max(at, copyPiece(each, piece, at, end, to, first + (int) (at - position)));
                each.next();
            }
            each.status();
        }
        if (at < end) {
            zero(to, first + (int) (at - position), (int) (end - at), at, holes);
        }
    }

    /** Copies what is wanted of one piece; returns the position behind it. */
    private static long copyPiece(RocksIterator each, long piece, long at, long end, ByteBuffer to, int target) {
        if (piece == at) {
            ByteBuffer window = to.duplicate();
            window.position(target);
            window.limit(target + (int) (end - at));
            int size = each.value(window);
            return piece + Math.min(size, end - at);
        }
        byte[] value = each.value();
        int skip = (int) Math.min(at - piece, value.length);
        int count = (int) Math.min(value.length - skip, end - at);
        to.duplicate().position(target).put(value, skip, count);
        return at + count;
    }

    private void zero(ByteBuffer to, int from, int count, long at, boolean holes) throws StoreException {
        long segmentEnd = addressing.segmentStart(at) + addressing.segmentBytes();
        if (!holes || at + count > segmentEnd) {
            throw damaged(-1, at, count + " bytes are missing");
        }
        for (int i = 0; i < count; i++) {
            to.put(from + i, (byte) 0);
        }
    }

    private StoreException damaged(long index, long position, String what) {
        return new StoreException.Damaged(database.name() + ": index " + index + ", position " + position + ": " + what
                + "; the database returned something else than was written");
    }
}
