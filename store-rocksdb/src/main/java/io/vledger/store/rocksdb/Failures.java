package io.vledger.store.rocksdb;

import io.vledger.api.disk.NoSpace;
import io.vledger.api.store.StoreException;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Translates failures of RocksDB into exceptions of a store. */
final class Failures {
    private Failures() {}

    static boolean isFull(RocksDBException e) {
        Status status = e.getStatus();
        if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
            return true;
        }
        return NoSpace.saysSo(e.getMessage());
    }

    static boolean isCorruption(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getCode() == Status.Code.Corruption;
    }

    /** Whether the device did not return what a file has. RocksDB has no code of its own for it. */
    private static boolean isUnreadable(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getCode() == Status.Code.IOError && !isFull(e);
    }

    /** The same for a failure while reading: what the device does not return is damaged. */
    static StoreException ofReading(String doing, String where, RocksDBException e, String remedy) {
        return isUnreadable(e) ? damaged(doing, where, e, remedy) : of(doing, where, e, remedy);
    }

    private static StoreException damaged(String doing, String where, RocksDBException e, String remedy) {
        StoreException.Damaged damaged = new StoreException.Damaged(
                where + ": the database is damaged, found while " + doing + ": " + e.getMessage() + remedy);
        damaged.initCause(e);
        return damaged;
    }

    /**
     * A store's exception for a failure while doing something to a database.
     *
     * @param remedy what helps if it is damaged; the end of the message
     */
    static StoreException of(String doing, String where, RocksDBException e, String remedy) {
        if (isFull(e)) {
            return new StoreException.DiskFull(
                    where + ": no room left while " + doing
                            + "; free space on this file system, writing resumes by itself",
                    e);
        }
        if (isCorruption(e)) {
            return damaged(doing, where, e, remedy);
        }
        return new StoreException(where + ": failed while " + doing + ": " + e.getMessage(), e);
    }
}
