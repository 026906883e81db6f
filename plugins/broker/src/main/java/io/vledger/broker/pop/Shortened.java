package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.StateText;
import java.util.Map;
import java.util.TreeMap;

/**
 * Messages of a queue whose invisible time was changed for one that ends sooner. Until the time that was promised before is over, a message
 * like that may have been tried again, so that a receipt from before the change does not say what became of it. Loop only.
 */
final class Shortened {
    /** More in one queue are not distinguished. */
    static final int MAX_MESSAGES = 1024;

    private final TreeMap<Long, Change> messages = new TreeMap<>();
    /** Until then nothing is known of any message of the queue, since there were too many. */
    private long allUntilMs = Long.MIN_VALUE;

    /**
     * The last change of a message for a shorter time.
     *
     * @param popMs of the receipt that it made
     * @param untilMs when the time of every receipt from before is over
     */
    private record Change(long popMs, long untilMs) {}

    /** A message has a new receipt, of {@code popMs}; the time of its last one was not over before {@code untilMs}. */
    void add(long queueOffset, long popMs, long untilMs) {
        if (messages.size() >= MAX_MESSAGES) {
            messages.values().removeIf(change -> change.untilMs <= popMs);
        }
        if (messages.size() >= MAX_MESSAGES) {
            messages.values().forEach(change -> allUntilMs = Math.max(allUntilMs, change.untilMs));
            messages.clear();
        }
        messages.merge(
                queueOffset,
                new Change(popMs, untilMs),
                (before, after) -> new Change(after.popMs, Math.max(before.untilMs, after.untilMs)));
    }

    /** Whether a receipt of this pop time may be from before such a change of the message. */
    boolean mayPrecede(long queueOffset, long popMs, long nowMs) {
        Change change = messages.get(queueOffset);
        return allUntilMs > nowMs || (change != null && popMs < change.popMs && change.untilMs > nowMs);
    }

    void clear() {
        messages.clear();
        allUntilMs = Long.MIN_VALUE;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    long allUntilMs() {
        return allUntilMs;
    }

    void allUntilMs(long ms) {
        allUntilMs = ms;
    }

    /** Appends: int n, n times: long queue offset, long popMs, long until. */
    void write(ByteBuf target) {
        target.writeInt(messages.size());
        for (Map.Entry<Long, Change> each : messages.entrySet()) {
            target.writeLong(each.getKey());
            target.writeLong(each.getValue().popMs).writeLong(each.getValue().untilMs);
        }
    }

    /** Takes what {@link #write} appended. */
    void read(ByteBuf source) {
        int count = StateText.count(source.readInt(), MAX_MESSAGES, "messages with a shorter invisible time");
        for (int i = 0; i < count; i++) {
            messages.put(source.readLong(), new Change(source.readLong(), source.readLong()));
        }
    }
}
