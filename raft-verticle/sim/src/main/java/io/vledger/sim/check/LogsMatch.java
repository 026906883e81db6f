package io.vledger.sim.check;

import io.vledger.api.store.LogBatch;
import java.util.HashMap;
import java.util.Map;

/** Index and term name one entry, and everything before it (paper 5.3). */
final class LogsMatch {
    /**
     * What an index and a term stand for.
     *
     * @param bytes fingerprint of the whole record
     * @param termBefore term of the entry before
     */
    private record Meaning(int bytes, long termBefore) {}

    private record Name(long index, long term) {}

    private final Map<Name, Meaning> meanings = new HashMap<>();

    void appended(Member member, LogBatch batch, long termBefore) {
        long before = termBefore;
        for (long index = batch.firstIndex(); index <= batch.lastIndex(); index++) {
            long term = batch.termAt(index);
            Meaning meaning = new Meaning(Fingerprint.of(batch, index), before);
            Meaning known = meanings.putIfAbsent(new Name(index, term), meaning);
            if (known != null && !known.equals(meaning)) {
                throw new Broken(member.id() + " has another entry " + index + " of term " + term
                        + " than others, or another one before it");
            }
            before = term;
        }
    }
}
