package io.vledger.api.group;

/**
 * Kinds of entries. Numbers are part of the log format and never change meaning. 0 to 15 belong to Raft itself and are not
 * shown to state machines.
 */
public final class EntryKind {
    /** The first entry of a term. */
    public static final byte NOOP = 1;
    /** The member list with incarnations and addresses. */
    public static final byte MEMBERS = 2;
    /** Retention: entries below an index may go. */
    public static final byte DROP_PREFIX = 3;
    /** First kind that a state machine may use. */
    public static final byte FIRST_APPLICATION_KIND = 16;

    private EntryKind() {}
}
