package io.vledger.raft;

/**
 * Consecutive entries of one term: from {@code firstIndex} to before the next run, or to the end of the log.
 *
 * @param firstIndex index of the first entry of the run; of the first run of a log, the index of its base
 */
public record TermRun(long firstIndex, long term) {}
