package io.vledger.api.group;

/**
 * A committed entry that can be read cannot follow what was applied before it. Either its leader was wrong, or what was applied here is. It
 * is left out once its leadership is over; see {@link StateMachine#applyWhatFits}. The
 * message says what contradicts what.
 */
public final class ContradictionException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** Says what contradicts what. */
    public ContradictionException(String message) {
        super(message);
    }
}
