package io.vledger.raft;

import java.util.Map;
import java.util.TreeMap;

/**
 * The member list as it stands in the log: for each member the incarnation that the group relies on; 0 for one that was never
 * admitted.
 *
 * @param incarnations by member id; complete
 */
public record Members(Map<String, Long> incarnations) {
    /** Copies the map. */
    public Members {
        incarnations = Map.copyOf(incarnations);
    }

    /** The list before any was committed: all members, none admitted. */
    public static Members initial(Iterable<String> ids) {
        Map<String, Long> none = new TreeMap<>();
        ids.forEach(id -> none.put(id, 0L));
        return new Members(none);
    }

    /** The admitted incarnation of a member; 0 if there is none. */
    public long incarnation(String id) {
        return incarnations.getOrDefault(id, 0L);
    }

    /** This list with one member's incarnation replaced. */
    public Members with(String id, long incarnation) {
        Map<String, Long> changed = new TreeMap<>(incarnations);
        changed.put(id, incarnation);
        return new Members(changed);
    }
}
