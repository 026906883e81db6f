package io.vledger.raft.driver.wire;

/**
 * Whether a connection that was accepted in a member's name is believed to be that member's. Anybody who can connect to a node can
 * claim any name, so the member's configured address decides.
 */
public final class NameClaim {
    private NameClaim() {}

    /** The outcome of asking at the member's configured address whether the connection is its own. */
    public enum Answer {
        /** The member made that connection. */
        ITS_OWN,
        /** It did not: somebody else, or a second process, uses its name. */
        NOT_ITS_OWN,
        /** Nobody answers at the address. */
        UNREACHABLE
    }

    /**
     * Decides.
     *
     * @param connected whether another connection to the member stands
     * @param known the member's incarnation that was heard last; 0 if none
     * @param claimed the incarnation that the new connection says it has
     */
    public static boolean believed(Answer answer, boolean connected, long known, long claimed) {
        return switch (answer) {
            case ITS_OWN -> true;
            case NOT_ITS_OWN -> false;
            case UNREACHABLE -> !connected && (known == 0 || claimed <= known);
        };
    }
}
