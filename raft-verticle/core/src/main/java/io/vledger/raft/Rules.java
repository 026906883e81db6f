package io.vledger.raft;

/**
 * Safety rules that a test may take out, to prove that their absence is noticed.
 *
 * @param commitRule which entries a leader may commit by counting
 * @param messagesChecked whether the content of messages is checked; see {@link MessageBounds} and {@link Violation}
 */
record Rules(CommitRule commitRule, boolean messagesChecked) {
    /** All of them, as in production. */
    static final Rules ALL = new Rules(CommitRule.OWN_TERM_ONLY, true);
}
