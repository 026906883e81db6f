package io.vledger.raft;

import org.jspecify.annotations.Nullable;

/** A run of entries as Raft sees them; the payload is the driver's. */
public interface Entries {
    /** Index of the first. */
    long firstIndex();

    /** Index of the last; at least the first. */
    long lastIndex();

    /** Term of one. */
    long termAt(long index);

    /** The member list that one carries; null if it is of another kind. */
    default @Nullable Members membersAt(long index) {
        return null;
    }
}
