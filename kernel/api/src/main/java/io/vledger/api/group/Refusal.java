package io.vledger.api.group;

/** Why a proposal was not taken, or was not committed as far as is known. */
public enum Refusal {
    /** This node does not lead, or is not ready to. Nothing happened. */
    NOT_LEADER,
    /** Too much is uncommitted. Nothing happened; try again soon. */
    BUSY,
    /** Leadership is being handed over. Nothing happened; try again at the new leader. */
    TRANSFERRING,
    /** The disk is too full. Nothing happened. */
    DISK_FULL,
    /** The payload is too large for an entry. Nothing happened. */
    TOO_LARGE,
    /** Leadership was lost, or the node stopped, before the outcome was known. It may still be committed. */
    UNKNOWN
}
