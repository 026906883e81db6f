package io.vledger.sim;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.StoreException;
import io.vledger.api.store.StoreProvider.StoreSpec;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Where one node of a simulation keeps its data if not on a simulated disk: for a backend that does its own I/O. Such a disk
 * never fills up, fails or rots; processes die and machines lose power on it between operations.
 */
public interface NodeStorage {
    /** Which nodes have one. */
    @FunctionalInterface
    interface Choice {
        /** All nodes use simulated disks. */
        Choice NONE = node -> null;

        /** Storage of a node; null for a simulated disk. */
        @Nullable
        NodeStorage of(String node);
    }

    /** Opens what the last crash has left. */
    GroupStore open(StoreSpec spec) throws StoreException;

    /** The process died; all that was written stays. */
    void processDied();

    /** The machine lost power: what was not synced may be gone. */
    void powerLost(Random random);

    /** The disk was replaced by an empty one. */
    void replaced();
}
