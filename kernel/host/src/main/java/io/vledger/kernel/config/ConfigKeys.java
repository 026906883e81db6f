package io.vledger.kernel.config;

import static io.vledger.kernel.config.ConfigKey.flag;
import static io.vledger.kernel.config.ConfigKey.name;
import static io.vledger.kernel.config.ConfigKey.number;
import static io.vledger.kernel.config.ConfigKey.other;
import static io.vledger.kernel.config.ConfigKey.text;
import static io.vledger.kernel.config.ConfigKey.word;

import io.vledger.kernel.config.ConfigKey.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The table of all configuration keys, in the order of the reference page. */
public final class ConfigKeys {
    static final long KIB = 1L << 10;
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long FOREVER = 1L << 50;

    private static final List<ConfigKey> OF_NODE = List.of(
            name("node", null, "dLegerSelfId", "This node's id, unique in the cluster."),
            name("cluster", "VledgerCluster", "brokerClusterName", "Cluster name that RocketMQ clients and tools see.")
                    .derivedFrom("VledgerCluster; in a `broker.conf` DefaultCluster"),
            text(
                            "dataDir",
                            null,
                            "storePathRootDir",
                            "Directory of all state of this node; held by one process at a time.")
                    .derivedFrom("`data/<node>`"),
            other("nameServers", Kind.ADDRESSES, "namesrvAddr", "Name servers to serve or to register with.")
                    .derivedFrom("none"),
            text(
                            "nameService.serves",
                            "",
                            "vledgerNameServiceServes",
                            "The one of `nameServers` that leads to this node though its machine does not have the address:"
                                    + " behind address translation, a published port or a virtual address.")
                    .derivedFrom("none"),
            text(
                            "nameService.bindHost",
                            "",
                            "vledgerNameServiceBindAddress",
                            "Address that the served name server port is bound to.")
                    .derivedFrom("the served address; all, 0.0.0.0, for `nameService.serves`"));

