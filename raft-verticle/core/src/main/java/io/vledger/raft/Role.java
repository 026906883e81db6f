package io.vledger.raft;

/** Role of a member (paper, figure 4). */
public enum Role {
    /** Follows a leader or waits for one. */
    FOLLOWER,
    /** Asks whether it could win, without changing any term (dissertation 9.6). */
    PRE_CANDIDATE,
    /** Asks for votes in a term of its own. */
    CANDIDATE,
    /** Leads. */
    LEADER
}
