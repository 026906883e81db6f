package io.vledger.sim;

import io.vledger.api.store.GroupStore;

/** Puts something between a replica and its store; tests use it to break rules on purpose. */
@FunctionalInterface
interface StoreTwist {
    /** Leaves stores as they are. */
    StoreTwist NONE = (node, store) -> store;

    GroupStore twist(String node, GroupStore store);
}
