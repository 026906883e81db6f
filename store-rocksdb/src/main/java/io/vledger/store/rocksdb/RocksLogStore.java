package io.vledger.store.rocksdb;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vledger.api.store.Addressing;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.store.common.LogEnd;
import io.vledger.store.common.TermRuns;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * The log as keys: positions to pieces of records, indexes to positions. An append is one write to the write-ahead log; what a
 * lane turn has appended shares one sync. Readers go through an immutable view.
 */
final class RocksLogStore implements LogStore {
    /** Records are stored in pieces of this size, so that reading one message does not fetch a whole batch of them. */
    static final int PIECE_BYTES = 64 << 10;

    private final Database database;
    private final Addressing addressing;
    private final FreeSpace space;
    private final Recovery recovery;
    private final ByteBuffer key = ByteBuffer.allocateDirect(2 * Long.BYTES);
    private final ByteBuffer value = ByteBuffer.allocateDirect(Long.BYTES);
    private final long hotBytes;

    private volatile LogView view;
    private volatile Consumer<DamagedRun> damageListener = run -> {};
    /** What was found last, so that not every reader of it looks through the whole table file. */
    private volatile @Nullable DamagedRun damageMet;
    /** What peers sent of a damaged table file, until all of it has come. */
    private final Map<Long, byte[]> received = new ConcurrentHashMap<>();

    private boolean unsynced;

    private RocksLogStore(
            Database database, Addressing addressing, FreeSpace space, LogView view, Recovery recovery, long hotBytes) {
        this.database = database;
        this.addressing = addressing;
        this.space = space;
        this.view = view;
        this.recovery = recovery;
        this.hotBytes = hotBytes;
    }

    static RocksLogStore open(
            Database database, Addressing addressing, FreeSpace space, boolean fresh, long scannedBytes, long hotBytes)
            throws StoreException {
        LogRepair.finish(database);
        LogView view = LogOpening.view(database);
        RocksLogStore log = new RocksLogStore(
                database, addressing, space, view, new Recovery(fresh, 0, "", scannedBytes), hotBytes);
        if (view.lastIndex() > view.base().index()) {
            // The last record must be whole: everything that is read later is checked when it is read.
            try {
                log.readBatch(view.lastIndex(), 1).release();
            } catch (StoreException.Damaged e) {
                StoreException.Damaged refused = new StoreException.Damaged(e.getMessage()
                        + "; move the group's directory away: the node then starts with an empty one and is filled by its"
                        + " peers");
                refused.initCause(e);
                throw refused;
            }
        }
        return log;
    }

    /** Base and epoch as they are stored. */
    static byte[] encodeBase(long epoch, LogBase base) {
        return Keys.of(epoch, base.index(), base.term(), base.position());
    }

    @Override
    public Addressing addressing() {
        return addressing;
    }

    @Override
    public LogBase base() {
        return view.base();
    }

    @Override
    public long lastIndex() {
        return view.lastIndex();
    }

    @Override
    public long endPosition() {
        return view.end();
    }

    @Override
    public List<TermRun> terms() {
        return view.terms();
    }

    @Override
    public Recovery recovery() {
        return recovery;
    }

    @Override
    public long hotPosition() {
        LogView now = view;
        return Math.max(now.base().position(), now.end() - hotBytes);
    }

    @Override
    public List<SegmentInfo> segments() {
        return view.infos();
    }

    @Override
    public LogBatch readBatch(long index, int maxBytes) throws StoreException {
        boolean again = false;
        while (true) {
            LogView now = view;
            try {
                return new LogReader(database, addressing, now).readBatch(index, maxBytes);
            } catch (StoreException e) {
                // A batch reaches past what was asked for: if only that was cut meanwhile, the rest is still to be had.
                if (view.cuts() == now.cuts() || index > view.lastIndex()) {
                    again = mayReadAgain(
                            now, "reading index " + index, e, damage -> damage.runFrom(index, maxBytes), again);
                }
            }
        }
    }

