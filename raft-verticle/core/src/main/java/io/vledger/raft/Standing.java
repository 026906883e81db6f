package io.vledger.raft;

/** Whether the group relies on a member's memory. */
public enum Standing {
    /** Its incarnation is in the committed member list: votes and acknowledgements count. */
    VOTER,
    /** It may have forgotten something: it counts only where every member takes part. */
    RECOVERING,
    /** It knows that it lost durable entries: it grants nothing until it was admitted again. */
    DAMAGED
}
