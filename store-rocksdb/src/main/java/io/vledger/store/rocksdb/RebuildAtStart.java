package io.vledger.store.rocksdb;

import io.vledger.api.store.DerivedIndex;
import io.vledger.api.store.StoreException;

/**
 * What can be done about damage in a derived family while it is in use: the next start is made to rebuild it. A part of a table file
 * cannot be rewritten, and the compaction that meets its damage would stop the database.
 */
final class RebuildAtStart implements DerivedIndex.Rebuild {
    private final Database database;
    private final Family family;
    private final long epoch;

    /** @param epoch that is given up */
    RebuildAtStart(Database database, Family family, long epoch) {
        this.database = database;
        this.family = family;
        this.epoch = epoch;
    }

    @Override
    public void unit(long queueKey, long queueOffset, long position, int size, long tagsCode) {
        // Not now.
    }

    @Override
    public void key(long keyHash, long position, long storeTimestamp) {
        // Not now.
    }

    @Override
    public void write() throws StoreException {
        Emptying.forbidBefore(database, family, epoch + 1);
        throw new StoreException.Damaged(
                database.name() + ": a part of a table file of " + family.label() + " cannot be rewritten");
    }

    @Override
    public void end(boolean written) {
        // There is nothing to let go of.
    }
}
