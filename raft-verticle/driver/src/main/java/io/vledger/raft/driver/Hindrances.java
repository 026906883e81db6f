package io.vledger.raft.driver;

import io.vledger.raft.Raft;
import java.util.List;

/** What of other members' messages keeps this member from going on, for its status. Loop only. */
record Hindrances(PeerRefusals refusals, Contradictions contradictions) {
    /** Why this member neither leads nor follows; empty if nothing keeps it. */
    String conflict(Raft raft, long nowMs) {
        String contradiction = contradictions.reason();
        return contradiction.isEmpty() ? refusals.reason(raft, nowMs) : contradiction;
    }

    /** Whether it does not apply what is committed. */
    boolean waits() {
        return contradictions.waiting();
    }

    /** Why it does not apply what is committed; empty if it does. */
    String reason() {
        return contradictions.reason();
    }

    /** What is wrong with the group, one sentence each. */
    List<String> problems() {
        return contradictions.problems();
    }
}
