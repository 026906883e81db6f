package io.vledger.sim.check;

import java.util.HashMap;
import java.util.Map;

/**
 * A message that a consumer acknowledged never comes back, and one that is tried again is stored again once: each time that it is shown
 * it counts more attempts than the time before. An answer may be on its way for long, so only pops that were asked for after the other
 * answer was heard count.
 */
public final class PoppedOnce {
    private final Map<String, Long> acknowledgedAt = new HashMap<>();
    private final Map<String, Showing> shown = new HashMap<>();

    private record Showing(int attempt, long heardAt) {}

    /** Nothing was shown yet. */
    public PoppedOnce() {}

    /**
     * A consumer was shown a message.
     *
     * @param askedAt when its pop was asked for
     * @param heardAt when the answer came, by the same clock
     */
    public void shown(String body, int attempt, long askedAt, long heardAt) {
        if (acknowledgedAt.getOrDefault(body, Long.MAX_VALUE) < askedAt) {
            throw new Broken(body + " was acknowledged and comes back");
        }
        Showing before = shown.get(body);
        if (before != null && before.heardAt < askedAt && attempt <= before.attempt) {
            throw new Broken(body + " is shown as attempt " + attempt + " after attempt " + before.attempt);
        }
        if (before == null || attempt > before.attempt) {
            shown.put(body, new Showing(attempt, heardAt));
        }
    }

    /** The acknowledgement of a message was answered with success. */
    public void acknowledged(String body, long heardAt) {
        acknowledgedAt.putIfAbsent(body, heardAt);
    }

    /** Messages that were acknowledged. */
    public int acknowledgedCount() {
        return acknowledgedAt.size();
    }

    /** Messages that were shown more than once. */
    public long repeatedCount() {
        return shown.values().stream().filter(last -> last.attempt > 0).count();
    }
}
