package io.vledger.raft;

/**
 * The newest start of a member that another one has heard of. Of one memory, counts only rise and a count has one run; a member
 * that announces anything else has gone back in time.
 *
 * @param incarnation number of the memory
 * @param count see {@link MemberStart}
 * @param run see {@link MemberStart}
 */
public record SeenStart(long incarnation, long count, long run) {
    /** Whether a start is of a memory that is older than what was seen here. */
    boolean outdates(SeenStart other) {
        if (other.incarnation != incarnation) {
            return other.incarnation < incarnation;
        }
        return other.count < count || (other.count == count && other.run != run);
    }
}
