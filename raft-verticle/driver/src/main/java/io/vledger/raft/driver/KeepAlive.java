package io.vledger.raft.driver;

import java.util.List;

/**
 * What members say to each other when they have nothing else to say, so that a connection that carries nothing any more is
 * noticed, and how far the sender is. No part of Raft: nothing of it changes a term, a vote or the log.
 *
 * @param term the sender's term
 * @param leads whether it leads in that term
 * @param commitIndex committed as far as the sender knows
 * @param position byte address at which what the sender has applied ends
 * @param members of a leader, every member; else empty
 */
public record KeepAlive(long term, boolean leads, long commitIndex, long position, List<Member> members) {
    /** Copies the list. */
    public KeepAlive {
        members = List.copyOf(members);
    }

    /**
     * A member as the leader sees it.
     *
     * @param node its id
     * @param inSync whether it is connected, counts, and has what is committed within the leader's bounds
     */
    public record Member(String node, boolean inSync) {}
}
