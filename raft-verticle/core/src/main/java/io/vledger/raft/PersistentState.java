package io.vledger.raft;

import java.util.List;

/**
 * What a member restores from its disk (paper, figure 2, persistent state). All of it is durable.
 *
 * @param memory the hard state
 * @param members the member list as of {@code commitIndex}
 * @param termRuns runs of the log in ascending order; the first one begins at the base, which is the entry before the first
 *     that is kept (0 of term 0 for a whole log)
 * @param lastIndex last entry of the log; the base if the log is empty
 * @param commitIndex an index that is known to be committed; at least the base
 */
public record PersistentState(
        Raft.Memory memory, Members members, List<TermRun> termRuns, long lastIndex, long commitIndex) {
    /** Copies the list. */
    public PersistentState {
        termRuns = List.copyOf(termRuns);
    }
}
