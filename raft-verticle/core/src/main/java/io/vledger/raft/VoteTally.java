package io.vledger.raft;

import java.util.HashMap;
import java.util.Map;

/** Counts the votes, or pre-votes, of one campaign (paper 5.2). */
final class VoteTally {
    private final String self;
    private final Quorum quorum;
    /** By member that granted its vote: whether the group relies on its memory. */
    private final Map<String, Boolean> trustedGrants = new HashMap<>();

    VoteTally(String self, Quorum quorum) {
        this.self = self;
        this.quorum = quorum;
    }

    /** Begins a campaign, with this member's own vote. */
    void start(boolean selfTrusted) {
        trustedGrants.clear();
        trustedGrants.put(self, selfTrusted);
    }

    /** Counts a reply; a later one of the same member replaces it. */
    void count(String voter, boolean granted, boolean trusted) {
        if (granted) {
            trustedGrants.put(voter, trusted);
        } else {
            trustedGrants.remove(voter);
        }
    }

    /** Whether those who granted are a quorum. */
    boolean won() {
        return quorum.met(trustedGrants::containsKey, this::trusted);
    }

    /** Whether the trusted among those who granted are a quorum, so that the campaign did not need every member. */
    boolean wonByTrusted() {
        return quorum.met(this::trusted, this::trusted);
    }

    private boolean trusted(String member) {
        return trustedGrants.getOrDefault(member, false);
    }
}
