package io.vledger.raft.driver;

import java.util.List;

/**
 * Sent on an idle connection, so that a dead one is noticed, with the sender's progress. No part of Raft: it changes no term,
 * vote or log.
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
