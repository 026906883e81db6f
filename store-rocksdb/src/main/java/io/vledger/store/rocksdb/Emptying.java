package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import org.rocksdb.RocksIterator;

/**
 * How a derived index gets rid of what it no longer needs: everything, by going on in a new epoch and in new, empty families, or
 * what points below a position.
 */
final class Emptying {
    private Emptying() {}

    /**
     * Empties an index without having to read what may be damaged; returns the new epoch. First it is made durable that marks of
     * earlier epochs describe nothing any more, so that it can be interrupted at any moment.
     *
     * @param current the epoch as far as the index knows
     * @param families of the index, the one whose keys tell the epoch first
     */
    static long empty(Database database, long current, Family... families) throws StoreException {
        long epoch = Math.max(Math.max(current, oldest(database, families[0])), greatest(database, families[0])) + 1;
        forbidBefore(database, families[0], epoch);
        database.recreate(families);
        return epoch;
    }

    /** Makes it durable that an index must be rebuilt from the log at the next start. Any thread. */
    static void forbidBefore(Database database, Family family, long epoch) throws StoreException {
        database.writeDurably(
                "noting the epoch of " + family.label(),
                batch -> batch.put(database.family(Family.META), Keys.epochOf(family), Keys.of(epoch)));
    }

    /** Refuses a mark of an epoch that is over. */
    static void check(Database database, Family family, IndexMark mark) throws StoreException {
        if (mark.epoch() < oldest(database, family)) {
            throw new StoreException.Damaged(database.name() + ": " + family.label()
                    + ": what the checkpoint describes was damaged or removed; the index must be rebuilt from the log");
        }
    }

    private static long oldest(Database database, Family family) throws StoreException {
        byte[] stored = database.get(Family.META, Keys.epochOf(family));
        return stored == null || stored.length != Long.BYTES
                ? 0
                : ByteBuffer.wrap(stored).getLong();
    }

    private static long greatest(Database database, Family family) throws StoreException {
        try {
            return database.read("looking for the last epoch of " + family.label(), db -> {
                try (RocksIterator each = db.newIterator(database.family(family), database.reads())) {
                    each.seekToLast();
                    each.status();
                    return each.isValid() ? ByteBuffer.wrap(each.key()).getLong() : 0L;
                }
            });
        } catch (StoreException.Damaged e) {
            // It goes unread, and its epoch is that of a mark.
            return 0;
        }
    }

    /** Gives the room of what points below a mark's position back. Lane only. */
    static void freeBelow(Database database, IndexMark mark, Family... families) throws StoreException {
        if (mark.droppedBefore() > 0) {
            for (Family family : families) {
                database.free(family, Keys.of(mark.epoch()), Keys.of(mark.epoch(), mark.droppedBefore()));
            }
        }
    }
}
