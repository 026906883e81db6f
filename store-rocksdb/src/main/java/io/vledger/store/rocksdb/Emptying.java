package io.vledger.store.rocksdb;

import io.vledger.api.store.StoreException;
import java.nio.ByteBuffer;
import org.rocksdb.RocksIterator;

/**
 * How a derived index gets rid of what it no longer needs: everything, by going on in a new epoch, or what points below a
 * position.
 *
 * @param epoch the new epoch, greater than that of any key there is
 */
record Emptying(Database database, long epoch) {
    /** Finds the next epoch of an index whose keys begin with one. */
    static Emptying of(Database database, Family family, long current) throws StoreException {
        long greatest = database.read("looking for the last epoch of " + family.label(), db -> {
            try (RocksIterator each = db.newIterator(database.family(family), database.reads())) {
                each.seekToLast();
                each.status();
                return each.isValid() ? ByteBuffer.wrap(each.key()).getLong() : 0L;
            }
        });
        return new Emptying(database, Math.max(current, greatest) + 1);
    }

    /** Gives the room of all older epochs back. */
    void free(Family family) throws StoreException {
        database.free(family, Keys.of(0), Keys.of(epoch));
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
