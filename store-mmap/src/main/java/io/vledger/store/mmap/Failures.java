package io.vledger.store.mmap;

import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.Locale;

/** Turns what the operating system says into what a store says. */
final class Failures {
    private Failures() {}

    /** Whether the disk, or our share of it, is full. The runtime gives no code, only the system's words. */
    static boolean isFull(IOException e) {
        String message = e.getMessage();
        if (message == null) {
            return false;
        }
        String lower = message.toLowerCase(Locale.ROOT);
        return lower.contains("no space left") || lower.contains("quota exceeded");
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
                            + "; free space on this file system, writing goes on by itself",
                    e);
        }
        return new StoreException(file + ": failed while " + doing + ": " + reason, e);
    }
}