    private static final List<ConfigKey> BEFORE_BROKER = List.of(
            number(
                    "shutdownSeconds",
                    10L,
                    "s",
                    1,
                    600,
                    "shutdownWaitTimeSeconds",
                    "Longest time that one plugin may take to hand over or to stop."),
            name("groups[].name", null, "brokerName", "Name of the replication group: RocketMQ's broker name."),
            text("groups[].host", "127.0.0.1", "brokerIP1", "Address that clients use for this node."),
            text("groups[].bindHost", "", "bindAddress", "Address that the client port is bound to.")
                    .derivedFrom("`host` if that is loopback, else all, 0.0.0.0; in a `broker.conf` always all"),
            number("groups[].port", 10911L, "", 1, 65535, "listenPort", "Port for clients."),
            other(
                            "groups[].peers",
                            Kind.PEERS,
                            "dLegerPeers",
                            "Raft address of every member by node id, this node included.")
                    .derivedFrom("this node alone"),
            word(
                    "groups[].durability",
                    "sync",
                    List.of("sync", "async"),
                    "flushDiskType",
                    "What a quorum has done before a send is acknowledged: `sync` flushed it to disk, `async` has it in the"
                            + " page cache."),
            name(
                    "groups[].store.type",
                    "mmap",
                    "vledgerStoreType",
                    "Storage backend: the name of a deployed store plugin."),
            number(
                    "groups[].store.segmentBytes",
                    256 * MIB,
                    "bytes",
                    MIB,
                    GIB,
                    "mappedFileSizeCommitLog",
                    "Size of one log segment; fixed for the life of the group."),
            other("groups[].store.settings", Kind.FREE, "", "Further settings, handed to the store plugin as they are.")
                    .derivedFrom("none"),
            number(
                    "groups[].raft.heartbeatMs",
                    75L,
                    "ms",
                    10,
                    60_000,
                    "",
                    "Interval at which a leader is heard that has nothing else to say; three times that, at least three times in an election timeout, once all have everything."),
            number(
                    "groups[].raft.electionTimeoutMs",
                    600L,
                    "ms",
                    50,
                    600_000,
                    "",
                    "Least silence before a follower asks for votes; the real one is random up to twice that."),
            number("groups[].raft.maxEntryBytes", MIB, "bytes", 64 * KIB, 48 * MIB, "", "Bound of one Raft entry.")
                    .derivedFrom("1048576, or what the largest message needs"),
            number(
                            "groups[].raft.maxInflightBytes",
                            8 * MIB,
                            "bytes",
                            64 * KIB,
                            GIB,
                            "",
                            "Bound of bytes sent to one follower and not acknowledged by it.")
                    .derivedFrom("8388608, or the size of an entry"),
            number(
                            "groups[].raft.maxPendingBytes",
                            32 * MIB,
                            "bytes",
                            64 * KIB,
                            GIB,
                            "",
                            "Bound of bytes proposed and not committed; above it sends are refused as busy.")
                    .derivedFrom("33554432, or a 16th of the heap's bound, or the size of an entry"),
            number(
                            "groups[].raft.cacheBytes",
                            4 * MIB,
                            "bytes",
                            64 * KIB,
                            GIB,
                            "",
                            "Memory for the newest entries, from which members that are a little behind are fed.")
                    .derivedFrom("4194304, or a 64th of the heap's bound"),
            number(
                    "groups[].raft.checkpointBytes",
                    64 * MIB,
                    "bytes",
                    64 * KIB,
                    FOREVER,
                    "",
                    "Log bytes between two checkpoints of the broker state."),
            number(
                    "groups[].raft.checkpointIntervalMs",
                    30_000L,
                    "ms",
                    100,
                    86_400_000,
                    "",
                    "Longest time between two checkpoints while messages arrive."),
            text(
                            "groups[].raft.bindHost",
                            "",
                            "vledgerRaftBindAddress",
                            "Address that this node's Raft port is bound to; its port is the one in `peers`.")
                    .derivedFrom("this node's in `peers` if that is loopback, else all, 0.0.0.0"),
            text("groups[].raft.preferredLeader", "", "preferredLeaderId", "Node that should lead when it can.")
                    .derivedFrom("none"),
            text(
                            "groups[].peerSecurity.secretFile",
                            "",
                            "vledgerPeerSecretFile",
                            "File with the secret that the members share, 32 characters or more; two lines while one secret"
                                    + " replaces the other. Readable by its owner only. Read again when it changes.")
                    .derivedFrom("none"),
            word(
                            "groups[].peerSecurity.mode",
                            "",
                            List.of("off", "permissive", "required"),
                            "vledgerPeerSecurity",
                            "Whether other members must prove that they know the secret: `required`, or `permissive` while a"
                                    + " running group is changed over.")
                    .derivedFrom("`required` if there is a `secretFile`, else `off`"),
            word(
                    "groups[].peerSecurity.tls",
                    "off",
                    List.of("off", "permissive", "required"),
                    "vledgerPeerTls",
                    "Whether members use TLS with `tls.certificate`, which must name the node by its id or the host of its Raft"
                            + " address, and verify each other by `tls.trust`: `required`, or `permissive` while a running group"
                            + " is changed over. Beside the secret, or instead of it."),
            number(
                    "groups[].ready.lagBytes",
                    32 * MIB,
                    "bytes",
                    0,
                    FOREVER,
                    "vledgerReadyLagBytes",
                    "Most bytes of what the leader has committed that a member may lack and still be ready."),
            number(
                    "groups[].ready.lagMs",
                    10_000L,
                    "ms",
                    100,
                    86_400_000,
                    "vledgerReadyLagMs",
                    "Longest time since a member last had all that was committed at the time, for it to be ready."),
            number(
                    "groups[].retention.hours",
                    72L,
                    "h",
                    1,
                    876_000,
                    "fileReservedTime",
                    "Age of its newest message at which a log file may go. The newest file always stays."),
            number(
                    "groups[].retention.maxBytes",
                    0L,
                    "bytes",
                    0,
                    FOREVER,
                    "",
                    "Size of the log above which the oldest file goes; 0 for no bound."),
            text(
                    "groups[].retention.deleteWhen",
                    "04",
                    "deleteWhen",
                    "Hours of the day, local time, at which files past their age go; `;` between two."),
            number(
                    "groups[].retention.diskMaxUsedPercent",
                    75L,
                    "%",
                    10,
                    99,
                    "diskMaxUsedSpaceRatio",
                    "Use of the disk above which files past their age go at any hour."),
            number(
                    "groups[].retention.diskForcePercent",
                    85L,
                    "%",
                    0,
                    100,
                    "diskSpaceCleanForciblyRatio",
                    "Use of the disk above which files go before their age, one at a time, on this member only; at"
                            + " least 30."),
            flag(
                    "groups[].retention.forced",
                    true,
                    "cleanFileForciblyEnable",
                    "Whether files ever go before their age."),
            number(
                    "groups[].retention.diskFullPercent",
                    90L,
                    "%",
                    10,
                    100,
                    "diskSpaceWarningLevelRatio",
                    "Use of the disk above which sends are refused."),
            number(
                    "groups[].retention.originGraceHours",
                    72L,
                    "h",
                    0,
                    876_000,
                    "vledgerOriginGraceHours",
                    "How long after a take-over everything stays, whatever its age or size, unless the disk is fuller than"
                            + " `diskForcePercent`."));

