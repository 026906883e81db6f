package io.vledger.raft.driver;

import io.vledger.api.group.ContradictionException;

/**
 * The state machine could not apply a committed entry that this version cannot read, or that this member itself proposed as the leader: the member stops, and keeps all
 * that it has.
 */
final class EntryNotAppliedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Names the entry and the remedy.
     *
     * @param term of the leader that proposed it
     */
    EntryNotAppliedException(long index, byte kind, long term, RuntimeException cause) {
        super(
                "entry " + index + " of kind " + kind + ", by the leader of term " + term + ", cannot be applied: "
                        + cause.getMessage()
                        + "; everything before it is kept. If the other members run, start this node again: its state is"
                        + " rebuilt from its checkpoint and log. If it stops again, and the others run the same version, move its directory of the group away before the"
                        + " next start: it gets everything from them",
                cause);
    }

    /** Whether the entry is to blame, so that where in the code it was noticed says nothing. */
    boolean contradiction() {
        return getCause() instanceof ContradictionException;
    }
}
