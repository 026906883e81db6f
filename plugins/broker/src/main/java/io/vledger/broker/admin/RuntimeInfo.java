package io.vledger.broker.admin;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.store.Durability;
import io.vledger.api.store.GroupStore;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import io.vledger.broker.client.QueueTimes;
import io.vledger.broker.group.PutTimes;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.SystemNames;
import io.vledger.broker.state.Topic;
import io.vledger.broker.state.TopicQueue;
import io.vledger.broker.timer.TimerState;
import io.vledger.protocol.MqVersion;
import io.vledger.protocol.TopicNames;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The table that brokerStatus and clusterList show: every key that RocketMQ's tools read, and the group's Raft state. Keys
 * that describe what this broker does not have (thread pools with queues, buffers between memory and disk) have the value
 * that means none, because the tools parse them. Loop only.
 */
final class RuntimeInfo {
    private static final List<String> ZEROS = List.of(
            "sendThreadPoolQueueSize",
            "pullThreadPoolQueueSize",
            "ackThreadPoolQueueSize",
            "queryThreadPoolQueueSize",
            "litePullThreadPoolQueueSize",
            "EndTransactionQueueSize",
            // No request waits in a queue before a thread pool: there is room for none.
            "sendThreadPoolQueueCapacity",
            "pullThreadPoolQueueCapacity",
            "ackThreadPoolQueueCapacity",
            "queryThreadPoolQueueCapacity",
            "litePullThreadPoolQueueCapacity",
            "EndTransactionThreadPoolQueueCapacity",
            "sendThreadPoolQueueHeadWaitTimeMills",
            "pullThreadPoolQueueHeadWaitTimeMills",
            "ackThreadPoolQueueHeadWaitTimeMills",
            "queryThreadPoolQueueHeadWaitTimeMills",
            "litePullThreadPoolQueueHeadWaitTimeMills",
            "pageCacheLockTimeMills",
            // Queues are indexed in the turn that commits a message: nothing waits to be dispatched.
            "dispatchBehindBytes",
            "dispatchMaxBuffer",
            "remainHowManyDataToCommit",
            "startAcceptSendRequestTimeStamp",
            // A timer is in its bucket once it is applied.
            "timerOffsetBehind");
    /** What RocketMQ answers where no pool of transient buffers is configured: there is always one. */
    private static final String NO_TRANSIENT_BUFFERS = Integer.toString(Integer.MAX_VALUE);

    private static final int MAX_EARLIEST_LOOKUPS = 64;

    private final String version;
    private final Durability durability;
    private final Group group;
    private final BrokerState state;
    private final GroupStore store;
    private final Traffic traffic;
    private final LongSupplier clock;
    private final Meters meters;
    private final QueueTimes times;
    private final long bootMs;

    /**
     * The table of a group on a node.
     *
     * @param version the node's version
     */
    public RuntimeInfo(
            String version,
            Durability durability,
            Group group,
            BrokerState state,
            GroupStore store,
            Traffic traffic,
            Meters meters,
            LongSupplier clock) {
        this.version = version;
        this.durability = durability;
        this.group = group;
        this.state = state;
        this.store = store;
        this.traffic = traffic;
        this.meters = meters;
        this.clock = clock;
        this.times = new QueueTimes(store.log());
        this.bootMs = clock.getAsLong();
    }

    Map<String, String> table() {
        Map<String, String> table = new TreeMap<>();
        for (String zero : ZEROS) {
            table.put(zero, "0");
        }
        timers(table);
        delayLevels(table);
        table.put("brokerActive", "true");
        table.put("brokerVersionDesc", "V5_5_0");
        table.put("brokerVersion", Integer.toString(MqVersion.CURRENT));
        table.put("vledgerVersion", version);
        table.put("bootTimestamp", Long.toString(bootMs));
        table.put("runtime", uptime(clock.getAsLong() - bootMs));
        rates(table);
        storage(table);
        raft(table);
        return table;
    }

    /** As RocketMQ counts: how far delivery is behind in seconds, and how many wait. */
    private void timers(Map<String, String> table) {
        TimerState timers = state.part(TimerState.class);
        long nowMs = clock.getAsLong();
        table.put("timerReadBehind", Long.toString(timers.figures().behindMs(nowMs) / 1_000));
        table.put("timerCongestNum", Long.toString(timers.waitingCount()));
        table.put("timerEnqueueTps", Double.toString(timers.figures().appendedPerSecond(nowMs)));
        table.put("timerDequeueTps", Double.toString(timers.figures().deliveredPerSecond(nowMs)));
    }

    /** Of each delay level that had a message: the next one to deliver, and the end of its queue. */
    private void delayLevels(Map<String, String> table) {
        for (int level = 1; level <= SystemNames.MAX_DELAY_LEVELS; level++) {
            TopicQueue queue = usedLevel(state, level);
            if (queue != null) {
                table.put("scheduleMessageOffset_" + level, state.schedule().next(level) + "," + queue.maxOffset());
            }
        }
    }

    /** The queue of a delay level, or null if no message waited in it. */
    static @Nullable TopicQueue usedLevel(BrokerState state, int level) {
        Topic delayed = state.topics().find(TopicNames.SCHEDULE);
        TopicQueue queue = delayed == null ? null : delayed.queue(level - 1);
        return queue == null || queue.maxOffset() == 0 ? null : queue;
    }

