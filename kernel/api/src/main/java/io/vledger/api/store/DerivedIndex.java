package io.vledger.api.store;

/**
 * An index that can be rebuilt from the log. It is appended to in memory while entries are applied, and written at
 * checkpoints only: after a restart it is rewound to the last checkpoint and filled again by replay.
 */
public interface DerivedIndex {
    /** Captures what is not written yet. Loop only; cheap; readers still see it. */
    Flush prepareFlush();

    /**
     * Forgets everything that is newer than a mark, on disk and in memory. Called before replay.
     *
     * @param mark from {@link Flush#run}, or an empty array for the very beginning
     */
    void rewind(byte[] mark) throws StoreException;

    /** Drops what points below {@code position}, a segment start. Loop only; files go later. */
    void dropBefore(long position);

    /** Captured changes. */
    @FunctionalInterface
    interface Flush {
        /** Writes and syncs. Lane only. The mark describes the index with these changes. */
        byte[] run() throws StoreException;
    }
}
