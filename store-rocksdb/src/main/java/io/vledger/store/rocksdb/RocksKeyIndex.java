package io.vledger.store.rocksdb;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.TimeSpan;
import io.vledger.store.common.FoundPositions;
import io.vledger.store.common.IndexFlush;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Keys of messages, under keys that begin with the segment of the log that they point into, then the hash. A search looks through
 * memory, then through the segments, newest first. Loop only, but for running a flush.
 */
final class RocksKeyIndex implements KeyIndex {
    private static final int BATCH_ENTRIES = 16_384;
    /** Segment, hash, generation, number. */
    private static final int KEY_BYTES = 4 * Long.BYTES;

    /** Of keys that were written again: before that of any flush. */
    private static final long REBUILT = 0;

    private static final int ENTRY_BYTES_ROUGHLY = 64;

    private final IndexDatabase databases;
    private final Addressing addressing;
    private final FreeSpace space;

    private List<Entry> captured = List.of();
    private List<Entry> live = new ArrayList<>();
    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private long generation;
    /** Segments in the database that is written now. */
    private final NavigableSet<Long> segments = new TreeSet<>();
    /** Segments whose keys below {@link #lostUntil} are to be written again, with the number of the database that had them. */
    private final NavigableMap<Long, Long> lost = new TreeMap<>();

    private long lostUntil;
    /** Behind the last message whose keys are written. */
    private long writtenUntil;
    /** Number of the database that {@link #segments} are in; what was in another is lost. */
    private long number;

    private @Nullable KeyFlush pending;

    RocksKeyIndex(IndexDatabase databases, Addressing addressing, FreeSpace space) {
        this.databases = databases;
        this.addressing = addressing;
        this.space = space;
    }

    private record Entry(long hash, long position, long timestamp) {}

    @Override
    public void add(long keyHash, long position, long storeTimestamp) {
        live.add(new Entry(keyHash, position, storeTimestamp));
    }

    @Override
    public long[] find(long keyHash, TimeSpan stored, long before, int max) throws StoreException {
        adopt();
        Search search = new Search(keyHash, stored, new FoundPositions(before, max));
        search.lookThrough(live);
        search.lookThrough(captured);
        findWritten(search);
        return search.found.toArray();
    }

    /** A search for one key. */
    private final class Search {
        private final long keyHash;
        private final TimeSpan stored;
        private final FoundPositions found;

        Search(long keyHash, TimeSpan stored, FoundPositions found) {
            this.keyHash = keyHash;
            this.stored = stored;
            this.found = found;
        }

        /** Entries in memory, the newest first. */
        void lookThrough(List<Entry> entries) {
            for (int i = entries.size() - 1; i >= 0 && !found.isFull(); i--) {
                Entry entry = entries.get(i);
                if (entry.hash == keyHash && addressing.segmentStart(entry.position) >= droppedBefore) {
                    offer(entry.position, entry.timestamp);
                }
            }
        }

        /** What a database has of one segment. */
        void lookThrough(RocksIterator each, long segment) throws RocksDBException {
            each.seekForPrev(Keys.of(segment, keyHash, Long.MAX_VALUE, Long.MAX_VALUE));
            while (each.isValid() && !found.isFull() && isOf(each, segment, keyHash)) {
                ByteBuffer value = ByteBuffer.wrap(each.value());
                offer(value.getLong(), value.getLong());
                each.prev();
            }
            each.status();
        }

        private void offer(long position, long timestamp) {
            if (stored.contains(timestamp)) {
                found.offer(position);
            }
        }
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    private void findWritten(Search search) throws StoreException {
        if (!segments.isEmpty()) {
            findIn(number, segments.descendingSet(), search);
        }
        for (Map.Entry<Long, Long> segment : lost.descendingMap().entrySet()) {
            findIn(segment.getValue(), List.of(segment.getKey()), search);
        }
    }

    private void findIn(long numberOfDatabase, Collection<Long> newestFirst, Search search) throws StoreException {
        if (search.found.isFull()) {
            return;
        }
        long[] at = {0};
        try {
            Database database = databases.at(numberOfDatabase);
            database.read("looking for a key", db -> {
                try (RocksIterator each = db.newIterator(database.family(Family.KEYS), database.reads())) {
                    for (long segment : newestFirst) {
                        at[0] = segment;
                        search.lookThrough(each, segment);
                    }
                }
                return true;
            });
        } catch (StoreException.Damaged e) {
            String what = String.valueOf(e.getMessage());
            if (numberOfDatabase == databases.number()) {
                databases.damaged(what);
            }
            damageListener.accept(new DamagedPart(at[0], what));
            adopt();
            throw e;
        }
    }

