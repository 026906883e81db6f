package io.vledger.remoting.connection;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections of this process together may have unsent. Above it each is slowed at a small share of its own bound, so that
 * many slow readers cannot fill the memory that one may. Safe for use by any thread.
 */
final class UnsentBudget {
    private final long bytes;
    private final AtomicLong unsent = new AtomicLong();

    UnsentBudget(long bytes) {
        this.bytes = bytes;
    }

    /** A connection has so many more unsent bytes than before, or fewer. */
    void changed(long difference) {
        unsent.addAndGet(difference);
    }

    boolean exceeded() {
        return unsent.get() > bytes;
    }

    /** What all have unsent, as far as they said. */
    long unsentBytes() {
        return unsent.get();
    }
}
