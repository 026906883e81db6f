package io.vledger.raft.driver;

import io.vledger.api.store.GroupStore;
import io.vledger.raft.Raft;

/**
 * What every part of a replica works on.
 *
 * @param settings fixed parameters
 * @param store log, hard state, snapshots and indexes
 * @param shell loop, clock and background reads
 * @param raft the core, which decides
 * @param clock the core's time
 * @param guard stops the member when a part fails
 * @param meter what is counted and timed
 */
record MemberCore(
        ReplicaSettings settings,
        GroupStore store,
        Shell shell,
        Raft raft,
        RaftClock clock,
        Guard guard,
        ReplicaMeter meter) {
    /** Name of the group. */
    String group() {
        return settings.group();
    }
}