    @Override
    public void read(long position, int length, ByteBuf target) throws StoreException {
        boolean again = false;
        while (true) {
            LogView now = view;
            try {
                new LogReader(database, addressing, now).read(position, length, target);
                return;
            } catch (StoreException e) {
                again = mayReadAgain(
                        now, "reading position " + position, e, damage -> damage.runIn(position, length), again);
            }
        }
    }

    /**
     * What a reader's failure means: if the log was cut meanwhile, that what it looked for is gone. Returns if nothing is damaged any
     * more, since a repair may have ended meanwhile: the reader tries a second time then.
     */
    private boolean mayReadAgain(
            LogView seen, String doing, StoreException e, DamageSearch.Question where, boolean second)
            throws StoreException {
        boolean damaged = e instanceof StoreException.Damaged;
        DamagedRun run = damaged && view.cuts() == seen.cuts()
                ? new DamageSearch(database, addressing, seen, damageMet, received.keySet()).run(where)
                : null;
        if (view.cuts() != seen.cuts()) {
            throw new StoreException.OutOfRange("log: cut while " + doing);
        }
        if (run != null) {
            damageMet = run;
            damageListener.accept(run);
            StoreException.Damaged found = new StoreException.Damaged(run.what(), run);
            found.initCause(e);
            throw found;
        }
        if (damaged && second) {
            // Not records: where they are cannot be read.
            damageListener.accept(new DamagedRun(0, 0, String.valueOf(e.getMessage())));
        }
        if (!damaged || second) {
            throw e;
        }
        return true;
    }

    @Override
    public void onDamage(Consumer<DamagedRun> listener) {
        damageListener = listener;
    }

    @Override
    public void setDamageAside(DamagedRun run) throws StoreException {
        throw new StoreException.NotRepairable(
                database.name() + ": what is behind the entries " + run.firstIndex() + " to " + run.lastIndex()
                        + " cannot be set aside; stop this node and move the group's directory away: it then"
                        + " starts with an empty one and is filled by its peers");
    }

    @Override
    public int repair(LogBatch entries) throws StoreException {
        database.checkWritable();
        int repaired = new LogRepair(database, addressing, space, view, received).run(entries);
        damageMet = null;
        return repaired;
    }

    @Override
    public void append(LogBatch batch) throws StoreException {
        database.checkWritable();
        LogView now = view;
        long position = batch.position();
        LogEnd.requireFollows(batch, now.lastIndex(), now.end(), addressing);
        space.need(batch.byteCount(), "writing at position " + position);
        long segment = addressing.segmentStart(position);
        List<SegmentInfo> infos = now.infos();
        boolean roll = infos.isEmpty() || infos.get(infos.size() - 1).position() != segment;
        List<TermRun> terms = TermRuns.with(now.terms(), batch);
        database.write("writing at position " + position, to -> {
            putRecords(to, now.epoch(), batch);
            if (roll) {
                putSegment(to, segment, batch.firstIndex(), now.end());
            }
            for (TermRun run : terms.subList(now.terms().size(), terms.size())) {
                to.put(database.family(Family.META), Keys.of(Keys.TERM, run.firstIndex()), Keys.of(run.term()));
            }
        });
        unsynced = true;
        List<SegmentInfo> segments = now.segments();
        if (roll) {
            segments = new ArrayList<>(infos);
            segments.add(new SegmentInfo(segment, batch.firstIndex(), position));
        }
        view = new LogView(
                now.epoch(), now.base(), segments, terms, batch.lastIndex(), batch.endPosition(), now.cuts());
    }

    private void putSegment(WriteBatch to, long segment, long firstIndex, long endBefore) throws RocksDBException {
        to.put(database.family(Family.META), Keys.of(Keys.SEGMENT, segment), Keys.of(firstIndex, endBefore));
    }

