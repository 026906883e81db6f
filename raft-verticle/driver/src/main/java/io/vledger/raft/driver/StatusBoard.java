package io.vledger.raft.driver;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.StatusListeners;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.store.LogStore;
import io.vledger.raft.Raft;
import io.vledger.raft.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The published status of a replica: written on the loop, a few dozen times a second at most, once a second while nothing changes, and read by
 * any thread.
 */
final class StatusBoard {
    private static final int MIN_INTERVAL_MS = 20;
    /** Less than a second, so that each tick of a quiet member publishes. */
    private static final int QUIET_INTERVAL_MS = 900;

    private final ReplicaSettings settings;
    private final long quietMs;
    private final StatusListeners listeners;
    private MemberList members;
    private GroupRole role = GroupRole.STARTING;
    private long term = -1;
    private long publishedMs = Long.MIN_VALUE / 2;
    private String failure = "";
    private volatile int diskUsedPercent;
    private volatile GroupStatus status;

    StatusBoard(ReplicaSettings settings, Shell shell) {
        this.settings = settings;
        // Who is in sync is judged by what was observed when it was published.
        this.quietMs = Math.min(QUIET_INTERVAL_MS, settings.inSync().lagMs() / 4);
        this.members = Recovered.initialMembers(settings);
        this.status = GroupStatus.builder(settings.group(), settings.node())
                .reason("starting")
                .build();
        this.listeners = new StatusListeners(shell::execute, this::status);
    }

    GroupStatus status() {
        return status;
    }

    /** See {@link Group#onStatus}. Any thread. */
    Group.Registration listen(Consumer<GroupStatus> listener) {
        return listeners.add(listener);
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

    /**
     * Whether it is time to publish again; a change of role, term or leader always is.
     *
     * @param quiet whether nothing else that is published has changed, as far as that is looked at
     */
    boolean due(long nowMs, GroupRole newRole, long newTerm, @Nullable String leader, boolean quiet) {
        boolean same = newRole == role && newTerm == term && Objects.equals(leader, status.leader());
        if (same && nowMs - publishedMs < (quiet && leader != null ? quietMs : MIN_INTERVAL_MS)) {
            return false;
        }
        role = newRole;
        term = newTerm;
        publishedMs = nowMs;
        return true;
    }

    /** When it was published last, by the clock that {@link #due} is given. */
    long publishedMs() {
        return publishedMs;
    }

    /** Publishes. {@code links} is null before the replica is attached. */
    void publish(Raft raft, Applier applier, LogStore log, @Nullable Links links, View view) {
        List<GroupStatus.Member> list = new ArrayList<>();
        for (String id : settings.raft().members()) {
            boolean self = id.equals(settings.node());
            MemberList.Entry known = members.members().get(id);
            String address = self ? settings.clientAddress() : links == null ? "" : links.clientAddress(id);
            if (address.isEmpty() && known != null) {
                address = known.clientAddress();
            }
            list.add(GroupStatus.Member.builder(id)
                    .raftAddress(settings.raftAddresses().getOrDefault(id, ""))
                    .clientAddress(address)
                    .connected(self || (links != null && links.connected(id)))
                    .voter(raft.trusted(id))
                    .matchIndex(raft.matchIndex(id))
                    .lagBytes(view.bytesBehind().applyAsLong(raft.matchIndex(id)))
                    .httpAddress(links == null ? "" : links.httpAddress(id))
                    .inSync(view.inSync().test(id))
                    .problem(self || links == null ? "" : links.problem(id))
                    .build());
        }
        FirstStart firstStart = view.firstStart() ? new FirstStart(view.waitedMs(), missing(list)) : null;
        status = GroupStatus.builder(settings.group(), settings.node())
                .role(role)
                .term(raft.term())
                .leader(raft.leader())
                .commitIndex(raft.commitIndex())
                .appliedIndex(applier.applied())
                .lastIndex(raft.lastIndex())
                .firstIndex(log.base().index() + 1)
                .endPosition(log.endPosition())
                .members(List.copyOf(list))
                .reason(failure.isEmpty() ? reasonFor(raft, view, list) : failure)
                .writable(view.writable())
                .diskUsedPercent(diskUsedPercent)
                .elections(raft.elections())
                .catchUp(view.catchUp())
                .firstStart(firstStart)
                .problems(problems(links, view))
                .build();
        listeners.published(status);
    }

    private static List<String> problems(@Nullable Links links, View view) {
        List<String> all = new ArrayList<>(view.problems());
        if (links != null) {
            all.addAll(links.problems());
        }
        return List.copyOf(all);
    }

    /**
     * What the replica knows beside the core.
     *
     * @param bytesBehind bytes of the log behind an index
     * @param inSync whether a member is in sync, as the leader sees it
     * @param catchUp how far this member is behind
     * @param firstStart whether the group has never started, as far as is known
     * @param waitedMs how long this member has waited for a leader
     * @param writable whether proposals are, or would be, taken
     * @param reason why not; else empty
     * @param conflict why this member neither leads nor follows; empty if nothing keeps it
     * @param problems what is wrong with the group beside its connections
     */
    record View(
            LongUnaryOperator bytesBehind,
            Predicate<String> inSync,
            GroupStatus.CatchUp catchUp,
            boolean firstStart,
            long waitedMs,
            boolean writable,
            String reason,
            String conflict,
            List<String> problems) {}

    private String reasonFor(Raft raft, View view, List<GroupStatus.Member> list) {
        if (raft.leader() == null && role != GroupRole.STOPPED && role != GroupRole.FAILED) {
            String conflict = view.conflict();
            return conflict.isEmpty() ? waitsFor(raft.standing(), view.firstStart(), list) : conflict;
        }
        if (role == GroupRole.RECOVERING) {
            return view.conflict().isEmpty() ? "catching up from " + raft.leader() : view.conflict();
        }
        return view.reason();
    }

    /** What a member without a leader waits for. */
    private String waitsFor(Standing standing, boolean firstStart, List<GroupStatus.Member> list) {
        List<String> missing = missing(list);
        String names = missing.isEmpty()
                ? "all are connected"
                : "waiting for "
                        + list.stream()
                                .filter(member -> missing.contains(member.node()))
                                .map(StatusBoard::shown)
                                .collect(Collectors.joining(", "));
        int there = list.size() - missing.size();
        String present = there + (there == 1 ? " is" : " are") + " there; ";
        if (firstStart) {
            return "first start: all " + list.size() + " members are needed, " + present + names;
        }
        if (standing != Standing.VOTER) {
            return "this node has no memory that the group relies on: it needs a leader, or all " + list.size()
                    + " members; " + names;
        }
        return "no leader: " + (list.size() / 2 + 1) + " of " + list.size() + " members are needed, " + present + names;
    }

    private static String shown(GroupStatus.Member member) {
        return member.node() + " (" + member.raftAddress() + (member.problem().isEmpty() ? "" : ": " + member.problem())
                + ")";
    }

    private static List<String> missing(List<GroupStatus.Member> list) {
        return list.stream()
                .filter(member -> !member.connected())
                .map(GroupStatus.Member::node)
                .toList();
    }
}
