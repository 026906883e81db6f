package io.vledger.api.store;

/**
 * What lies just before the first entry of a log.
 *
 * @param index index of the last entry that is no longer there; 0 if the log begins at the beginning
 * @param term its term
 * @param position where the first record is or will be: the start of a segment; greater than 0 after retention, or when an
 *     older commit log is continued
 */
public record LogBase(long index, long term, long position) {
    /** The base of a new log. */
    public static final LogBase EMPTY = new LogBase(0, 0, 0);
}
