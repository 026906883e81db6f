package io.vledger.raft.driver;

import io.vledger.api.group.GroupStatus;
import io.vledger.raft.Raft;
import io.vledger.raft.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How far every member is, as the leader measures it: a leader knows what each has acknowledged, the others what it reports in
 * its {@link KeepAlive}. Nothing that Raft decides rests on it. Loop only.
 */
final class ReplicationProgress {
    private final ReplicaSettings settings;
    private final Raft raft;
    private final Applier applier;
    private final boolean fresh;
    private final CatchUp own;
    private final ReplayProgress replay;
    private final Map<String, CatchUp> followers = new HashMap<>();
    /** The leader's, while this member follows it. */
    private @Nullable KeepAlive fromLeader;
    /** Members whose logs have committed entries. */
    private final Set<String> formed = new HashSet<>();

    private @Nullable String leader;
    private long term;
    private boolean led;

    /** @param fresh whether this node's store was empty when it started, with nothing known of it to be lost */
    ReplicationProgress(ReplicaSettings settings, Raft raft, Applier applier, boolean fresh) {
        this.settings = settings;
        this.raft = raft;
        this.applier = applier;
        this.fresh = fresh;
        this.own = new CatchUp(settings.inSync());
        this.replay = new ReplayProgress(settings.group(), applier.applied(), raft.lastIndex());
        for (String member : settings.raft().members()) {
            followers.put(member, new CatchUp(settings.inSync()));
        }
    }

    /** Updates how far everybody is; to be called before that is read. */
    void observe(long nowMs, Links links) {
        replay.look(nowMs, applier.applied(), raft.lastIndex());
        followLeader();
        if (led) {
            followers.forEach((member, catchUp) -> {
                if (member.equals(settings.node()) || links.connected(member)) {
                    catchUp.observe(nowMs, raft.commitIndex(), raft.matchIndex(member));
                } else {
                    catchUp.forget();
                }
            });
            return;
        }
        long target = leaderCommit(links);
        if (target >= 0) {
            own.observe(nowMs, target, applier.applied());
        }
    }

    /** What another leader reported, and how far the others were behind it, counts no more. */
    private void followLeader() {
        if (!Objects.equals(leader, raft.leader()) || term != raft.term() || led != leads()) {
            leader = raft.leader();
            term = raft.term();
            led = leads();
            fromLeader = null;
            own.forget();
            followers.values().forEach(CatchUp::forget);
        }
    }

    /** How far this member is with applying what its log held when it started, if that takes long; else empty. */
    String replay() {
        return replay.text();
    }

    private boolean leads() {
        return raft.role() == Role.LEADER;
    }

    /** What the leader has committed as far as known; -1 without one, or before its first report. */
    private long leaderCommit(Links links) {
        KeepAlive keepAlive = fromLeader;
        if (leads()) {
            return raft.commitIndex();
        }
        if (leader == null) {
            return -1;
        }
        if (keepAlive != null) {
            return Math.max(keepAlive.commitIndex(), raft.commitIndex());
        }
        // One of an older version reports nothing.
        return links.keepsAlive(leader) ? -1 : raft.commitIndex();
    }

    /** Another member reports; true if it is the leader, with something new. */
    boolean received(String from, KeepAlive keepAlive) {
        if (keepAlive.commitIndex() > 0) {
            formed.add(from);
        } else {
            formed.remove(from);
        }
        followLeader();
        if (keepAlive.leads() && keepAlive.term() == raft.term() && from.equals(raft.leader())) {
            boolean same = keepAlive.equals(fromLeader);
            fromLeader = keepAlive;
            return !same;
        }
        return false;
    }

    /** Whether the group has never had an entry, as far as this member can know. */
    boolean firstStart() {
        return fresh && raft.lastIndex() == 0 && raft.leader() == null && formed.isEmpty();
    }

    /** What this member reports to others. */
    KeepAlive report(long nowMs, LongUnaryOperator bytesBehind) {
        List<KeepAlive.Member> members = new ArrayList<>();
        if (leads()) {
            for (String member : settings.raft().members()) {
                members.add(new KeepAlive.Member(member, inSync(member, nowMs, bytesBehind)));
            }
        }
        return new KeepAlive(raft.term(), leads(), raft.commitIndex(), applier.endPosition(), members);
    }

    /** Whether a member is in sync as the leader sees it; false while no leader reports it. */
    boolean inSync(String member, long nowMs, LongUnaryOperator bytesBehind) {
        if (leads()) {
            return raft.trusted(member)
                    && followers
                            .getOrDefault(member, own)
                            .inSync(nowMs, bytesBehind.applyAsLong(raft.matchIndex(member)));
        }
        KeepAlive keepAlive = fromLeader;
        return keepAlive != null
                && keepAlive.members().stream().anyMatch(one -> one.node().equals(member) && one.inSync());
    }

    /** How far this member is behind its leader. */
    GroupStatus.CatchUp catchUp(long nowMs, Links links) {
        if (leads()) {
            return new GroupStatus.CatchUp(raft.commitIndex(), 0, 0, true);
        }
        long target = leaderCommit(links);
        if (target < 0) {
            return GroupStatus.CatchUp.UNKNOWN;
        }
        KeepAlive keepAlive = fromLeader;
        long bytes = applier.applied() >= target || keepAlive == null
                ? 0
                : Math.max(0, keepAlive.position() - applier.endPosition());
        return new GroupStatus.CatchUp(target, bytes, own.lagMs(nowMs), own.inSync(nowMs, bytes));
    }
}
