package io.vledger.api.store;

/**
 * What Raft must not forget (Raft paper, figure 2), and what tells whether this memory is whole.
 *
 * @param term current term
 * @param vote node id voted for in it, or an empty string
 * @param incarnation number of this memory: chosen anew when a node starts without being sure that it has all it ever
 *     acknowledged
 * @param admitted whether the group has committed this incarnation as a voter
 * @param cause why a node that is not admitted lost its memory
 * @param bootId the operating system's boot id when the log was last written without sync; empty with
 *     {@link Durability#SYNC}
 * @param commit an index known to be committed; a hint that saves time after a restart
 */
public record HardState(
        long term, String vote, long incarnation, boolean admitted, Cause cause, String bootId, long commit) {

    /** Why a node cannot be sure that it has all it acknowledged. */
    public enum Cause {
        /** Nothing was ever stored: a new member, or one whose disk was replaced. */
        FRESH,
        /** With {@link Durability#ASYNC} the machine lost its page cache. */
        CACHE_LOST,
        /** Durable bytes were damaged and set aside. */
        DAMAGED
    }
}
