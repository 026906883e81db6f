package io.vledger.api.group;

import io.vledger.api.origin.FirstStart;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a member for people, health checks and metrics.
 *
 * @param group name of the group
 * @param node id of this node
 * @param role its role
 * @param term current term
 * @param leader node id of the known leader, or null
 * @param commitIndex committed as far as known
 * @param appliedIndex applied to the state machine
 * @param lastIndex last entry of the log here
 * @param firstIndex first entry of the log here
 * @param endPosition where the log ends
 * @param members every member
 * @param reason why the role is what it is when that is not plain, for example what recovery waits for; else empty
 * @param writable whether a leader takes proposals, else why not is in {@code reason}
 * @param diskUsedPercent use of the group's file system
 * @param elections elections that this node started since its start
 * @param catchUp how far this member is behind the leader
 * @param firstStart what the group's first start waits for; null if the group has started before, as far as this node knows
 * @param problems what is wrong with the members' configurations, such as lists of members that differ; one sentence each
 */
public record GroupStatus(
        String group,
        String node,
        GroupRole role,
        long term,
        @Nullable String leader,
        long commitIndex,
        long appliedIndex,
        long lastIndex,
        long firstIndex,
        long endPosition,
        List<Member> members,
        String reason,
        boolean writable,
        int diskUsedPercent,
        long elections,
        CatchUp catchUp,
        @Nullable FirstStart firstStart,
        List<String> problems) {

    /** A status of this group on this node, to be described further. */
    public static GroupStatusBuilder builder(String group, String node) {
        return new GroupStatusBuilder(group, node);
    }

    /** Entries that the leader has committed and that are not applied here; -1 if the leader's progress is not known. */
    public long lag() {
        return catchUp.leaderCommitIndex() < 0 ? -1 : Math.max(0, catchUp.leaderCommitIndex() - appliedIndex);
    }

    /**
     * Whether this status differs from an earlier one in anything but progress: indexes, positions, bytes behind, times, the use of
     * the disk and the count of elections.
     */
    public boolean differsFrom(GroupStatus before) {
        return role != before.role
                || term != before.term
                || writable != before.writable
                || catchUp.inSync != before.catchUp.inSync
                || !Objects.equals(leader, before.leader)
                || !reason.equals(before.reason)
                || !missing().equals(before.missing())
                || !problems.equals(before.problems)
                || membersDiffer(before);
    }

    private List<String> missing() {
        return firstStart == null ? List.of() : firstStart.missing();
    }

    private boolean membersDiffer(GroupStatus before) {
        boolean differ = members.size() != before.members.size();
        for (int i = 0; i < members.size() && !differ; i++) {
            differ = members.get(i).differsFrom(before.members.get(i));
        }
        return differ;
    }

    /** Whether another member than this node is known to lead. */
    public boolean ledByAnother() {
        return leader != null && !leader.equals(node);
    }

    /** How many members it takes to write. */
    public int majority() {
        return members.size() / 2 + 1;
    }

    /**
     * How far this member is behind the leader.
     *
     * @param leaderCommitIndex what the leader has committed, as it reported last; -1 while it is not known
     * @param lagBytes bytes of the log up to there that are not applied here; -1 while it is not known
     * @param lagMs milliseconds since this member last had all that was committed at the time; -1 if it never had
     * @param inSync whether all of this is within the configured bounds; false while it is not known
     */
    public record CatchUp(long leaderCommitIndex, long lagBytes, long lagMs, boolean inSync) {
        /** Nothing is known, as without a leader. */
        public static final CatchUp UNKNOWN = new CatchUp(-1, -1, -1, false);
    }

    /** Where clients reach the leader; empty without a known leader, or while its address is unknown. */
    public String leaderClientAddress() {
        for (Member member : members) {
            if (member.node().equals(leader)) {
                return member.clientAddress();
            }
        }
        return "";
    }

    /**
     * The member that producers are shown beside the leader: the next one after the leader, in configured order, that is
     * connected as far as this node sees. Null without a known leader, or if there is none.
     */
    public @Nullable Member standby() {
        return standby(false);
    }

    /**
     * As the first.
     *
     * @param stops whether this node is about to stop, and so cannot be it
     */
    public @Nullable Member standby(boolean stops) {
        int count = members.size();
        for (int i = 0; i < count; i++) {
            if (members.get(i).node().equals(leader)) {
                for (int step = 1; step < count; step++) {
                    Member next = members.get((i + step) % count);
                    boolean reachable = next.node().equals(node) ? !stops : next.connected();
                    if (reachable && !next.clientAddress().isEmpty()) {
                        return next;
                    }
                }
            }
        }
        return null;
    }

    /**
     * One member as this node sees it.
     *
     * @param node node id
     * @param raftAddress where other members reach it
     * @param clientAddress where clients reach it; empty while unknown
     * @param connected whether there is a connection to it; true for this node
     * @param voter whether its acknowledgements count
     * @param matchIndex highest index known to be durable on it; only a leader knows, else -1
     * @param lagBytes bytes of the leader's log that are not known to be durable on it; only a leader knows, else -1. Exact
     *     for a member that is a little behind, by the share of a segment's entries for one that is far behind
     * @param httpAddress where it answers over HTTP, {@code host:port}; empty if it does not, or while unknown
     * @param inSync whether the leader is connected with it, counts it, and finds it within the configured bounds; as the
     *     leader reports it, so false while none is known
     * @param problem why there is no connection, or what is wrong with it; empty if nothing is known
     */
    public record Member(
            String node,
            String raftAddress,
            String clientAddress,
            boolean connected,
            boolean voter,
            long matchIndex,
            long lagBytes,
            String httpAddress,
            boolean inSync,
            String problem) {

        /** A member of this id, to be described further. */
        public static MemberStatusBuilder builder(String node) {
            return new MemberStatusBuilder(node);
        }

        private boolean differsFrom(Member before) {
            return connected != before.connected
                    || voter != before.voter
                    || inSync != before.inSync
                    || !node.equals(before.node)
                    || !raftAddress.equals(before.raftAddress)
                    || !clientAddress.equals(before.clientAddress)
                    || !httpAddress.equals(before.httpAddress)
                    || !problem.equals(before.problem);
        }
    }
}
