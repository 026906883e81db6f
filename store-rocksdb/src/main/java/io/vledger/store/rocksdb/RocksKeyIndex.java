package io.vledger.store.rocksdb;

import io.vledger.api.store.Addressing;
import io.vledger.api.store.KeyIndex;
import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Keys of messages, under keys that begin with the segment of the log that they point into, then the hash. A search looks through
 * memory, then through the segments, newest first. Loop only, but for running a flush.
 */
final class RocksKeyIndex implements KeyIndex {
    private static final int BATCH_ENTRIES = 16_384;
    /** Epoch, segment, hash, generation, number. */
    private static final int KEY_BYTES = 5 * Long.BYTES;

    private static final int ENTRY_BYTES_ROUGHLY = 64;

    private final Database database;
    private final Addressing addressing;
    private final FreeSpace space;

    private List<Entry> captured = List.of();
    private List<Entry> live = new ArrayList<>();
    private Consumer<DamagedPart> damageListener = part -> {};
    private long droppedBefore;
    private long epoch;
    private long generation;
    private @Nullable KeyFlush pending;

    RocksKeyIndex(Database database, Addressing addressing, FreeSpace space) {
        this.database = database;
        this.addressing = addressing;
        this.space = space;
    }

    private record Entry(long hash, long position, long timestamp) {}

    @Override
    public void add(long keyHash, long position, long storeTimestamp) {
        live.add(new Entry(keyHash, position, storeTimestamp));
    }

    @Override
    public long[] find(long keyHash, long fromMs, long toMs, long before, int max) throws StoreException {
        adopt();
        Found found = new Found(fromMs, toMs, before, max);
        findIn(live, keyHash, found);
        findIn(captured, keyHash, found);
        if (!found.full()) {
            try {
                database.read("looking for a key", db -> {
                    findInDatabase(db, keyHash, found);
                    return true;
                });
            } catch (StoreException.Damaged e) {
                damageListener.accept(new DamagedPart(droppedBefore, String.valueOf(e.getMessage())));
                throw e;
            }
        }
        return found.positions();
    }

    @Override
    public void onDamage(Consumer<DamagedPart> listener) {
        damageListener = listener;
    }

    @Override
    public Rebuild rebuild(long segment) {
        return new RebuildAtStart(database, Family.KEYS, epoch);
    }

    private void findIn(List<Entry> entries, long keyHash, Found found) {
        for (int i = entries.size() - 1; i >= 0 && !found.full(); i--) {
            Entry entry = entries.get(i);
            if (entry.hash == keyHash && addressing.segmentStart(entry.position) >= droppedBefore) {
                found.offer(entry.position, entry.timestamp);
            }
        }
    }

    private void findInDatabase(RocksDB db, long keyHash, Found found) throws RocksDBException {
        try (RocksIterator each = db.newIterator(database.family(Family.KEYS), database.reads())) {
            each.seekForPrev(Keys.of(epoch, Long.MAX_VALUE));
            while (each.isValid() && !found.full()) {
                ByteBuffer key = ByteBuffer.wrap(each.key());
                long segment = key.getLong(8);
                if (key.getLong(0) != epoch || segment < droppedBefore) {
                    break;
                }
                each.seekForPrev(Keys.of(epoch, segment, keyHash, Long.MAX_VALUE, Long.MAX_VALUE));
                while (each.isValid() && !found.full() && isOf(each, segment, keyHash)) {
                    ByteBuffer value = ByteBuffer.wrap(each.value());
                    found.offer(value.getLong(), value.getLong());
                    each.prev();
                }
                // Before the segment: the last key of the one before.
                each.seekForPrev(Keys.of(epoch, segment));
            }
            each.status();
        }
    }

    private boolean isOf(RocksIterator each, long segment, long keyHash) {
        ByteBuffer key = ByteBuffer.wrap(each.key());
        return key.getLong(0) == epoch && key.getLong(8) == segment && key.getLong(16) == keyHash;
    }

