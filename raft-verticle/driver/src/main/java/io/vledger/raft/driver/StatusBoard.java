package io.vledger.raft.driver;

import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.store.LogStore;
import io.vledger.raft.Raft;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The published status of a replica: written on the loop, a few dozen times a second at most, and read by any thread. */
final class StatusBoard {
    private static final int MIN_INTERVAL_MS = 20;

    private final ReplicaSettings settings;
    private MemberList members;
    private GroupRole role = GroupRole.STARTING;
    private long term = -1;
    private long publishedMs = Long.MIN_VALUE / 2;
    private String failure = "";
    private volatile int diskUsedPercent;
    private volatile GroupStatus status;

    StatusBoard(ReplicaSettings settings) {
        this.settings = settings;
        this.members = Recovered.initialMembers(settings);
        this.status = new GroupStatus(
                settings.group(), settings.node(), role, 0, null, 0, 0, 0, 0, 0, List.of(), "starting", false, 0, 0);
    }

    GroupStatus status() {
        return status;
    }

    void members(MemberList list) {
        members = list;
    }

    void disk(int usedPercent) {
        diskUsedPercent = usedPercent;
    }

    void failed(String why) {
        failure = why;
    }

    /** Whether it is time to publish again; a change of role, term or leader always is. */
    boolean due(long nowMs, GroupRole newRole, long newTerm, @Nullable String leader) {
        boolean same = newRole == role && newTerm == term && Objects.equals(leader, status.leader());
        if (same && nowMs - publishedMs < MIN_INTERVAL_MS) {
            return false;
        }
        role = newRole;
        term = newTerm;
        publishedMs = nowMs;
        return true;
    }

    void publish(
            Raft raft,
            Applier applier,
            LogStore log,
            @Nullable Links links,
            LongUnaryOperator bytesBehind,
            boolean writable,
            String reason) {
        List<GroupStatus.Member> list = new ArrayList<>();
        for (String id : settings.raft().members()) {
            boolean self = id.equals(settings.node());
            MemberList.Entry known = members.members().get(id);
            String address = self ? settings.clientAddress() : links == null ? "" : links.clientAddress(id);
            if (address.isEmpty() && known != null) {
                address = known.clientAddress();
            }
            list.add(new GroupStatus.Member(
                    id,
                    settings.raftAddresses().getOrDefault(id, ""),
                    address,
                    self || (links != null && links.connected(id)),
                    raft.trusted(id),
                    raft.matchIndex(id),
                    bytesBehind.applyAsLong(raft.matchIndex(id)),
                    links == null ? "" : links.httpAddress(id)));
        }
        status = new GroupStatus(
                settings.group(),
                settings.node(),
                role,
                raft.term(),
                raft.leader(),
                raft.commitIndex(),
                applier.applied(),
                raft.lastIndex(),
                log.base().index() + 1,
                log.endPosition(),
                List.copyOf(list),
                failure.isEmpty() ? reasonFor(raft, reason, list) : failure,
                writable,
                diskUsedPercent,
                raft.elections());
    }

    private String reasonFor(Raft raft, String reason, List<GroupStatus.Member> list) {
        if (role == GroupRole.RECOVERING || (role == GroupRole.CANDIDATE && !raft.trusted(settings.node()))) {
            return raft.leader() == null
                    ? "this node has no memory that the group relies on: it waits for a leader, or for every member"
                    : "catching up from " + raft.leader();
        }
        if (role != GroupRole.CANDIDATE || !reason.isEmpty()) {
            return reason;
        }
        List<String> missing = list.stream()
                .filter(member -> !member.connected())
                .map(GroupStatus.Member::node)
                .toList();
        return "no quorum of members answers: " + (list.size() / 2 + 1) + " of " + list.size() + " are needed"
                + (missing.isEmpty() ? "" : ", not connected: " + String.join(", ", missing));
    }
}
