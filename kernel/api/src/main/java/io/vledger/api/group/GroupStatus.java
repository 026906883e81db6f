package io.vledger.api.group;

import java.util.List;
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
        long elections) {

    /** Entries that are committed as far as known and not applied here. */
    public long lag() {
        return Math.max(0, commitIndex - appliedIndex);
    }

    /**
     * The member that producers are told of beside the leader: the next one after the leader, in configured order, that is
     * connected as far as this node sees. Null without a known leader, or if there is none.
     */
    public @Nullable Member standby() {
        int count = members.size();
        for (int i = 0; i < count; i++) {
            if (members.get(i).node().equals(leader)) {
                for (int step = 1; step < count; step++) {
                    Member next = members.get((i + step) % count);
                    boolean here = next.node().equals(node);
                    if ((next.connected() || here) && !next.clientAddress().isEmpty()) {
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
     */
    public record Member(
            String node,
            String raftAddress,
            String clientAddress,
            boolean connected,
            boolean voter,
            long matchIndex,
            long lagBytes,
            String httpAddress) {

        /** A member whose lag and HTTP address are not known. */
        public Member(
                String node,
                String raftAddress,
                String clientAddress,
                boolean connected,
                boolean voter,
                long matchIndex) {
            this(node, raftAddress, clientAddress, connected, voter, matchIndex, -1, "");
        }
    }
}
