package io.vledger.raft;

/** Why a message of a member was refused. Such a message changes nothing; the connection that it came over should be closed. */
public enum Violation {
    /** Numbers that no member can mean: negative, beyond all bounds, or in contradiction to each other. */
    MALFORMED,
    /** It has an entry or a snapshot that the state machine cannot read. */
    UNREADABLE,
    /** It leads a term of which an entry contradicts what is applied here. */
    CONTRADICTS,
    /** It claims to lead a term that is known to have another leader. */
    SECOND_LEADER,
    /** It claims to lead without an entry that is committed here: one of the two has lost its memory. */
    LACKS_COMMITTED,
    /** It knows an entry to be committed that this leader does not have: one of the two has lost its memory. */
    COMMITTED_ELSEWHERE
}
