package io.vledger.api.group;

/** What a member is at the moment. */
public enum GroupRole {
    /** Opening its store. */
    STARTING,
    /** Not yet, or no longer, a voter: it is catching up from a leader. */
    RECOVERING,
    /** Follows a leader, or waits for one. */
    FOLLOWER,
    /** Asks for votes. */
    CANDIDATE,
    /** Leads, but has not applied everything before its term yet. */
    LEADER_STARTING,
    /** Leads and serves. */
    LEADER,
    /** Stopped by a failed write or broken invariant; see the reason. */
    FAILED,
    /** Stopped in order. */
    STOPPED
}
