package io.vledger.broker.group;

/** Runs reads that may wait for the disk off the group's loop. */
@FunctionalInterface
public interface ColdReads {
    /** Does everything at once on the caller's thread; for tests and simulation. */
    ColdReads INLINE = (read, then) -> {
        read.run();
        then.run();
    };

    /**
     * Runs {@code read} somewhere, and {@code then} on the group's loop after it, in any case. What {@code read} writes is
     * visible to {@code then}. Loop only.
     */
    void run(Runnable read, Runnable then);
}
