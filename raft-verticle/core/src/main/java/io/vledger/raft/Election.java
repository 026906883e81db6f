package io.vledger.raft;

import java.util.HashMap;
import java.util.Map;

/** The votes of one campaign (paper 5.2). */
final class Election {
    private final String self;
    private final Quorum quorum;
    private final Map<String, Boolean> trustedGrants = new HashMap<>();

    Election(String self, Quorum quorum) {
        this.self = self;
        this.quorum = quorum;
    }

    void start(boolean selfTrusted) {
        trustedGrants.clear();
        trustedGrants.put(self, selfTrusted);
    }

    /** Counts a vote; the latest word of a voter holds. */
    void count(String voter, boolean granted, boolean trusted) {
        if (granted) {
            trustedGrants.put(voter, trusted);
        } else {
            trustedGrants.remove(voter);
        }
    }

    boolean won() {
        return quorum.met(trustedGrants::containsKey, this::trusted);
    }

    /** Whether the campaign is won by trusted members alone, so that it did not need every member. */
    boolean wonByTrusted() {
        return quorum.met(this::trusted, this::trusted);
    }

    private boolean trusted(String member) {
        return trustedGrants.getOrDefault(member, false);
    }
}
