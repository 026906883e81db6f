package io.vledger.raft.driver;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.store.Durability;
import io.vledger.raft.RaftSettings;
import java.util.Map;

/** Builds {@link ReplicaSettings}. */
public final class ReplicaSettingsBuilder {
    private final String group;
    private final RaftSettings raft;
    private Map<String, String> raftAddresses = Map.of();
    private String clientAddress = "";
    private Durability durability = Durability.SYNC;
    private String bootId = "";
    private int maxEntryBytes = 1 << 20;
    private int maxPendingBytes = 32 << 20;
    private long cacheBytes = 4L << 20;
    private long checkpointBytes = 64L << 20;
    private int checkpointIntervalMs = 30_000;
    private int diskFullPercent = 90;
    private GroupConfig.InSync inSync = GroupConfig.InSync.DEFAULT;

    ReplicaSettingsBuilder(String group, RaftSettings raft) {
        this.group = group;
        this.raft = raft;
    }

    /** Sets {@link ReplicaSettings#raftAddresses}. */
    public ReplicaSettingsBuilder raftAddresses(Map<String, String> value) {
        raftAddresses = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#clientAddress}. */
    public ReplicaSettingsBuilder clientAddress(String value) {
        clientAddress = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#durability}. */
    public ReplicaSettingsBuilder durability(Durability value) {
        durability = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#bootId}. */
    public ReplicaSettingsBuilder bootId(String value) {
        bootId = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#maxEntryBytes}. */
    public ReplicaSettingsBuilder maxEntryBytes(int value) {
        maxEntryBytes = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#maxPendingBytes}. */
    public ReplicaSettingsBuilder maxPendingBytes(int value) {
        maxPendingBytes = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#cacheBytes}. */
    public ReplicaSettingsBuilder cacheBytes(long value) {
        cacheBytes = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#checkpointBytes}. */
    public ReplicaSettingsBuilder checkpointBytes(long value) {
        checkpointBytes = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#checkpointIntervalMs}. */
    public ReplicaSettingsBuilder checkpointIntervalMs(int value) {
        checkpointIntervalMs = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#diskFullPercent}. */
    public ReplicaSettingsBuilder diskFullPercent(int value) {
        diskFullPercent = value;
        return this;
    }

    /** Sets {@link ReplicaSettings#inSync}. */
    public ReplicaSettingsBuilder inSync(GroupConfig.InSync value) {
        inSync = value;
        return this;
    }

    /** The record of what was set. */
    public ReplicaSettings build() {
        return new ReplicaSettings(
                group,
                raft,
                raftAddresses,
                clientAddress,
                durability,
                bootId,
                maxEntryBytes,
                maxPendingBytes,
                cacheBytes,
                checkpointBytes,
                checkpointIntervalMs,
                diskFullPercent,
                inSync);
    }
}
