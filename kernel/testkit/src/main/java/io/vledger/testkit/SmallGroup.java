package io.vledger.testkit;

import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.GroupConfigBuilder;
import io.vledger.api.plugin.RaftTimingBuilder;
import java.nio.file.Path;

/** The configuration of a group as tests need it: buffers and checkpoints are small, elections are quick, and no port is meant. */
public final class SmallGroup {
    private SmallGroup() {}

    /** A group with these {@link #timing timings}; the test sets what it is about. */
    public static GroupConfigBuilder config(String name, Path directory) {
        return GroupConfig.builder(name, directory)
                .port(1)
                .segmentBytes(1 << 20)
                .raft(timing().build())
                .broker(GroupConfig.BrokerSettings.builder()
                        .defaultTopicQueueNums(4)
                        .maxMessageSize(1 << 20)
                        .messageDelayLevel("1s")
                        .build());
    }

    /** Quick elections and small bounds. */
    public static RaftTimingBuilder timing() {
        return GroupConfig.RaftTiming.builder()
                .heartbeatMs(50)
                .electionTimeoutMs(400)
                .maxEntryBytes(64 << 10)
                .maxInflightBytes(1 << 20)
                .maxPendingBytes(4 << 20)
                .checkpointBytes(256 << 10)
                .checkpointIntervalMs(1_000);
    }
}