    private static final List<ConfigKey> AFTER_BROKER = List.of(
            flag(
                    "groups[].forwarding",
                    true,
                    "vledgerForwarding",
                    "Whether a member that does not lead relays what only a leader can serve, instead of refusing it."),
            text(
                    "groups[].standbyRoute",
                    "full",
                    "vledgerStandbyRoute",
                    "Write queues of each topic that producers are also shown at a follower, as broker `<name>-standby`, so that"
                            + " their retry finds a live node at once: `full` for all, a number, or `off`. Needs"
                            + " `forwarding` and three members."),
            text(
                    "groups[].vipChannel",
                    "auto",
                    "vledgerVipChannel",
                    "Whether clients are also served at the port two below `port`, RocketMQ's \"VIP channel\": clients up to"
                            + " 4.5.0 and rocketmq-dashboard send there by default. `auto` warns if the port cannot be had,"
                            + " `on` does not start then, `off` leaves it alone."),
            text(
                            "groups[].legacy.storePathRootDir",
                            "",
                            "",
                            "Where the RocketMQ broker that ran here kept its data, to be taken over at the first start. In a"
                                    + " `broker.conf` it is `storePathRootDir`, as it was.")
                    .derivedFrom("none"),
            text(
                            "groups[].legacy.storePathCommitLog",
                            "",
                            "storePathCommitLog",
                            "Where its commit log is, if elsewhere. It is read where it lies, and expires there.")
                    .derivedFrom("`commitlog` in its root"),
            text(
                            "groups[].legacy.storePathDLedgerCommitLog",
                            "",
                            "storePathDLedgerCommitLog",
                            "Where its DLedger log is, if elsewhere.")
                    .derivedFrom("`dledger-<node>/data` in its root"),
            text(
                            "groups[].legacy.source",
                            "",
                            "legacySource",
                            "Member whose old data counts where the members' differ. Leave it out until the nodes ask for it.")
                    .derivedFrom("none"),
            text(
                            "groups[].legacy.accept",
                            "",
                            "legacyAccept",
                            "What of the old broker may be left behind, separated by commas: `pop`, `lmq`, `compaction`,"
                                    + " `statictopic`, `tiered`, `rocksdb`, `auth`. Leave it out until the node or `upgrade-check` names"
                                    + " one of them.")
                    .derivedFrom("none"),
            flag(
                    "groups[].legacy.dryRun",
                    false,
                    "legacyDryRun",
                    "Whether to compare the members' old data and report, and not to go on."),
            number(
                    "groups[].legacy.acceptDamage",
                    -1L,
                    "position",
                    -1,
                    Long.MAX_VALUE,
                    "legacyAcceptDamage",
                    "Position at which this node's old log may end although it is damaged or cut short there: what lies behind it is"
                            + " given up. The node names the one that counts when it asks; -1 for none."),
            other(
                            "groups[].legacy.settings",
                            Kind.FREE,
                            "",
                            "Further keys of the old broker's `broker.conf` with their values as texts.")
                    .derivedFrom("none; from a `broker.conf`, all keys of RocketMQ in it"),
            text(
                            "plugins.directory",
                            "",
                            "vledgerPluginDirectory",
                            "Directory of further plugin jars; they are followed while the node runs.")
                    .derivedFrom("`plugins` in `dataDir`, if it exists"),
            number(
                    "plugins.startSeconds",
                    30L,
                    "s",
                    1,
                    600,
                    "vledgerPluginStartSeconds",
                    "Longest time that the start of one plugin may make no progress; a start that gets ahead has no limit."),
            number(
                    "plugins.pollMs",
                    2_000L,
                    "ms",
                    0,
                    600_000,
                    "vledgerPluginPollMs",
                    "Interval between two looks at the plugin directory while the node runs; 0 for none."),
            other(
                            "plugins.later",
                            Kind.NAMES,
                            "",
                            "Ids of plugins that are deployed while the node runs, so that their sections may be there before"
                                    + " them. Any other section that no plugin reads stops the start.")
                    .derivedFrom("none"));

    private static final List<ConfigKey> ALL = Stream.of(
                    OF_NODE, SecurityKeys.ALL, BEFORE_BROKER, BrokerKeys.ALL, AFTER_BROKER, AccessControlKeys.ALL)
            .flatMap(List::stream)
            .toList();

    private static final Map<String, ConfigKey> BY_PATH = index();

    private ConfigKeys() {}

    static List<ConfigKey> all() {
        return ALL;
    }

    /** The key at a path of the schema, or null. */
    static @Nullable ConfigKey find(String path) {
        return BY_PATH.get(path);
    }

    static ConfigKey at(String path) {
        ConfigKey key = BY_PATH.get(path);
        if (key == null) {
            throw new IllegalArgumentException("not in the table of keys: " + path);
        }
        return key;
    }

    /** Whether some key lies below {@code path}. */
    static boolean isSection(String path) {
        return ALL.stream()
                .anyMatch(key -> key.path().startsWith(path + ".") || key.path().startsWith(path + "[]."));
    }

    /** The table as the reference page shows it, in Markdown. */
    public static String asMarkdown() {
        StringBuilder page = new StringBuilder();
        page.append("| key | unit | default | in `broker.conf` | meaning |\n|---|---|---|---|---|\n");
        for (ConfigKey key : ALL) {
            page.append("| `").append(key.path()).append("` | ");
            page.append(key.unit()).append(" | ");
            page.append(key.shownDefault()).append(" | ");
            page.append(key.classic().isEmpty() ? "" : "`" + key.classic() + "`")
                    .append(" | ");
            page.append(key.meaning()).append(" |\n");
        }
        return page.toString();
    }

    private static Map<String, ConfigKey> index() {
        Map<String, ConfigKey> map = new LinkedHashMap<>();
        for (ConfigKey key : ALL) {
            map.put(key.path(), key);
        }
        return map;
    }
}