    private void putRecords(WriteBatch to, long epoch, LogBatch batch) throws RocksDBException {
        ByteBuf bytes = batch.bytes();
        int count = bytes.readableBytes();
        ByteBuf copy = null;
        if (!bytes.isDirect() || bytes.nioBufferCount() != 1) {
            copy = ByteBufAllocator.DEFAULT.directBuffer(count);
            copy.writeBytes(bytes, bytes.readerIndex(), count);
            bytes = copy;
        }
        try {
            ByteBuffer all = bytes.nioBuffer(bytes.readerIndex(), count);
            int origin = all.position();
            ColumnFamilyHandle entries = database.family(Family.ENTRIES);
            ColumnFamilyHandle indexes = database.family(Family.INDEXES);
            for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
                long start = batch.positionAt(index);
                long end = index == batch.lastIndex() ? batch.endPosition() : batch.positionAt(index + 1);
                for (long at = start; at < end; at += PIECE_BYTES) {
                    int from = origin + (int) (at - batch.position());
                    all.limit(from + (int) Math.min(PIECE_BYTES, end - at)).position(from);
                    to.put(entries, key(epoch, at), all);
                    all.clear();
                }
                value.clear();
                value.putLong(start).flip();
                to.put(indexes, key(epoch, index), value);
            }
        } finally {
            if (copy != null) {
                copy.release();
            }
        }
    }

    private ByteBuffer key(long epoch, long number) {
        key.clear();
        return key.putLong(epoch).putLong(number).flip();
    }

    @Override
    public void sync() throws StoreException {
        if (!unsynced) {
            database.checkWritable();
            return;
        }
        database.sync();
        unsynced = false;
    }

    @Override
    public void truncateSuffix(long index) throws StoreException {
        database.checkWritable();
        LogView now = view;
        if (index > now.lastIndex()) {
            return;
        }
        if (index <= now.base().index()) {
            throw new IllegalArgumentException("index " + index + " is before the log's base " + now.base());
        }
        long start = new LogReader(database, addressing, now).positionOf(index);
        long end = start;
        List<SegmentInfo> infos = now.infos();
        for (int i = 0; i < infos.size(); i++) {
            if (infos.get(i).firstIndex() == index) {
                end = i == 0 ? now.base().position() : infos.get(i - 1).endPosition();
            }
        }
        LogView cut = now.before(index, end);
        change(now, cut, "removing the entries from index " + index, to -> {
            to.deleteRange(
                    database.family(Family.ENTRIES), Keys.of(now.epoch(), start), Keys.of(now.epoch(), now.end()));
            to.deleteRange(
                    database.family(Family.INDEXES),
                    Keys.of(now.epoch(), index),
                    Keys.of(now.epoch(), now.lastIndex() + 1));
            for (SegmentInfo gone : infos.subList(cut.segments().size(), infos.size())) {
                to.delete(database.family(Family.META), Keys.of(Keys.SEGMENT, gone.position()));
            }
            for (TermRun gone :
                    now.terms().subList(cut.terms().size(), now.terms().size())) {
                to.delete(database.family(Family.META), Keys.of(Keys.TERM, gone.firstIndex()));
            }
        });
    }

    /** Shows readers the log after a cut, then makes it so: one that fails meanwhile sees that it was overtaken. */
    private void change(LogView now, LogView cut, String doing, Database.Change change) throws StoreException {
        received.clear();
        damageMet = null;
        view = cut;
        boolean done = false;
        try {
            database.writeDurably(doing, change);
            done = true;
        } finally {
            if (!done) {
                view = now;
            }
        }
        unsynced = false;
    }

    @Override
    public void dropPrefix(long index) throws StoreException {
        database.checkWritable();
        LogView now = view;
        int drop = 0;
        while (drop + 1 < now.segments().size() && now.lastIndexOf(drop) < index) {
            drop++;
        }
        if (drop == 0) {
            return;
        }
        LogView kept = now.without(drop);
        int dropped = drop;
        change(now, kept, "removing the entries before index " + index, to -> {
            to.put(database.family(Family.META), Keys.BASE, encodeBase(now.epoch(), kept.base()));
            for (SegmentInfo gone : now.segments().subList(0, dropped)) {
                to.delete(database.family(Family.META), Keys.of(Keys.SEGMENT, gone.position()));
            }
            for (TermRun run : now.terms()) {
                if (run.firstIndex() <= kept.base().index()) {
                    to.delete(database.family(Family.META), Keys.of(Keys.TERM, run.firstIndex()));
                }
            }
        });
        database.free(
                Family.ENTRIES, Keys.of(0), Keys.of(now.epoch(), kept.base().position()));
        database.free(
                Family.INDEXES, Keys.of(0), Keys.of(now.epoch(), kept.base().index() + 1));
    }

    @Override
    public void reset(LogBase base) throws StoreException {
        if (base.position() != addressing.segmentStart(base.position())) {
            throw new IllegalArgumentException("a log cannot begin at position " + base.position());
        }
        LogView now = view;
        long epoch = now.epoch() + 1;
        change(now, LogView.empty(epoch, base, now.cuts() + 1), "emptying the log", to -> {
            to.put(database.family(Family.META), Keys.BASE, encodeBase(epoch, base));
            ColumnFamilyHandle meta = database.family(Family.META);
            to.deleteRange(meta, Keys.of(Keys.SEGMENT, 0), Keys.of(Keys.SEGMENT, Long.MAX_VALUE));
            to.deleteRange(meta, Keys.of(Keys.TERM, 0), Keys.of(Keys.TERM, Long.MAX_VALUE));
        });
        database.free(Family.ENTRIES, Keys.of(0), Keys.of(epoch));
        database.free(Family.INDEXES, Keys.of(0), Keys.of(epoch));
    }

    @Override
    public void setDamageAside() {
        // A damaged database is refused when it is opened; there is never damage to set aside in one that is open.
    }

    /** What a database says about its log. */
    private static final class LogOpening {
        static LogView view(Database database) throws StoreException {
            byte[] stored = database.get(Family.META, Keys.BASE);
            if (stored == null || stored.length != 4 * Long.BYTES) {
                throw new StoreException.Damaged(database.name()
                        + ": it does not say where the log begins; move the group's directory away: the node"
                        + " then starts with an empty one and is filled by its peers");
            }
            ByteBuffer base = ByteBuffer.wrap(stored);
            long epoch = base.getLong();
            LogView empty = LogView.empty(epoch, new LogBase(base.getLong(), base.getLong(), base.getLong()), 0);
            return database.read("reading the log's end", db -> {
                long lastIndex = empty.base().index();
                long end = empty.end();
                try (RocksIterator each = db.newIterator(database.family(Family.INDEXES), database.reads())) {
                    each.seekForPrev(Keys.of(epoch, Long.MAX_VALUE));
                    each.status();
                    if (each.isValid()) {
                        ByteBuffer last = ByteBuffer.wrap(each.key());
                        if (last.getLong(0) == epoch && last.getLong(8) > lastIndex) {
                            lastIndex = last.getLong(8);
                        }
                    }
                }
                if (lastIndex > empty.base().index()) {
                    try (RocksIterator each = db.newIterator(database.family(Family.ENTRIES), database.reads())) {
                        each.seekForPrev(Keys.of(epoch, Long.MAX_VALUE));
                        each.status();
                        if (each.isValid() && ByteBuffer.wrap(each.key()).getLong() == epoch) {
                            end = ByteBuffer.wrap(each.key()).getLong(8) + each.value().length;
                        }
                    }
                }
                List<TermRun> terms = new ArrayList<>(empty.terms());
                List<SegmentInfo> segments = new ArrayList<>();
                try (RocksIterator each = db.newIterator(database.family(Family.META), database.reads())) {
                    for (each.seek(Keys.of(Keys.SEGMENT, 0)); each.isValid(); each.next()) {
                        byte[] key = each.key();
                        ByteBuffer value = ByteBuffer.wrap(each.value());
                        if (key[0] == Keys.SEGMENT && key.length == 9) {
                            if (!segments.isEmpty()) {
                                SegmentInfo before = segments.get(segments.size() - 1);
                                segments.set(
                                        segments.size() - 1,
                                        new SegmentInfo(before.position(), before.firstIndex(), value.getLong(8)));
                            }
                            segments.add(new SegmentInfo(Keys.number(key), value.getLong(0), end));
                        } else if (key[0] == Keys.TERM && key.length == 9) {
                            terms.add(new TermRun(Keys.number(key), value.getLong(0)));
                        }
                    }
                    each.status();
                }
                return new LogView(epoch, empty.base(), List.copyOf(segments), List.copyOf(terms), lastIndex, end, 0);
            });
        }
    }
}
