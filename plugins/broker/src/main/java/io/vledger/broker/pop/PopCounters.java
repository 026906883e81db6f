package io.vledger.broker.pop;

import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/** Counts, on a leader, what became of messages that were not acknowledged in time. Loop only. */
public final class PopCounters {
    private static final int MAX_KEYS = 10_000;

    private final Map<GroupTopic, long[]> revived = new HashMap<>();

    /** Without any. */
    public PopCounters() {}

    void revived(GroupTopic key, boolean dead) {
        if (revived.size() < MAX_KEYS || revived.containsKey(key)) {
            revived.computeIfAbsent(key, absent -> new long[1])[0]++;
        }
    }

    /** Messages stored again, by group and topic; the arrays have one number each. */
    public Map<GroupTopic, long[]> revivedMessages() {
        return Collections.unmodifiableMap(revived);
    }
}
