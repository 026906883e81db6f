package io.vledger.api.plugin;

import io.vertx.core.json.JsonObject;
import io.vledger.api.store.Durability;
import java.nio.file.Path;
import java.util.Map;

/** Builds a {@link GroupConfig}. What is not set is as the reference page of the configuration says. */
public final class GroupConfigBuilder {
    private final String name;
    private final Path directory;
    private String host = "127.0.0.1";
    private String bindHost = "127.0.0.1";
    private int port = 10911;
    private Map<String, String> peers = Map.of();
    private Durability durability = Durability.SYNC;
    private String storeType = "mmap";
    private long segmentBytes = 256L << 20;
    private GroupConfig.RaftTiming raft = GroupConfig.RaftTiming.builder().build();
    private GroupConfig.Retention retention = GroupConfig.Retention.DEFAULT;
    private GroupConfig.BrokerSettings broker =
            GroupConfig.BrokerSettings.builder().build();
    private JsonObject store = new JsonObject();
    private GroupConfig.OriginSettings origin = GroupConfig.OriginSettings.NONE;
    private GroupConfig.InSync inSync = GroupConfig.InSync.DEFAULT;
    private GroupConfig.PeerSecurity peerSecurity = GroupConfig.PeerSecurity.NONE;

    GroupConfigBuilder(String name, Path directory) {
        this.name = name;
        this.directory = directory;
    }

    /** Sets {@link GroupConfig#host}. */
    public GroupConfigBuilder host(String value) {
        host = value;
        return this;
    }

    /** Sets {@link GroupConfig#bindHost}. */
    public GroupConfigBuilder bindHost(String value) {
        bindHost = value;
        return this;
    }

    /** Sets {@link GroupConfig#port}. */
    public GroupConfigBuilder port(int value) {
        port = value;
        return this;
    }

    /** Sets {@link GroupConfig#peers}. */
    public GroupConfigBuilder peers(Map<String, String> value) {
        peers = value;
        return this;
    }

    /** Sets {@link GroupConfig#durability}. */
    public GroupConfigBuilder durability(Durability value) {
        durability = value;
        return this;
    }

    /** Sets {@link GroupConfig#storeType}. */
    public GroupConfigBuilder storeType(String value) {
        storeType = value;
        return this;
    }

    /** Sets {@link GroupConfig#segmentBytes}. */
    public GroupConfigBuilder segmentBytes(long value) {
        segmentBytes = value;
        return this;
    }

    /** Sets {@link GroupConfig#raft}. */
    public GroupConfigBuilder raft(GroupConfig.RaftTiming value) {
        raft = value;
        return this;
    }

    /** Sets {@link GroupConfig#retention}. */
    public GroupConfigBuilder retention(GroupConfig.Retention value) {
        retention = value;
        return this;
    }

    /** Sets {@link GroupConfig#broker}. */
    public GroupConfigBuilder broker(GroupConfig.BrokerSettings value) {
        broker = value;
        return this;
    }

    /** Sets {@link GroupConfig#store}. */
    public GroupConfigBuilder store(JsonObject value) {
        store = value;
        return this;
    }

    /** Sets {@link GroupConfig#origin}. */
    public GroupConfigBuilder origin(GroupConfig.OriginSettings value) {
        origin = value;
        return this;
    }

    /** Sets {@link GroupConfig#inSync}. */
    public GroupConfigBuilder inSync(GroupConfig.InSync value) {
        inSync = value;
        return this;
    }

    /** Sets {@link GroupConfig#peerSecurity}. */
    public GroupConfigBuilder peerSecurity(GroupConfig.PeerSecurity value) {
        peerSecurity = value;
        return this;
    }

    /** The record of what was set. */
    public GroupConfig build() {
        return new GroupConfig(
                name,
                directory,
                host,
                bindHost,
                port,
                peers,
                durability,
                storeType,
                segmentBytes,
                raft,
                retention,
                broker,
                store,
                origin,
                inSync,
                peerSecurity);
    }
}
