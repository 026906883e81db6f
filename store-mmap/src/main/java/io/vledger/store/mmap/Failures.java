package io.vledger.store.mmap;

import io.vledger.api.disk.NoSpace;
import io.vledger.api.disk.UnreadableException;
import io.vledger.api.store.StoreException;
import java.io.IOException;

/** Translates failures of the operating system into exceptions of a store. */
final class Failures {
    private Failures() {}

    /** Whether the disk, or our share of it, is full. */
    static boolean isFull(IOException e) {
        return e instanceof StoreException.DiskFull || NoSpace.isCause(e);
    }

    /** A store's exception for a failure while doing something to a file. */
    static StoreException of(String doing, String file, IOException e) {
        if (e instanceof StoreException already) {
            return already;
        }
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (isFull(e)) {
            return new StoreException.DiskFull(
                    file + ": no room left while " + doing
                            + "; free space on this file system, writing resumes by itself",
                    e);
        }
        if (e instanceof UnreadableException) {
            StoreException.Damaged damaged =
                    new StoreException.Damaged(file + ": the device did not return it while " + doing + ": " + reason);
            damaged.initCause(e);
            return damaged;
        }
        return new StoreException(file + ": failed while " + doing + ": " + reason, e);
    }
}
