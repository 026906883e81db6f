package io.vledger.sim.check;

/** A promise was broken. */
public final class Broken extends AssertionError {
    private static final long serialVersionUID = 1L;

    /** Says which one and how. */
    public Broken(String message) {
        super(message);
    }
}
