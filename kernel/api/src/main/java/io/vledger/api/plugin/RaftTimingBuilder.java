package io.vledger.api.plugin;

/** Builds a {@link GroupConfig.RaftTiming}. What is not set is as the reference page of the configuration says. */
public final class RaftTimingBuilder {
    private int heartbeatMs = 75;
    private int electionTimeoutMs = 600;
    private int maxEntryBytes = 1 << 20;
    private int maxInflightBytes = 8 << 20;
    private int maxPendingBytes = 32 << 20;
    private long checkpointBytes = 64L << 20;
    private int checkpointIntervalMs = 30_000;
    private String preferredLeader = "";
    private String bindHost = "";
    private long cacheBytes = 4L << 20;

    RaftTimingBuilder() {}

    /** Sets {@link GroupConfig.RaftTiming#heartbeatMs}. */
    public RaftTimingBuilder heartbeatMs(int value) {
        heartbeatMs = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#electionTimeoutMs}. */
    public RaftTimingBuilder electionTimeoutMs(int value) {
        electionTimeoutMs = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#maxEntryBytes}. */
    public RaftTimingBuilder maxEntryBytes(int value) {
        maxEntryBytes = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#maxInflightBytes}. */
    public RaftTimingBuilder maxInflightBytes(int value) {
        maxInflightBytes = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#maxPendingBytes}. */
    public RaftTimingBuilder maxPendingBytes(int value) {
        maxPendingBytes = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#checkpointBytes}. */
    public RaftTimingBuilder checkpointBytes(long value) {
        checkpointBytes = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#checkpointIntervalMs}. */
    public RaftTimingBuilder checkpointIntervalMs(int value) {
        checkpointIntervalMs = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#preferredLeader}. */
    public RaftTimingBuilder preferredLeader(String value) {
        preferredLeader = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#bindHost}. */
    public RaftTimingBuilder bindHost(String value) {
        bindHost = value;
        return this;
    }

    /** Sets {@link GroupConfig.RaftTiming#cacheBytes}. */
    public RaftTimingBuilder cacheBytes(long value) {
        cacheBytes = value;
        return this;
    }

    /** The record of what was set. */
    public GroupConfig.RaftTiming build() {
        return new GroupConfig.RaftTiming(
                heartbeatMs,
                electionTimeoutMs,
                maxEntryBytes,
                maxInflightBytes,
                maxPendingBytes,
                checkpointBytes,
                checkpointIntervalMs,
                preferredLeader,
                bindHost,
                cacheBytes);
    }
}
