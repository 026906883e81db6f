package io.vledger.raft.driver;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.group.Refusal;
import io.vledger.api.metrics.Histogram;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.Tally;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts what a replica does. Written by its loop, except for what {@link LaneWork} times on the lane; collected by any thread.
 * Nothing is decided by it.
 */
public final class ReplicaMeter {
    private static final double MS_IN_SECOND = 1000.0;

    private final LongSupplier nanos;
    private final Histogram append = Histogram.ofNanos();
    private final Histogram fsync = Histogram.ofNanos();
    private final Histogram quorum = Histogram.ofNanos();
    private final Histogram loopLag = Histogram.ofNanos();
    private final CommitClock commits;
    private final Tally leaderChanges = new Tally();
    private final Tally checkpoints = new Tally();
    private final Tally snapshotsSent = new Tally();
    private final Tally snapshotsInstalled = new Tally();
    private final DamageMeter damage = new DamageMeter();
    private final Tally leaderlessMs = new Tally();
    /** Complete from the beginning: only the tallies change. */
    private final Map<Refusal, Tally> refused = new EnumMap<>(Refusal.class);

    private @Nullable String lastLeader;
    private volatile long flushBehind;
    private volatile long dispatchBehind;
    private volatile long leaderlessSinceMs;

    /** @param nanos monotonic clock, nanoseconds */
    public ReplicaMeter(LongSupplier nanos) {
        this.nanos = nanos;
        this.commits = new CommitClock(nanos, quorum);
        for (Refusal refusal : Refusal.values()) {
            refused.put(refusal, new Tally());
        }
        leaderlessSinceMs = nowMs();
    }

    private long nowMs() {
        return nanos.getAsLong() / 1_000_000;
    }

    long nanos() {
        return nanos.getAsLong();
    }

    /** A batch was written to the log. Lane only. */
    void appended(long since) {
        append.record(nanos.getAsLong() - since);
    }

    /** The log was flushed. Lane only. */
    void synced(long since) {
        fsync.record(nanos.getAsLong() - since);
    }

    /** The loop ran an alarm that was set at one moment for another so much later, both by the meter's clock. */
    void fired(long setNanos, long delayMs) {
        loopLag.record(Math.max(0, nanos.getAsLong() - setNanos - TimeUnit.MILLISECONDS.toNanos(delayMs)));
    }

    /** Bytes of the log that are not written as the durability asks, and bytes that are not applied. */
    void behind(long toWrite, long toApply) {
        flushBehind = toWrite;
        dispatchBehind = toApply;
    }

    /** Damage in the log. */
    public DamageMeter damage() {
        return damage;
    }

    CommitClock commits() {
        return commits;
    }

    /** The leader that is known from now on, or null. */
    void leader(@Nullable String leader) {
        if (leader == null) {
            if (leaderlessSinceMs < 0) {
                leaderlessSinceMs = nowMs();
            }
            return;
        }
        long since = leaderlessSinceMs;
        if (since >= 0) {
            leaderlessMs.add(Math.max(0, nowMs() - since));
            leaderlessSinceMs = -1;
        }
        if (!leader.equals(lastLeader)) {
            lastLeader = leader;
            leaderChanges.increment();
        }
    }

    /** Counts a refusal, if it is one, and returns it. */
    @Nullable
    Refusal refused(@Nullable Refusal refusal) {
        Tally tally = refusal == null ? null : refused.get(refusal);
        if (tally != null) {
            tally.increment();
        }
        return refusal;
    }

    void checkpointTaken() {
        checkpoints.increment();
    }

    void snapshotSent() {
        snapshotsSent.increment();
    }

    void snapshotInstalled() {
        snapshotsInstalled.increment();
    }