    private static boolean isOf(RocksIterator each, long segment, long keyHash) {
        ByteBuffer key = ByteBuffer.wrap(each.key());
        return key.getLong(0) == segment && key.getLong(8) == keyHash;
    }

    @Override
    public void dropBefore(long position) {
        adopt();
        droppedBefore = Math.max(droppedBefore, position);
        live.removeIf(entry -> addressing.segmentStart(entry.position) < position);
        segments.headSet(position, false).clear();
        lost.headMap(position, false).clear();
    }

    @Override
    public Flush prepareFlush() {
        adopt();
        // Again: what is rebuilt at a time is one segment, and a report of that very
        // segment meanwhile is not remembered.
        reportLost(databases.name() + ": it is not in the new database yet");
        KeyFlush before = pending;
        if (before != null) {
            before.cancel();
        }
        List<Entry> entries = new ArrayList<>(captured);
        entries.addAll(live);
        entries.removeIf(entry -> addressing.segmentStart(entry.position) < droppedBefore);
        captured = entries;
        live = new ArrayList<>();
        // Never a number twice: what a failed flush has left behind must not pass for this one's.
        generation++;
        long until = entries.isEmpty() ? writtenUntil : entries.get(entries.size() - 1).position + 1;
        boolean whole = lost.isEmpty() && !databases.isLost(number);
        KeyFlush flush =
                new KeyFlush(entries, new IndexMark(whole ? number : -1, generation, droppedBefore, until, Map.of()));
        pending = flush;
        return flush;
    }

    private void adopt() {
        KeyFlush flush = pending;
        if (flush != null && flush.done()) {
            pending = null;
            captured = List.of();
            if (flush.number != number) {
                lose(number);
                number = flush.number;
            }
            writtenUntil = flush.captured.writtenUntil();
            for (Entry entry : flush.entries) {
                long segment = addressing.segmentStart(entry.position);
                if (segment >= droppedBefore) {
                    segments.add(segment);
                }
            }
        }
        String damage = databases.damage();
        if ((damage != null || number != databases.number()) && !segments.isEmpty()) {
            lose(number);
            String what = damage == null ? databases.name() + ": they were written to a damaged database" : damage;
            reportLost(what);
        }
    }

    private void reportLost(String what) {
        List.copyOf(lost.keySet()).forEach(segment -> damageListener.accept(new DamagedPart(segment, what)));
    }

    /** What was in a database is to be written again, to the one that comes after it. */
    private void lose(long numberOfDatabase) {
        segments.forEach(segment -> lost.put(segment, numberOfDatabase));
        segments.clear();
        lostUntil = writtenUntil;
    }

    @Override
    public @Nullable Rebuild rebuild(long segment) {
        adopt();
        return lost.containsKey(segment) ? new KeyRebuild(segment, lostUntil) : null;
    }

    @Override
    public void rewind(byte[] mark) throws StoreException {
        KeyFlush before = pending;
        if (before != null) {
            before.cancel();
        }
        pending = null;
        captured = List.of();
        live = new ArrayList<>();
        segments.clear();
        lost.clear();
        generation = 0;
        droppedBefore = 0;
        writtenUntil = 0;
        if (mark.length == 0) {
            databases.empty();
            number = databases.number();
            return;
        }
        IndexMark to = IndexMark.decode(databases.name(), mark);
        databases.check(to);
        number = to.number();
        generation = to.generation();
        droppedBefore = to.droppedBefore();
        writtenUntil = to.writtenUntil();
        Database database = databases.at(number);
        forgetNewer(database);
        findSegments(database);
    }

