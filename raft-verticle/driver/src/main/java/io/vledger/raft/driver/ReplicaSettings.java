package io.vledger.raft.driver;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.Durability;
import io.vledger.raft.RaftSettings;
import java.util.Map;

/**
 * Fixed parameters of a replica.
 *
 * @param group name of the group
 * @param raft parameters of the core
 * @param raftAddresses address of every member by id
 * @param clientAddress where clients reach this node
 * @param durability what an acknowledgement means
 * @param bootId the operating system's boot id
 * @param maxEntryBytes bound of an entry's payload
 * @param maxPendingBytes bound of proposed bytes that are not applied
 * @param cacheBytes memory that the newest batches are kept in
 * @param checkpointBytes applied bytes between checkpoints
 * @param checkpointIntervalMs longest time between checkpoints while entries are applied
 * @param diskFullPercent use of the disk from which on proposals are refused
 * @param inSync how far a member may be behind and still be in sync
 */
public record ReplicaSettings(
        String group,
        RaftSettings raft,
        Map<String, String> raftAddresses,
        String clientAddress,
        Durability durability,
        String bootId,
        int maxEntryBytes,
        int maxPendingBytes,
        long cacheBytes,
        long checkpointBytes,
        int checkpointIntervalMs,
        int diskFullPercent,
        GroupConfig.InSync inSync) {
    /** Settings of a group with these parameters of the core, to be described further. */
    public static ReplicaSettingsBuilder builder(String group, RaftSettings raft) {
        return new ReplicaSettingsBuilder(group, raft);
    }

    /** This node's id. */
    public String node() {
        return raft.self();
    }
}
