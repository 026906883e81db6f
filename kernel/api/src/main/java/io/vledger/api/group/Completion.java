package io.vledger.api.group;

import org.jspecify.annotations.Nullable;

/** Called with the outcome of a proposal, once, on the group's loop. */
@FunctionalInterface
public interface Completion {
    /** Ignores the outcome. */
    Completion NONE = refusal -> {};

    /**
     * The outcome.
     *
     * @param refusal null: the entry is committed and was applied here; else why not
     */
    void done(@Nullable Refusal refusal);
}