    private void findSegments(Database database) throws StoreException {
        database.read("listing the segments of the keys", db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.KEYS), database.reads())) {
                each.seek(Keys.of(droppedBefore));
                while (each.isValid()) {
                    long segment = ByteBuffer.wrap(each.key()).getLong();
                    segments.add(segment);
                    each.seek(Keys.of(segment + addressing.segmentBytes()));
                }
                each.status();
            }
            return true;
        });
    }

    /** Removes what later flushes wrote: from the newest segment back, until one has nothing of them. */
    private void forgetNewer(Database database) throws StoreException {
        List<byte[]> newer = new ArrayList<>();
        database.read("rewinding the keys", db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.KEYS), database.reads())) {
                long segment = -1;
                boolean found = true;
                for (each.seekToLast(); each.isValid(); each.prev()) {
                    byte[] bytes = each.key();
                    ByteBuffer key = ByteBuffer.wrap(bytes);
                    if (bytes.length != KEY_BYTES || key.getLong(0) < droppedBefore) {
                        break;
                    }
                    if (key.getLong(0) != segment) {
                        if (!found) {
                            break;
                        }
                        segment = key.getLong(0);
                        found = false;
                    }
                    if (key.getLong(16) > generation) {
                        newer.add(bytes);
                        found = true;
                    }
                }
                each.status();
            }
            return true;
        });
        for (int from = 0; from < newer.size(); from += BATCH_ENTRIES) {
            List<byte[]> some = newer.subList(from, Math.min(newer.size(), from + BATCH_ENTRIES));
            database.write("rewinding the keys", batch -> {
                for (byte[] key : some) {
                    batch.delete(database.family(Family.KEYS), key);
                }
                // A later mark would find less than it describes.
                databases.flushed(database, batch, generation);
            });
        }
    }

    /** Writes entries, all of one flush. */
    private void write(Database database, List<Entry> entries, long ofGeneration, String doing) throws StoreException {
        for (int from = 0; from < entries.size(); from += BATCH_ENTRIES) {
            int first = from;
            int until = Math.min(entries.size(), from + BATCH_ENTRIES);
            space.need((long) (until - from) * ENTRY_BYTES_ROUGHLY, doing);
            database.write(doing, batch -> {
                for (int i = first; i < until; i++) {
                    Entry entry = entries.get(i);
                    batch.put(
                            database.family(Family.KEYS),
                            Keys.of(addressing.segmentStart(entry.position), entry.hash, ofGeneration, i),
                            Keys.of(entry.position, entry.timestamp));
                }
            });
        }
    }

    /** Writes the keys of one segment to a new database, from the messages in the log. */
    private final class KeyRebuild implements Rebuild {
        private final long segment;
        private final long until;
        private final List<Entry> entries = new ArrayList<>();
        private long writtenTo;

        KeyRebuild(long segment, long until) {
            this.segment = segment;
            this.until = until;
        }

        @Override
        public void next(long queueKey, long position, int size, long tagsCode) {
            // Units are another index's.
        }

        @Override
        public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
            // Units are another index's.
        }

        @Override
        public void key(long keyHash, long position, long storeTimestamp) {
            if (position < until) {
                entries.add(new Entry(keyHash, position, storeTimestamp));
            }
        }

        @Override
        public void write() throws StoreException {
            Database database = databases.writable();
            RocksKeyIndex.this.write(database, entries, REBUILT, "rebuilding keys");
            database.sync();
            writtenTo = databases.number();
        }

        @Override
        public void end(boolean written) {
            if (!written) {
                return;
            }
            if (number != writtenTo) {
                lose(number);
                number = writtenTo;
            }
            if (until == lostUntil) {
                lost.remove(segment);
            }
            if (segment >= droppedBefore) {
                segments.add(segment);
            }
        }
    }

    /** Writes captured entries. */
    private final class KeyFlush extends IndexFlush {
        private final List<Entry> entries;
        private final IndexMark captured;
        private long number;

        /** @param captured as of now, with the number of the database that has everything else */
        KeyFlush(List<Entry> entries, IndexMark captured) {
            super("keys");
            this.entries = entries;
            this.captured = captured;
        }

        @Override
        protected byte[] write() throws StoreException {
            try {
                return write(databases.writable());
            } catch (StoreException.Damaged e) {
                databases.damaged(String.valueOf(e.getMessage()));
                keepCaptured();
                return IndexMark.unusable().encode();
            }
        }

        private byte[] write(Database database) throws StoreException {
            number = databases.number();
            RocksKeyIndex.this.write(database, entries, captured.generation(), "writing a checkpoint of the keys");
            database.write(
                    "ending a checkpoint of the keys",
                    batch -> databases.flushed(database, batch, captured.generation()));
            database.sync();
            if (captured.number() == number) {
                databases.complete(captured.generation());
            }
            database.freeBelow(captured.droppedBefore(), Family.KEYS);
            return new IndexMark(
                            number, captured.generation(), captured.droppedBefore(), captured.writtenUntil(), Map.of())
                    .encode();
        }
    }
}
