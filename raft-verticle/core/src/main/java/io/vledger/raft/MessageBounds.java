package io.vledger.raft;

/**
 * What a message may contain whatever the state of its receiver. Peers are not trusted to keep to it: everything that passes
 * can be added to, compared and looked up without overflow.
 */
final class MessageBounds {
    /** Bound of terms, indexes and rounds. */
    static final long MAX = 1L << 62;
    /**
     * By how much one message may raise a term. A member that was away for longer gets there in several steps; a forged term
     * costs a step for each frame, so that terms cannot run out.
     */
    static final long MAX_TERM_STEP = 1L << 16;

    private MessageBounds() {}

    /** Whether a message is within the bounds and does not contradict itself. */
    static boolean satisfiedBy(Message message) {
        if (!plausible(message.term())) {
            return false;
        }
        if (message instanceof Message.AppendRequest m) {
            return plausible(m.prevIndex(), m.prevTerm(), m.commit(), m.round(), m.termStart())
                    && m.prevTerm() <= m.term()
                    && entriesFollow(m);
        }
        if (message instanceof Message.AppendAccepted m) {
            return plausible(m.matchIndex(), m.round());
        }
        if (message instanceof Message.AppendRejected m) {
            return plausible(m.nextIndex(), m.conflictTerm(), m.rejectedPrev(), m.round());
        }
        if (message instanceof Message.VoteRequest m) {
            return plausible(m.lastIndex(), m.lastTerm()) && m.lastTerm() <= m.term();
        }
        if (message instanceof Message.InstallRequest m) {
            return plausible(m.baseIndex(), m.baseTerm()) && m.baseIndex() > 0 && m.baseTerm() <= m.term();
        }
        if (message instanceof Message.InstallReply m) {
            return plausible(m.index());
        }
        if (message instanceof Message.Conflict m) {
            return plausible(m.index(), m.entryTerm());
        }
        return !(message instanceof Message.MemoryOutdated m) || plausible(m.incarnation(), m.count());
    }

    private static boolean plausible(long... numbers) {
        for (long number : numbers) {
            if (number < 0 || number > MAX) {
                return false;
            }
        }
        return true;
    }

    private static boolean entriesFollow(Message.AppendRequest request) {
        Entries entries = request.entries();
        if (entries == null) {
            return true;
        }
        if (entries.firstIndex() != request.prevIndex() + 1
                || entries.lastIndex() < entries.firstIndex()
                || entries.lastIndex() > MAX) {
            return false;
        }
        long before = request.prevTerm();
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            long term = entries.termAt(index);
            if (term < before || term > request.term()) {
                return false;
            }
            before = term;
        }
        return true;
    }
}
