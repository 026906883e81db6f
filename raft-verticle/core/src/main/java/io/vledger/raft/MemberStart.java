package io.vledger.raft;

/**
 * What a member announces of its memory when a connection is made. All of it is as of the member's start, and durable.
 *
 * @param incarnation number of this memory
 * @param count how many times the member has started with it, this start included; 0 if it does not say
 * @param run a random number of this start
 * @param term its term
 * @param lastIndex the last entry of its log
 */
public record MemberStart(long incarnation, long count, long run, long term, long lastIndex) {
    /** A start of which only the incarnation is known. */
    public static MemberStart of(long incarnation) {
        return new MemberStart(incarnation, 0, 0, 0, 0);
    }

    /** What is remembered of it, over restarts too. */
    public SeenStart seen() {
        return new SeenStart(incarnation, count, run);
    }
}
