package io.vledger.broker.pop;

import io.vledger.broker.pop.PopClient.Popped;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a consumer group was answered about each message, and the rules that it must keep whatever happens to the leader. A broken one
 * throws.
 */
final class PopHistory {
    private final Set<String> sent = new HashSet<>();
    private final Set<String> acknowledged = new HashSet<>();
    /** Those that may not come back. */
    private final Set<String> consumed = new HashSet<>();

    private final Map<String, Long> invisibleUntilMs = new HashMap<>();
    private final Map<String, Integer> attempts = new HashMap<>();
    /** Of each queue, what was shown at which queue offset: for consumers in order only. */
    private final Map<Integer, TreeMap<Long, String>> shown = new HashMap<>();

    private final boolean order;

    /**
     * A history. Messages that are consumed in order are not counted in what is stored, and may come back if they were acknowledged
     * while one before them was not.
     */
    PopHistory(boolean order) {
        this.order = order;
    }

    void sent(String body) {
        sent.add(body);
    }

    /** A pop was answered with a message, at this time of the broker's clock. */
    void shown(Popped message, long nowMs, long invisibleMs) {
        String body = message.body();
        if (!sent.contains(body)) {
            throw new AssertionError(body + " was shown and never sent");
        }
        if (consumed.contains(body)) {
            throw new AssertionError(body + " was acknowledged and came back");
        }
        acknowledged.remove(body);
        if (nowMs < invisibleUntilMs.getOrDefault(body, Long.MIN_VALUE)) {
            throw new AssertionError(body + " was shown at " + nowMs + ", before its invisible time is over at "
                    + invisibleUntilMs.get(body));
        }
        Integer before = attempts.put(body, message.reconsumeTimes());
        if (!order && before != null && message.reconsumeTimes() <= before) {
            throw new AssertionError(body + " was shown as attempt " + message.reconsumeTimes() + " after " + before);
        }
        invisibleUntilMs.put(body, message.popMs() + invisibleMs);
        shown.computeIfAbsent(message.queueId(), id -> new TreeMap<>()).put(message.queueOffset(), body);
    }

    private boolean followsUnacknowledged(Popped message) {
        return !acknowledged.containsAll(shown.getOrDefault(message.queueId(), new TreeMap<>())
                .headMap(message.queueOffset())
                .values());
    }

    /** An acknowledgement was answered with success. */
    void acknowledged(Popped message) {
        acknowledged.add(message.body());
        if (!order || !followsUnacknowledged(message)) {
            consumed.add(message.body());
        }
        if (order) {
            invisibleUntilMs.remove(message.body());
        }
    }

    /** A change of the invisible time was answered with success. */
    void changed(Popped message, long invisibleMs) {
        invisibleUntilMs.put(message.body(), message.popMs() + invisibleMs);
    }

    /** The outcome of a change is unknown: it may have made the message visible earlier. */
    void maybeChanged(Popped message) {
        invisibleUntilMs.remove(message.body());
    }

    /** All is quiet: nothing may be missing. */
    void allAcknowledged() {
        Set<String> missing = new HashSet<>(sent);
        missing.removeAll(acknowledged);
        if (!missing.isEmpty()) {
            throw new AssertionError("never acknowledged, and not shown any more: " + missing);
        }
    }
}
