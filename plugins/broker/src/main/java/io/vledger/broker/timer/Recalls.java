package io.vledger.broker.timer;

import io.vledger.protocol.message.MessageView;
import io.vledger.protocol.message.PropertyNames;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The recalls that count for what is delivered now: those that delivery has come by, which precede what they recall. One that is proposed
 * and not applied holds delivery back, as every timer does ({@link Timers#knownUntil}). Loop only, on a leader.
 */
final class Recalls {
    /** By {@code TIMER_OUT_MS}: topic and unique key of what is recalled. */
    private final TreeMap<Long, Set<String>> reached = new TreeMap<>();

    /** Forgets everything. */
    void clear() {
        reached.clear();
    }

    /** Delivery has come by a recall. */
    void reached(MessageView recall) {
        String topic = recall.property(PropertyNames.REAL_TOPIC);
        String recalled = recall.property(PropertyNames.TIMER_DEL_UNIQKEY);
        Long outMs = outMs(recall);
        if (topic != null && recalled != null && outMs != null) {
            reached.computeIfAbsent(outMs, key -> new HashSet<>()).add(name(topic, recalled));
        }
    }

    /** Whether a message is recalled. */
    boolean recalled(MessageView message) {
        if (reached.isEmpty()) {
            return false;
        }
        Long outMs = outMs(message);
        String topic = message.property(PropertyNames.REAL_TOPIC);
        String key = message.property(PropertyNames.UNIQ_KEY);
        if (outMs == null || topic == null || key == null) {
            return false;
        }
        return reached.getOrDefault(outMs, Set.of()).contains(topic + "+" + key);
    }

    /** Delivery has come to a time: recalls from long before have nothing to recall any more. */
    void forgetBefore(long timeMs) {
        if (!reached.isEmpty()) {
            reached.headMap(timeMs - TimerState.RECALL_SPAN_MS).clear();
        }
    }

    /** RocketMQ writes the key alone or, in later versions if configured so, the topic and a plus sign before it. */
    private static String name(String topic, String recalled) {
        return recalled.startsWith(topic + "+") ? recalled : topic + "+" + recalled;
    }

    private static @Nullable Long outMs(MessageView message) {
        String text = message.property(PropertyNames.TIMER_OUT_MS);
        if (text == null || text.isEmpty() || text.length() > 18) {
            return null;
        }
        return text.chars().allMatch(c -> c >= '0' && c <= '9') ? (Long) Long.parseLong(text) : null;
    }
}