    @Override
    public void dropBefore(long position) {
        adopt();
        droppedBefore = Math.max(droppedBefore, position);
        live.removeIf(entry -> addressing.segmentStart(entry.position) < position);
    }

    @Override
    public Flush prepareFlush() {
        adopt();
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
        KeyFlush flush = new KeyFlush(entries, new IndexMark(epoch, generation, droppedBefore, Map.of()));
        pending = flush;
        return flush;
    }

    private void adopt() {
        KeyFlush flush = pending;
        if (flush != null && flush.done()) {
            pending = null;
            captured = List.of();
        }
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
        if (mark.length == 0) {
            epoch = Emptying.empty(database, epoch, Family.KEYS);
            generation = 0;
            droppedBefore = 0;
            return;
        }
        IndexMark to = IndexMark.decode(database.name(), mark);
        Emptying.check(database, Family.KEYS, to);
        epoch = to.epoch();
        generation = to.generation();
        droppedBefore = to.droppedBefore();
        forgetNewer();
    }

    /** Removes what later flushes wrote: from the newest segment back, until one has nothing of them. */
    private void forgetNewer() throws StoreException {
        List<byte[]> newer = new ArrayList<>();
        database.read("rewinding the keys", db -> {
            try (RocksIterator each = db.newIterator(database.family(Family.KEYS), database.reads())) {
                long segment = -1;
                boolean found = true;
                for (each.seekForPrev(Keys.of(epoch, Long.MAX_VALUE)); each.isValid(); each.prev()) {
                    byte[] bytes = each.key();
                    ByteBuffer key = ByteBuffer.wrap(bytes);
                    if (bytes.length != KEY_BYTES || key.getLong(0) != epoch || key.getLong(8) < droppedBefore) {
                        break;
                    }
                    if (key.getLong(8) != segment) {
                        if (!found) {
                            break;
                        }
                        segment = key.getLong(8);
                        found = false;
                    }
                    if (key.getLong(24) > generation) {
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
            });
        }
    }

    /** Positions found so far, up to a bound. */
    private static final class Found {
        private final long fromMs;
        private final long toMs;
        private final long before;
        private final int max;
        private long[] positions = new long[8];
        private int count;

        Found(long fromMs, long toMs, long before, int max) {
            this.fromMs = fromMs;
            this.toMs = toMs;
            this.before = before;
            this.max = max;
        }

        boolean full() {
            return count >= max;
        }

        void offer(long position, long timestamp) {
            if (timestamp >= fromMs && timestamp <= toMs && position < before) {
                if (count == positions.length) {
                    positions = Arrays.copyOf(positions, count * 2);
                }
                positions[count++] = position;
            }
        }

        long[] positions() {
            return Arrays.copyOf(positions, count);
        }
    }

    /** Writes captured entries. */
    private final class KeyFlush extends IndexFlush {
        private final List<Entry> entries;
        private final IndexMark mark;

        KeyFlush(List<Entry> entries, IndexMark mark) {
            super("keys");
            this.entries = entries;
            this.mark = mark;
        }

        @Override
        byte[] write() throws StoreException {
            for (int from = 0; from < entries.size(); from += BATCH_ENTRIES) {
                int first = from;
                int until = Math.min(entries.size(), from + BATCH_ENTRIES);
                space.need((long) (until - from) * ENTRY_BYTES_ROUGHLY, "writing a checkpoint of the keys");
                database.write("writing a checkpoint of the keys", batch -> {
                    for (int i = first; i < until; i++) {
                        Entry entry = entries.get(i);
                        batch.put(
                                database.family(Family.KEYS),
                                Keys.of(
                                        mark.epoch(),
                                        addressing.segmentStart(entry.position),
                                        entry.hash,
                                        mark.generation(),
                                        i),
                                Keys.of(entry.position, entry.timestamp));
                    }
                });
            }
            database.sync();
            Emptying.freeBelow(database, mark, Family.KEYS);
            return mark.encode();
        }
    }
}
