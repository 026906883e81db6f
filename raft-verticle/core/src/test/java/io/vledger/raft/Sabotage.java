package io.vledger.raft;

/** Rules to break on purpose, to prove that the simulation would notice. */
enum Sabotage {
    /** Nothing is broken. */
    NONE,
    /** A leader commits entries of earlier terms by counting replicas (paper, figure 8). */
    COMMIT_OLD_TERMS,
    /** A member reports entries as durable when they are only handed to the disk. */
    ACKNOWLEDGE_BEFORE_SYNC,
    /** The vote is not saved. */
    FORGET_VOTE,
    /** A member whose memory was lost starts with the incarnation that it had. */
    KEEP_INCARNATION,
    /** An older copy of a member's disk is put back, and the member takes it for its memory. */
    TRUST_RESTORED_COPY,
    /** What peers send is not checked. */
    BELIEVE_PEERS
}
