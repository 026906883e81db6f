package io.vledger.raft;

/** Which entries a leader may commit by counting members that have them. */
@FunctionalInterface
interface CommitRule {
    /** Those of its own term, and with one of these all before it (paper 5.4.2). */
    CommitRule OWN_TERM_ONLY = (entryTerm, currentTerm) -> entryTerm == currentTerm;

    boolean committable(long entryTerm, long currentTerm);
}
