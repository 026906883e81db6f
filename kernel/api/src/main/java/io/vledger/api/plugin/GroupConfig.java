package io.vledger.api.plugin;

import io.vertx.core.json.JsonObject;
import io.vledger.api.net.HostPort;
import io.vledger.api.store.Durability;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One replication group as configured on this node: a RocketMQ broker name with its members.
 *
 * @param name RocketMQ's {@code brokerName}; also the Raft group's name
 * @param directory the group's own directory
 * @param host address that clients use for this node ({@code brokerIP1})
 * @param bindHost address that the listener binds ({@code bindAddress})
 * @param port client port ({@code listenPort})
 * @param peers Raft address {@code host:port} of every member by node id, this node included; by id, in whatever
 *     order they were configured, so that every member sees the same order
 * @param durability what an acknowledgement means
 * @param storeType which {@link io.vledger.api.store.StoreProvider}
 * @param segmentBytes size of one log segment; fixed for the life of the group
 * @param raft timing and flow control
 * @param retention when old segments go
 * @param broker RocketMQ behaviour
 * @param store further settings for the store provider, verbatim
 * @param origin where an old broker may have left its data on this node
 * @param inSync how far a member may be behind the leader and still be called ready
 * @param peerSecurity how members recognise each other
 */
public record GroupConfig(
        String name,
        Path directory,
        String host,
        String bindHost,
        int port,
        Map<String, String> peers,
        Durability durability,
        String storeType,
        long segmentBytes,
        RaftTiming raft,
        Retention retention,
        BrokerSettings broker,
        JsonObject store,
        OriginSettings origin,
        InSync inSync,
        PeerSecurity peerSecurity) {

    /** Orders the members. */
    public GroupConfig {
        peers = Collections.unmodifiableMap(new TreeMap<>(peers));
    }

    /** A group of this name in this directory, to be described further. */
    public static GroupConfigBuilder builder(String name, Path directory) {
        return new GroupConfigBuilder(name, directory);
    }

    /** Address that clients use, as {@link HostPort} writes it. */
    public String clientAddress() {
        return new HostPort(host, port).toString();
    }

    /**
     * Where the broker that ran here before kept its data. The directories need not exist.
     *
     * @param settings the old broker's keys, RocketMQ's names: those that say where its data lies, and those that forbid taking
     *     it over; empty if nothing old is to be looked for
     * @param source node id of the member whose data counts where members differ, or an empty string
     * @param dryRun compare and report only
     * @param acceptDamage position at which the old log may end on this node although it is damaged or cut short there; -1 if it
     *     may not
     */
    public record OriginSettings(Map<String, String> settings, String source, boolean dryRun, long acceptDamage) {
        /** Nothing old is looked for. */
        public static final OriginSettings NONE = new OriginSettings(Map.of(), "", false, -1);

        /** Copies the map. */
        public OriginSettings {
            settings = Map.copyOf(settings);
        }
    }

    /**
     * How far a member may be behind the leader and still be called ready, and be counted on when another is to be stopped.
     *
     * @param lagBytes most bytes of the log that it lacks of what the leader has committed
     * @param lagMs longest time since it last had all that was committed at the time, milliseconds
     */
    public record InSync(long lagBytes, int lagMs) {
        /** The default of the configuration. */
        public static final InSync DEFAULT = new InSync(32L << 20, 10_000);
    }

    /**
     * How the members of a group recognise each other.
     *
     * @param mode what is asked of other members
     * @param tls whether members use TLS, and show each other certificates with their names; modes as those of the secret
     * @param secretFile file with the secret of the group, or with two while one replaces the other; empty if the mode is
     *     {@link Mode#OFF}
     */
    public record PeerSecurity(Mode mode, String secretFile, Mode tls) {
        /** Members are believed by their addresses. */
        public static final PeerSecurity NONE = new PeerSecurity(Mode.OFF, "");

        /** Without TLS. */
        public PeerSecurity(Mode mode, String secretFile) {
            this(mode, secretFile, Mode.OFF);
        }

        /** What is asked of other members. */
        public enum Mode {
            /** Nothing; this member has no secret. */
            OFF,
            /** This member proves that it knows the secret, and takes those who do not: while a running group is changed to a secret. */
            PERMISSIVE,
            /** Nothing is taken from, or sent to, who does not prove that it knows the secret. */
            REQUIRED
        }
    }

    /**
     * Timing and flow control of Raft, and where it listens.
     *
     * @param heartbeatMs interval at which a leader is heard that has nothing else to say, milliseconds
     * @param electionTimeoutMs least silence before a follower asks for votes; the real one is random up to twice that
     * @param maxEntryBytes bound of one entry's payload
     * @param maxInflightBytes bound of unacknowledged bytes sent to one follower
     * @param maxPendingBytes bound of proposals not committed; above it sends are refused as busy
     * @param checkpointBytes applied log bytes between two checkpoints of the broker state
     * @param checkpointIntervalMs longest time between two checkpoints while entries are applied
     * @param preferredLeader node id that should lead when it can, or an empty string
     * @param bindHost address that the Raft listener binds; empty for the one of this node in the list of peers
     * @param cacheBytes memory that the newest entries are kept in for members a little behind
     */
    public record RaftTiming(
            int heartbeatMs,
            int electionTimeoutMs,
            int maxEntryBytes,
            int maxInflightBytes,
            int maxPendingBytes,
            long checkpointBytes,
            int checkpointIntervalMs,
            String preferredLeader,
            String bindHost,
            long cacheBytes) {
        /** Timing to be described further. */
        public static RaftTimingBuilder builder() {
            return new RaftTimingBuilder();
        }

        /**
         * Where the Raft listener binds.
         *
         * @param address of this node in the list of peers; a group of one has none there that could be bound, and listens
         *     on loopback
         */
        public String bindHost(String address) {
            HostPort own = HostPort.parse(address);
            return !bindHost.isEmpty() ? bindHost : own == null ? "127.0.0.1" : own.host();
        }
    }

    /**
     * Retention of the log. Shares of a disk are compared as RocketMQ does: exceeded above, not at, the bound.
     *
     * @param hours age at which a file may go, by its newest message ({@code fileReservedTime})
     * @param maxBytes size of the log above which the oldest file goes; 0 for no bound
     * @param deleteWhen hours of the day, local time, at which files past their age go ({@code deleteWhen})
     * @param diskMaxUsedPercent use of the disk above which files past their age go at any hour ({@code diskMaxUsedSpaceRatio})
     * @param diskForcePercent use of the disk above which files go before their age ({@code diskSpaceCleanForciblyRatio})
     * @param forced whether files ever go before their age ({@code cleanFileForciblyEnable})
     * @param diskFullPercent use of the disk above which writes are refused ({@code diskSpaceWarningLevelRatio})
     * @param originGraceHours how long after a take-over everything stays, whatever its age
     */
    public record Retention(
            int hours,
            long maxBytes,
            List<Integer> deleteWhen,
            int diskMaxUsedPercent,
            int diskForcePercent,
            boolean forced,
            int diskFullPercent,
            int originGraceHours) {
        /** The default of the configuration. */
        public static final Retention DEFAULT = new Retention(72, 0, List.of(4), 75, 85, true, 90, 72);

        /** Copies the list. */
        public Retention {
            deleteWhen = List.copyOf(deleteWhen);
        }
    }

    /**
     * RocketMQ behaviour, under RocketMQ's names.
     *
     * @param autoCreateTopicEnable whether sends to an unknown topic create it from {@code TBW102}
     * @param autoCreateSubscriptionGroup whether unknown consumer groups are created on use
     * @param defaultTopicQueueNums queues of {@code TBW102}
     * @param maxMessageSize bound of a message body, bytes
     * @param messageDelayLevel delays of the levels 1 and up, for example {@code 1s 5s 10s}
     * @param brokerPermission 6 read and write, 4 read only, 2 write only
     * @param forwarding whether a member that does not lead relays what only a leader can serve
     * @param standbyQueues write queues of each topic that producers are shown under a second broker name, at a member that
     *     does not lead: as many as the topic has, at most this many; 0 for no second name
     * @param vipChannel whether clients are served at the port two below the client port too
     * @param transactions half messages and their checks
     * @param timers delivery at arbitrary times
     * @param storeReplyMessageEnable whether the replies of request-reply are stored too, beside being given to the requester
     * @param features what of RocketMQ can be turned on and off
     * @param pop consumption by pops
     */
    public record BrokerSettings(
            boolean autoCreateTopicEnable,
            boolean autoCreateSubscriptionGroup,
            int defaultTopicQueueNums,
            int maxMessageSize,
            String messageDelayLevel,
            int brokerPermission,
            boolean forwarding,
            int standbyQueues,
            VipChannel vipChannel,
            Transactions transactions,
            Timers timers,
            boolean storeReplyMessageEnable,
            Features features,
            Pop pop) {
        /** As many queues under the second name as under the first. */
        public static final int ALL_QUEUES = Integer.MAX_VALUE;

        /** Settings to be described further. */
        public static BrokerSettingsBuilder builder() {
            return new BrokerSettingsBuilder();
        }
    }

    /**
     * What of RocketMQ can be turned on and off, under RocketMQ's names.
     *
     * @param enablePropertyFilter whether subscriptions may select by SQL92
     * @param enableLmq whether there are light queues, if {@code enableMultiDispatch} is on too
     * @param enableMultiDispatch whether messages may be in queues beside their own
     * @param maxLmqConsumeQueueNum how many light queues there may be
     * @param enableMixedMessageType whether topics may have the message type {@code MIXED}
     */
    public record Features(
            boolean enablePropertyFilter,
            boolean enableLmq,
            boolean enableMultiDispatch,
            int maxLmqConsumeQueueNum,
            boolean enableMixedMessageType) {
        /** The default of the configuration. */
        public static final Features DEFAULT = new Features(true, false, false, 20_000, false);
    }

    /**
     * Consumption by pops.
     *
     * @param enableRetryTopicV2 whether messages are tried again in {@code %RETRY%group+topic} instead of {@code %RETRY%group_topic}
     * @param popByDefault whether clients that leave it to the broker pop where no mode was set ({@code defaultMessageRequestMode})
     * @param shareQueues how many of the other clients share the queues of one then ({@code defaultPopShareQueueNum})
     * @param bounded whether {@code threshold} counts ({@code enablePopMessageThreshold})
     * @param threshold most messages of one group and queue in flight ({@code popInflightMessageThreshold})
     */
    public record Pop(
            boolean enableRetryTopicV2, boolean popByDefault, int shareQueues, boolean bounded, int threshold) {
        /** The bound where RocketMQ has none. */
        public static final int MAX_IN_FLIGHT = 100_000;

        /** The default of the configuration. */
        public static final Pop DEFAULT = new Pop(false, false, -1, false, 10_000);

        /** Most messages of one group and queue in flight. */
        public int maxInFlight() {
            return bounded ? threshold : MAX_IN_FLIGHT;
        }
    }

    /**
     * When producers are asked for the outcome of their half messages. Times are in milliseconds.
     *
     * @param reject whether half messages are refused ({@code rejectTransactionMessage})
     * @param timeOutMs age below which a half message is not checked ({@code transactionTimeOut})
     * @param checkMax checks after which a half message is given up ({@code transactionCheckMax})
     * @param checkIntervalMs time between two checks ({@code transactionCheckInterval})
     */
    public record Transactions(boolean reject, long timeOutMs, int checkMax, long checkIntervalMs) {
        /** The default of the configuration. */
        public static final Transactions DEFAULT = new Transactions(false, 6_000, 15, 30_000);
    }

    /**
     * Which times of delivery messages may have.
     *
     * @param enabled whether they may have any ({@code timerWheelEnable})
     * @param maxDelaySec how far away it may be, seconds ({@code timerMaxDelaySec})
     * @param precisionMs what {@code TIMER_OUT_MS} is a multiple of, milliseconds ({@code timerPrecisionMs})
     * @param maxEachSlot how many may be due in one such span, about ({@code timerCongestNumEachSlot})
     * @param recall whether producers may recall what waits ({@code recallMessageEnable})
     */
    public record Timers(boolean enabled, int maxDelaySec, int precisionMs, int maxEachSlot, boolean recall) {
        /** The default of the configuration. */
        public static final Timers DEFAULT = new Timers(true, 259_200, 1_000, Integer.MAX_VALUE, true);
    }

    /** RocketMQ's second listener, two ports below the first: clients up to 4.5.0 and rocketmq-dashboard send there by default. */
    public enum VipChannel {
        /** If the port can be had; a warning if not. */
        AUTO,
        /** Or the group does not start. */
        ON,
        /** Not at all. */
        OFF
    }
}
