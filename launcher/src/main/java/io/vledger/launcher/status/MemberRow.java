package io.vledger.launcher.status;

/**
 * One line of the table.
 *
 * @param node node id
 * @param role its role in small letters; {@code down}, or {@code ?} if it is there and cannot be asked
 * @param term its term; -1 if it is not known
 * @param leader the leader that it knows; empty if it knows none, or was not asked
 * @param lagBytes bytes of the leader's log that it lacks; -1 if it is not known
 * @param lagEntries committed entries that it has not applied; -1 if it is not known
 * @param store type of its store; empty if it is not known
 * @param diskUsedPercent -1 if it is not known
 * @param health one or two words
 * @param note what is wrong with it, as a sentence; empty if nothing is
 */
public record MemberRow(
        String node,
        String role,
        long term,
        String leader,
        long lagBytes,
        long lagEntries,
        String store,
        int diskUsedPercent,
        String health,
        String note) {
    static final String DOWN = "down";
    static final String UNASKED = "?";
    static final String READY = "ready";

    /** Whether the member is as it should be. */
    boolean good() {
        return health.equals(READY);
    }
}
