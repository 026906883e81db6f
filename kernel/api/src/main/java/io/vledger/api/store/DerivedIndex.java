package io.vledger.api.store;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An index that can be rebuilt from the log. It is appended to in memory while entries are applied, and written at
 * checkpoints only: after a restart it is rewound to the last checkpoint and filled again by replay. A part that is found damaged
 * later is never read; it is rebuilt from the entries of its segment while the rest is in use.
 */
public interface DerivedIndex {
    /** Captures what is not written yet. Loop only; cheap; readers still see it. */
    Flush prepareFlush();

    /**
     * Forgets everything that is newer than a mark, on disk and in memory. Called before replay.
     *
     * @param mark from {@link Flush#run}, or an empty array for the very beginning
     * @throws StoreException.Damaged if what the mark describes is not there as it was; an earlier mark may be tried, and the very
     *     beginning always succeeds
     */
    void rewind(byte[] mark) throws StoreException;

    /** Drops what points below {@code position}, a segment start. Loop only; files go later. */
    void dropBefore(long position);

    /** Sets whom to tell of damage that reading met; called on the loop, each time it is met. */
    default void onDamage(Consumer<DamagedPart> listener) {}

    /** Begins to rebuild what is known to be damaged of a segment; null if nothing is. One at a time. Loop only. */
    default @Nullable Rebuild rebuild(long segment) {
        return null;
    }

    /**
     * A part of an index that cannot be read.
     *
     * @param segment start of the segment of the log that it points into
     * @param what file, place and what is wrong there
     */
    record DamagedPart(long segment, String what) {}

    /** A part that is being rebuilt. It receives, on the loop, all applied entries of its segment, in order. */
    interface Rebuild extends IndexSink {
        /**
         * Writes and syncs what was received. Lane only.
         *
         * @throws StoreException.Damaged if it cannot be what had been there; the next start rebuilds the index then
         */
        void write() throws StoreException;

        /** Ends it: readers see what was written, if it was. Loop only, in any case. */
        void end(boolean written);
    }

    /** Captured changes. */
    @FunctionalInterface
    interface Flush {
        /** Writes and syncs. Lane only. The mark describes the index with these changes. */
        byte[] run() throws StoreException;
    }
}
