package io.vledger.sim.check;

import io.netty.buffer.ByteBuf;
import io.vledger.api.store.LogBatch;
import io.vledger.api.store.LogStore;
import io.vledger.api.store.StoreException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one member applied is what every member applies at that index, and no log loses it by a truncation. */
final class CommittedStays {
    private record Applied(byte kind, long position, int payload) {}

    private final Map<Long, Applied> applied = new HashMap<>();
    private final Map<Long, Long> terms = new HashMap<>();
    private long highest;

    /** Returns whether this is the first member to apply the index. */
    boolean applying(Member member, long index, byte kind, long position, ByteBuf payload) {
        Applied now = new Applied(kind, position, Fingerprint.of(payload));
        Applied known = applied.putIfAbsent(index, now);
        if (known != null && !known.equals(now)) {
            throw new Broken(member.id() + " applies another entry " + index + " than others did");
        }
        return known == null;
    }

    void applied(Member member, long index) {
        List<LogStore.TermRun> runs = member.store().log().terms();
        long base = member.store().log().base().index();
        for (long i = Math.min(index, Math.max(base, highest) + 1); i <= index; i++) {
            if (i >= base) {
                long term = termAt(runs, i);
                Long known = terms.putIfAbsent(i, term);
                if (known != null && known != term) {
                    throw new Broken(member.id() + " applied entry " + i + " of term " + term + ", others of " + known);
                }
            }
        }
        highest = Math.max(highest, index);
    }

    private static long termAt(List<LogStore.TermRun> runs, long index) {
        long term = 0;
        for (LogStore.TermRun run : runs) {
            if (run.firstIndex() <= index) {
                term = run.term();
            }
        }
        return term;
    }

    void truncating(Member member, LogStore log, long from) {
        for (long index = from; index <= Math.min(highest, log.lastIndex()); index++) {
            Long term = terms.get(index);
            if (term != null && term == termAt(log.terms(), index)) {
                throw new Broken(member.id() + " removes entry " + index + " of term " + term + ", which is committed");
            }
        }
    }

    long highest() {
        return highest;
    }

    /** Logs up to what is applied everywhere are the same bytes. */
    void compare(Member one, Member other, long upTo) throws StoreException {
        LogStore a = one.store().log();
        LogStore b = other.store().log();
        long index = Math.max(a.base().index(), b.base().index()) + 1;
        while (index <= Math.min(upTo, Math.min(a.lastIndex(), b.lastIndex()))) {
            LogBatch left = a.readBatch(index, 1);
            LogBatch right = b.readBatch(index, 1);
            try {
                if (!left.bytes().equals(right.bytes())) {
                    throw new Broken("entry " + index + " is not the same bytes on " + one.id() + " and " + other.id());
                }
                index = left.lastIndex() + 1;
            } finally {
                left.release();
                right.release();
            }
        }
    }
}
