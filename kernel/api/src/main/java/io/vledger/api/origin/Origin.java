package io.vledger.api.origin;

import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogBase;
import io.vledger.api.store.StoreException;

/** The pre-existing data that a group continues from. The same on all members, but for where its files lie. */
public interface Origin {
    /** Where the group's own log begins: index and term 0, a position at or behind the end of the old log. */
    LogBase base();

    /** Names it: two members with different texts must not be in one group. */
    String identity();

    /** The state before the first entry. */
    InitialState initialState();

    /**
     * The group's store with everything old in it: reads below the base go to the old files, queues begin with the old units.
     *
     * @param own a store that began at {@link #base}; closed with the one returned
     */
    GroupStore continuedBy(GroupStore own) throws StoreException;
}
