package io.vledger.api.store;

import java.util.Map;
import java.util.TreeMap;

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
 * @param commit an index known to be committed and durable here: a log that ends before it is not the one that was written
 * @param start this node's newest start with this memory
 * @param peers the newest start of each other member that this node has heard of, by id
 */
public record HardState(
        long term,
        String vote,
        long incarnation,
        boolean admitted,
        Cause cause,
        String bootId,
        long commit,
        Start start,
        Map<String, Start> peers) {
    /** Most members whose starts are kept. */
    public static final int PEERS_MAX = 64;

    /** Orders the peers. */
    public HardState {
        peers = Map.copyOf(new TreeMap<>(peers));
        if (peers.size() > PEERS_MAX) {
            throw new IllegalArgumentException("starts of " + peers.size() + " members, at most " + PEERS_MAX);
        }
    }

    /** A state that says nothing of starts, as it was written before they were counted. */
    public HardState(
            long term, String vote, long incarnation, boolean admitted, Cause cause, String bootId, long commit) {
        this(term, vote, incarnation, admitted, cause, bootId, commit, Start.UNKNOWN, Map.of());
    }

    /** Why a node cannot be sure that it has all it acknowledged. */
    public enum Cause {
        /** Nothing was ever stored: a new member, or one whose disk was replaced. */
        FRESH,
        /** With {@link Durability#ASYNC} the machine lost its page cache. */
        CACHE_LOST,
        /** Durable bytes were damaged and set aside. */
        DAMAGED,
        /** The directory, or a part of it, is a copy, or others have seen more of this memory than it holds. */
        OUTDATED
    }

    /**
     * One start of a node.
     *
     * @param incarnation the memory it started with
     * @param count how many times that node has started with it, this one included; 0 if that is not known
     * @param run a random number of this start
     * @param mark what the operating system says of a file that this start left in the directory and that a copy would not
     *     carry; empty for starts of other nodes, and where there is nothing of the kind
     */
    public record Start(long incarnation, long count, long run, String mark) {
        /** Nothing is known of it. */
        public static final Start UNKNOWN = new Start(0, 0, 0, "");
    }
}
