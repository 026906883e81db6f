package io.vledger.raft;

import java.util.List;

/**
 * Fixed parameters of one member.
 *
 * @param self this member's id
 * @param members ids of all members in configured order, this one included
 * @param heartbeatMs interval of a leader's heartbeats while a follower has something to learn; see {@link #quietHeartbeatMs}
 * @param electionTimeoutMs least silence before a follower campaigns; the real one is random up to twice that
 * @param maxInflightBytes bound of unacknowledged bytes to one follower
 * @param preferredLeader member that should lead when it can, or an empty string
 */
public record RaftSettings(
        String self,
        List<String> members,
        int heartbeatMs,
        int electionTimeoutMs,
        long maxInflightBytes,
        String preferredLeader) {
    /** Checks the parameters against each other. */
    public RaftSettings {
        members = List.copyOf(members);
        if (!members.contains(self)) {
            throw new IllegalArgumentException("member " + self + " is not among " + members);
        }
        if (heartbeatMs <= 0 || electionTimeoutMs < 2 * heartbeatMs) {
            throw new IllegalArgumentException("the election timeout (" + electionTimeoutMs
                    + " ms) must be at least twice the heartbeat interval (" + heartbeatMs + " ms)");
        }
    }

    /**
     * Interval of heartbeats, milliseconds, to a follower that has everything and knows it, when nobody waits: three in the least
     * election timeout where the configured interval is shorter, never less often than every third of those.
     */
    public int quietHeartbeatMs() {
        return Math.max(heartbeatMs, Math.min(3 * heartbeatMs, electionTimeoutMs / 3));
    }
}
