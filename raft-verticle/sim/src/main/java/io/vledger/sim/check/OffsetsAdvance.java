package io.vledger.sim.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Consumer offsets are what some client committed, and never go back once a commit was acknowledged. The workload commits
 * rising values only.
 */
final class OffsetsAdvance {
    private final Map<String, Set<Long>> proposed = new HashMap<>();
    private final Map<String, Long> acknowledged = new HashMap<>();

    void proposed(String key, long value) {
        proposed.computeIfAbsent(key, k -> new HashSet<>()).add(value);
    }

    void acknowledged(String key, long value) {
        acknowledged.merge(key, value, Math::max);
    }

    /** The least that a read asked for now may find. */
    long least(String key) {
        return acknowledged.getOrDefault(key, -1L);
    }

    void read(Member member, String key, long least, long found) {
        if (found < least) {
            throw new Broken(member.id() + " answers consumer offset " + found + " of " + key + " after " + least
                    + " was acknowledged");
        }
        if (found >= 0 && !proposed.getOrDefault(key, Set.of()).contains(found)) {
            throw new Broken(
                    member.id() + " answers consumer offset " + found + " of " + key + ", which nobody ever committed");
        }
    }
}
