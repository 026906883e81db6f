package io.vledger.testkit;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import java.io.IOException;
import java.util.Random;

/**
 * Where a store under test lives, and what can befall it. A simulated disk is one; a backend that does its own I/O brings real
 * files, and crashes that are copies of them.
 */
public interface StoreMedium {
    /** Opens the store on what there is now. The one before must be closed, unless there was a crash since. */
    GroupStore open() throws StoreException;

    /** The machine loses power: what was not synced may be gone. A store that is open still has to be closed. */
    void crash(Random random);

    /** The process dies: all that was written is there. A store that is open still has to be closed. */
    void processDeath();

    /**
     * Flips a bit in the files of a derived index, {@code queues} or {@code keys}, which has something on the disk. No store is open.
     */
    void damage(String index, Random random) throws IOException;
}
