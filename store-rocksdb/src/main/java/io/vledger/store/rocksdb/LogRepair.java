package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * Puts damaged records back. What comes from a peer is believed as far as it fits: index, term and position must be those of this
 * log. A record that is intact here is never replaced by another.
 *
 * <p>To write a damaged record's key again would not do: the block it was in stays in its table file, iterators stumble over it, and
 * the new key makes the next compaction read it, which stops the database. So the table file goes: everything of the log in its
 * range of keys is saved under other keys, durably; then the range is deleted, the file dropped unread and the records put back.
 * What a crash leaves half done is finished at the next start. Lane only, or before there is one.
 */
final class LogRepair {
    /** Bytes of one write; a table file is written back in several. */
    private static final int WRITE_BYTES = 1 << 20;

    private final Database database;
    private final FreeSpace space;
    private final LogView view;
    private final LogReader reader;
    /** What peers sent for table files that still have other damage, by index; readers of these are still refused. */
    private final Map<Long, byte[]> received;

    LogRepair(Database database, Addressing addressing, FreeSpace space, LogView view, Map<Long, byte[]> received) {
        this.received = received;
        this.database = database;
        this.space = space;
        this.view = view;
        this.reader = new LogReader(database, addressing, view);
    }

    /** Repairs durably; returns how many records were damaged. */
    int run(LogBatch entries) throws StoreException {
        if (entries.firstIndex() <= view.base().index() || entries.lastIndex() > view.lastIndex()) {
            throw new StoreException.OutOfRange("log: " + entries + " is not in it any more");
        }
        Map<Long, byte[]> damaged = new HashMap<>();
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            if (isDamaged(entries, index)) {
                damaged.put(index, ByteBufUtil.getBytes(recordOf(entries, index)));
            }
        }
        if (damaged.isEmpty()) {
            return 0;
        }
        try {
            replaceTables(entries, damaged);
        } catch (StoreException e) {
            received.clear();
            throw e;
        }
        return damaged.size();
    }

    /** Whether a record is not intact here. */
    private boolean isDamaged(LogBatch entries, long index) throws StoreException {
        long start = reader.positionOf(index);
        if (start != entries.positionAt(index) || reader.endOf(index, start) != endIn(entries, index)) {
            throw refused(entries, "entry " + index + " does not fill the place that it has here");
        }
        if (entries.termAt(index) != view.termOf(index)) {
            throw refused(
                    entries,
                    "entry " + index + " has term " + entries.termAt(index) + ", here it is " + view.termOf(index));
        }
        byte[] here = record(index);
        if (here != null && !ByteBufUtil.equals(Unpooled.wrappedBuffer(here), recordOf(entries, index))) {
            throw refused(entries, "entry " + index + " is intact here, and another one there");
        }
        return here == null;
    }

    private static long endIn(LogBatch entries, long index) {
        return index == entries.lastIndex() ? entries.endPosition() : entries.positionAt(index + 1);
    }

    /** A record of a batch with its padding. */
    private static ByteBuf recordOf(LogBatch entries, long index) {
        ByteBuf bytes = entries.bytes();
        long start = entries.positionAt(index);
        return bytes.slice(
                bytes.readerIndex() + (int) (start - entries.position()), (int) (endIn(entries, index) - start));
    }

    private static StoreException.Damaged refused(LogBatch entries, String why) {
        return new StoreException.Damaged("log: " + entries + " cannot replace what is damaged here: " + why);
    }

    private void replaceTables(LogBatch entries, Map<Long, byte[]> damaged) throws StoreException {
        TableRange tables = TableRange.holding(database, view, entries.position(), entries.endPosition());
        if (tables == null) {
            throw refused(entries, "no table file holds it");
        }
        for (LiveFileMetaData file : tables.files()) {
            if (file.level() == 0 || file.beingCompacted()) {
                throw refused(
                        entries, "the table file " + file.fileName() + " cannot be dropped before compaction moved it");
            }
        }
        long first = reader.indexAt(tables.firstPosition());
        long last = reader.indexAt(tables.lastPosition());
        received.putAll(damaged);
        for (long index = first; index <= last; index++) {
            if (record(index) == null) {
                // In another segment, so that a peer sends it by itself: the file is replaced once that has come.
                return;
            }
        }
        space.need(
                2 * (tables.lastPosition() - tables.firstPosition()), "replacing the table files that hold " + entries);
        // What an attempt saved that found no room must not be put back later.
        database.write("forgetting saved records", to -> forget(database, to));
        saveRecords(first, last);
        database.exclusively(() -> {
            database.writeDurably("emptying a damaged range", to -> {
                byte[] behind = Arrays.copyOf(tables.lastKey(), tables.lastKey().length + 1);
                to.deleteRange(database.family(Family.ENTRIES), tables.firstKey(), behind);
                to.put(database.family(Family.META), Keys.REPLACED_TABLE, encode(tables));
            });
            finish(database);
        });
        received.keySet().removeIf(index -> index >= first && index <= last);
        Set<String> gone = new HashSet<>();
        tables.files().forEach(file -> gone.add(file.fileName()));
        for (LiveFileMetaData file : database.tables(Family.ENTRIES)) {
            if (gone.contains(file.fileName())) {
                throw refused(entries, "the table file " + file.fileName() + " was not dropped");
            }
        }
    }

    /** A record as a peer sent it, or as it is here; null if it is damaged and has not come yet. */
    private byte @Nullable [] record(long index) throws StoreException {
        byte[] sent = received.get(index);
        return sent != null ? sent : reader.intactRecord(index);
    }

    /** Saves what the log has in the range of the table files, the damaged records as peers have them. */
    private void saveRecords(long first, long last) throws StoreException {
        List<Piece> some = new ArrayList<>();
        int bytes = 0;
        for (long index = first; index <= last; index++) {
            byte[] record = record(index);
            if (record == null) {
                throw new StoreException.Damaged("log: entry " + index + " became damaged during a repair");
            }
            long start = reader.positionOf(index);
            for (int at = 0; at < record.length; at += RocksLogStore.PIECE_BYTES) {
                some.add(new Piece(
                        Keys.of(Keys.SAVED, view.epoch(), start + at),
                        Arrays.copyOfRange(record, at, Math.min(record.length, at + RocksLogStore.PIECE_BYTES))));
            }
            bytes += record.length;
            if (bytes >= WRITE_BYTES || index == last) {
                write(Family.META, some);
                bytes = 0;
            }
        }
    }

    private record Piece(byte[] key, byte[] value) {}

    private void write(Family family, List<Piece> pieces) throws StoreException {
        write(database, family, pieces);
    }

    private static void write(Database database, Family family, List<Piece> pieces) throws StoreException {
        database.write("replacing a damaged table file", to -> {
            for (Piece piece : pieces) {
                to.put(database.family(family), piece.key(), piece.value());
            }
        });
        pieces.clear();
    }

    private static byte[] encode(TableRange tables) {
        return ByteBuffer.allocate(Short.BYTES + tables.firstKey().length + tables.lastKey().length)
                .putShort((short) tables.firstKey().length)
                .put(tables.firstKey())
                .put(tables.lastKey())
                .array();
    }

    /** Finishes what was begun, durably: the range is empty, its records are saved. Does nothing if nothing was begun. */
    static void finish(Database database) throws StoreException {
        byte[] range = database.get(Family.META, Keys.REPLACED_TABLE);
        boolean any = range != null;
        if (range != null) {
            int middle = Short.BYTES + ByteBuffer.wrap(range).getShort();
            database.dropTables(
                    Family.ENTRIES,
                    Arrays.copyOfRange(range, Short.BYTES, middle),
                    Arrays.copyOfRange(range, middle, range.length));
        }
        any |= database.read("reading saved records", db -> {
            List<Piece> some = new ArrayList<>();
            int bytes = 0;
            boolean found = false;
            try (RocksIterator each = db.newIterator(database.family(Family.META), database.reads())) {
                each.seek(Keys.of(Keys.SAVED, 0, 0));
                for (; each.isValid() && isSaved(each.key()); each.next()) {
                    found = true;
                    if (range == null) {
                        // Not all of them were saved: nothing has been changed yet, and they are removed.
                        break;
                    }
                    byte[] key = each.key();
                    some.add(new Piece(Arrays.copyOfRange(key, 1, key.length), each.value()));
                    bytes += some.get(some.size() - 1).value().length;
                    if (bytes >= WRITE_BYTES) {
                        write(database, Family.ENTRIES, some);
                        bytes = 0;
                    }
                }
                each.status();
            }
            write(database, Family.ENTRIES, some);
            return found;
        });
        if (any) {
            database.writeDurably("ending the replacement of a table file", to -> forget(database, to));
        }
    }

    private static boolean isSaved(byte[] key) {
        return key[0] == Keys.SAVED && key.length == 1 + 2 * Long.BYTES;
    }

    private static void forget(Database database, WriteBatch to) throws RocksDBException {
        to.deleteRange(
                database.family(Family.META),
                Keys.of(Keys.SAVED, 0, 0),
                Keys.of(Keys.SAVED, Long.MAX_VALUE, Long.MAX_VALUE));
        to.delete(database.family(Family.META), Keys.REPLACED_TABLE);
    }
}