    private void rates(Map<String, String> table) {
        Meter in = meters.allIn();
        Meter out = meters.allOut();
        table.put("putTps", in.rates());
        table.put("remainHowManyDataToFlush", "0 B"); // the exporter reads a number and a unit
        table.put("getTransferredTps", out.rates());
        table.put("getTransferedTps", out.rates()); // so spelt by brokers and tools of before 5.0
        table.put("getFoundTps", out.rates());
        table.put("getMissTps", "0.0 0.0 0.0");
        table.put("pullsFound", Long.toString(traffic.pullsFound()));
        table.put("pullsMissed", Long.toString(traffic.pullsMissed()));
        table.put("getTotalTps", out.rates());
        table.put("msgPutTotalTodayNow", Long.toString(in.total()));
        table.put("msgPutTotalTodayMorning", Long.toString(in.totalThisMorning()));
        table.put("msgPutTotalYesterdayMorning", Long.toString(in.totalYesterdayMorning()));
        table.put("msgGetTotalTodayNow", Long.toString(out.total()));
        table.put("msgGetTotalTodayMorning", Long.toString(out.totalThisMorning()));
        table.put("msgGetTotalYesterdayMorning", Long.toString(out.totalYesterdayMorning()));
        long bytes = traffic.in().bytes();
        long nowMs = clock.getAsLong();
        PutTimes putTimes = traffic.putTimes();
        table.put("putMessageDistributeTime", putTimes.lastMinute(nowMs));
        table.put("putMessageEntireTimeMax", Long.toString(putTimes.maxMs()));
        table.put("putLatency99", Long.toString(putTimes.percentileMs(0.99, nowMs)));
        table.put("putLatency999", Long.toString(putTimes.percentileMs(0.999, nowMs)));
        table.put("putMessageFailedTimes", Long.toString(traffic.sendsFailed()));
        table.put("getMessageEntireTimeMax", Long.toString(traffic.longestReadMs()));
        table.put("remainTransientStoreBufferNumbs", NO_TRANSIENT_BUFFERS);
        table.put("putMessageTimesTotal", Long.toString(in.total()));
        table.put("putMessageSizeTotal", Long.toString(bytes));
        table.put("putMessageAverageSize", Double.toString(in.total() == 0 ? 0.0 : (double) bytes / in.total()));
    }

    private void storage(Map<String, String> table) {
        LogStore log = store.log();
        table.put("commitLogMinOffset", Long.toString(log.firstPosition()));
        table.put("commitLogMaxOffset", Long.toString(log.endPosition()));
        double ratio = group.status().diskUsedPercent() / 100.0;
        try {
            var space = store.space();
            ratio = space.usedPercent() / 100.0;
            table.put(
                    "commitLogDirCapacity",
                    "Total : " + gibibytes(space.totalBytes()) + ", Free : " + gibibytes(space.usableBytes()) + ".");
        } catch (StoreException unknown) {
            // The exporter takes it apart, and shows nothing of a node with a text that it cannot.
            table.put("commitLogDirCapacity", "Total : 0 GiB, Free : 0 GiB.");
        }
        table.put("commitLogDiskRatio", Double.toString(ratio));
        table.put("consumeQueueDiskRatio", Double.toString(ratio));
        table.put("earliestMessageTimeStamp", Long.toString(earliest()));
    }

    /** When the oldest message was stored, among a bounded number of queues; -1 if there is none. */
    private long earliest() {
        long earliest = -1;
        int looked = 0;
        for (Topic topic : state.topics().all()) {
            if (topic.messagesIn() == 0) {
                continue;
            }
            for (int queueId = 0; queueId < topic.queueCount() && looked < MAX_EARLIEST_LOOKUPS; queueId++) {
                TopicQueue queue = topic.queue(queueId);
                if (queue != null && queue.maxOffset() > queue.minOffset()) {
                    looked++;
                    long stored = times.storedAt(queue, queue.minOffset());
                    if (stored >= 0 && (earliest < 0 || stored < earliest)) {
                        earliest = stored;
                    }
                }
            }
        }
        return earliest;
    }

    private void raft(Map<String, String> table) {
        GroupStatus status = group.status();
        table.put("raftNode", status.node());
        table.put("raftRole", status.role().name());
        table.put("raftTerm", Long.toString(status.term()));
        table.put("raftLeader", status.leader() == null ? "none" : status.leader());
        table.put("raftCommitIndex", Long.toString(status.commitIndex()));
        table.put("raftAppliedIndex", Long.toString(status.appliedIndex()));
        table.put("raftFirstIndex", Long.toString(status.firstIndex()));
        table.put("raftLastIndex", Long.toString(status.lastIndex()));
        table.put("raftWritable", Boolean.toString(status.writable()));
        if (!status.reason().isEmpty()) {
            table.put("raftReason", status.reason());
        }
        table.put("durability", durability.name().toLowerCase(java.util.Locale.ROOT));
    }

    private static String gibibytes(long bytes) {
        return bytes / (1 << 30) + " GiB";
    }

    private static String uptime(long ms) {
        long seconds = ms / 1000;
        return "[ " + seconds / 86_400 + " days, " + seconds / 3600 % 24 + " hours, " + seconds / 60 % 60 + " minutes, "
                + seconds % 60 + " seconds ]";
    }
}