    /** The labels that all metrics of a member have, in a map of its own. Any thread. */
    static Map<String, String> labels(GroupStatus status, String cluster) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("cluster", cluster);
        labels.put("node_type", "broker");
        labels.put("node_id", status.group());
        labels.put("self_id", status.node());
        return labels;
    }

    /** Collects the metrics of a replica of this status. Any thread. */
    void collect(GroupStatus status, String cluster, MetricSink sink) {
        Map<String, String> labels = labels(status, cluster);
        collectPosition(status, labels, sink);
        collectMembers(status, labels, sink);
        sink.counter(
                "rocketmq_raft_elections_total",
                "Elections started by this node since it started",
                labels,
                status.elections());
        sink.counter(
                "rocketmq_raft_leader_changes_total",
                "Leader changes seen by this node since it started",
                labels,
                leaderChanges.get());
        long since = leaderlessSinceMs;
        sink.counter(
                "rocketmq_failover_unavailable_seconds_total",
                "Time without a known leader since this node started",
                labels,
                (leaderlessMs.get() + (since < 0 ? 0 : Math.max(0, nowMs() - since))) / MS_IN_SECOND);
        collectStorage(labels, sink);
        loopLag.collect(sink, "rocketmq_raft_loop_lag_seconds", "How late timers of the group's loop are", labels);
        append.collect(sink, "rocketmq_raft_append_latency_seconds", "Writing one batch to the log", labels);
        fsync.collect(sink, "rocketmq_raft_fsync_latency_seconds", "Flushing the log to the disk", labels);
        quorum.collect(
                sink,
                "rocketmq_raft_quorum_latency_seconds",
                "From sealing a batch to its commitment, at the leader",
                labels);
        sink.counter("rocketmq_raft_checkpoints_total", "State checkpoints started", labels, checkpoints.get());
        sink.counter(
                "rocketmq_raft_snapshots_sent_total",
                "Snapshots sent to members whose lag exceeded the log",
                labels,
                snapshotsSent.get());
        sink.counter(
                "rocketmq_raft_snapshots_installed_total",
                "Snapshots installed from a leader",
                labels,
                snapshotsInstalled.get());
        refused.forEach((refusal, tally) -> sink.counter(
                "rocketmq_raft_refused_proposals_total",
                "Proposals refused before they were appended",
                with(labels, "reason", refusal.name().toLowerCase(Locale.ROOT)),
                tally.get()));
    }

    private void collectStorage(Map<String, String> raftLabels, MetricSink sink) {
        Map<String, String> labels = new LinkedHashMap<>(raftLabels);
        labels.remove("self_id");
        labels.put("storage_type", "local");
        labels.put("storage_medium", "disk");
        sink.gauge(
                "rocketmq_storage_flush_behind_bytes",
                "Log bytes that do not meet the configured durability on this node yet",
                labels,
                flushBehind);
        sink.gauge(
                "rocketmq_storage_dispatch_behind_bytes",
                "Log bytes that are not in the queue indexes yet",
                labels,
                dispatchBehind);
        damage.collect(sink, labels);
    }

    private static void collectPosition(GroupStatus status, Map<String, String> labels, MetricSink sink) {
        for (GroupRole role : GroupRole.values()) {
            sink.gauge(
                    "rocketmq_raft_role",
                    "1 for the current role of this node, 0 for the others",
                    with(labels, "role", role.name().toLowerCase(Locale.ROOT)),
                    status.role() == role ? 1 : 0);
        }
        sink.gauge("rocketmq_raft_term", "Current term", labels, status.term());
        sink.gauge("rocketmq_raft_commit_index", "Highest index known to be committed", labels, status.commitIndex());
        sink.gauge(
                "rocketmq_raft_ready",
                "1 if this node is ready for the group, by the same rule as /health/ready",
                labels,
                Readiness.whyNotReady(status).isEmpty() ? 1 : 0);
        if (status.catchUp().leaderCommitIndex() >= 0) {
            sink.gauge(
                    "rocketmq_raft_lag_entries",
                    "Entries that the leader has committed and that are not applied here",
                    labels,
                    status.lag());
            sink.gauge(
                    "rocketmq_raft_lag_bytes",
                    "Bytes of the log that the leader has committed and that are not applied here",
                    labels,
                    status.catchUp().lagBytes());
        }
        sink.gauge(
                "rocketmq_raft_applied_index",
                "Highest index applied to the broker state",
                labels,
                status.appliedIndex());
        sink.gauge("rocketmq_raft_last_index", "Index of the last entry of the log", labels, status.lastIndex());
        sink.gauge("rocketmq_raft_first_index", "Index of the first entry of the log", labels, status.firstIndex());
        sink.gauge(
                "rocketmq_raft_writable",
                "1 if this node accepts proposals as leader, or would if it led",
                labels,
                status.writable() ? 1 : 0);
    }

    private static void collectMembers(GroupStatus status, Map<String, String> labels, MetricSink sink) {
        int reached = 0;
        for (GroupStatus.Member member : status.members()) {
            reached += member.voter() && member.connected() ? 1 : 0;
            if (member.node().equals(status.node())) {
                continue;
            }
            Map<String, String> remote = with(labels, "remote_id", member.node());
            sink.gauge(
                    "rocketmq_raft_peer_connected",
                    "1 if this node is connected to the member",
                    remote,
                    member.connected() ? 1 : 0);
            sink.gauge(
                    "rocketmq_raft_peer_in_sync",
                    "1 if the leader is connected to the member, and it is a voter and in sync",
                    remote,
                    member.inSync() ? 1 : 0);
            if (member.lagBytes() >= 0) {
                sink.gauge(
                        "rocketmq_raft_follower_lag_bytes",
                        "Bytes of the leader's log that a follower has not acknowledged; exported by leaders only",
                        remote,
                        member.lagBytes());
                sink.gauge(
                        "rocketmq_raft_follower_lag_entries",
                        "Entries of the leader's log that a follower has not acknowledged; exported by leaders only",
                        remote,
                        Math.max(0, status.lastIndex() - member.matchIndex()));
            }
        }
        sink.gauge(
                "rocketmq_raft_quorum_ok",
                "1 if this node reaches a majority of the voters, itself included",
                labels,
                reached >= status.majority() ? 1 : 0);
    }

    private static Map<String, String> with(Map<String, String> labels, String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(labels);
        more.put(name, value);
        return more;
    }
}
