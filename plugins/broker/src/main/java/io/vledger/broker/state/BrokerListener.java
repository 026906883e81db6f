package io.vledger.broker.state;

import io.vledger.api.group.GroupRole;

/** Is notified of changes of the state, on the loop. */
public interface BrokerListener {
    /** Topics or their configuration changed; once for a run of entries. */
    default void topicsChanged() {}

    /** A tool has set consumer offsets, so that parked pulls may have to be redirected; once for a run of entries. */
    default void offsetsReset() {}

    /** The member's role changed. */
    default void roleChanged(GroupRole role, long term) {}

    /** Everything up to an index is applied; once for a run of entries. */
    default void applied(long index) {}

    /** Everything was replaced: topics and queues held from before are void. */
    default void restored() {}
}
