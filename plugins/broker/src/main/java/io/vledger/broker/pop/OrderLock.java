package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.StateText;
import io.vledger.protocol.json.JsonException;
import io.vledger.protocol.json.JsonFields;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages of a queue that were given out in order: nobody gets others of the queue before all of them are acknowledged or one of
 * them is visible again. Loop only.
 */
final class OrderLock {
    /** Snapshots of earlier builds named up to so many messages that were acknowledged behind others. */
    private static final int MAX_NAMED = 2 * Flight.MAX_MESSAGES;

    /** Names the attempt of the client that got them, so that it gets them again if the answer was lost; empty if it gave none. */
    final String attemptId;
    /** When they were given out, milliseconds of the group's clock. */
    final long popMs;

    final long invisibleMs;
    /** Queue offsets, ascending. */
    final long[] queueOffsets;
    /** How often each was given out before. */
    final int[] given;
    /** When each becomes visible again, milliseconds of the group's clock. */
    private final long[] visibleMs;
    /** Bit n is set while message n is not acknowledged. */
    private int open;

    private OrderLock(String attemptId, long popMs, long invisibleMs, long[] queueOffsets) {
        this.attemptId = attemptId;
        this.popMs = popMs;
        this.invisibleMs = invisibleMs;
        this.queueOffsets = queueOffsets;
        this.given = new int[queueOffsets.length];
        this.visibleMs = new long[queueOffsets.length];
        this.open = queueOffsets.length == Integer.SIZE ? -1 : (1 << queueOffsets.length) - 1;
    }

    /**
     * The lock that a pop makes which follows {@code before}: messages of both count one time more, but in the same attempt. What was
     * acknowledged behind a message that was not is given out again with it, in order, as by RocketMQ.
     */
    static OrderLock after(
            @Nullable OrderLock before, String attemptId, long popMs, long invisibleMs, long[] queueOffsets) {
        OrderLock lock = new OrderLock(attemptId, popMs, invisibleMs, queueOffsets);
        for (int i = 0; i < queueOffsets.length; i++) {
            lock.visibleMs[i] = plus(popMs, invisibleMs);
            int index = before == null ? -1 : before.indexOf(queueOffsets[i]);
            if (before != null && index >= 0) {
                lock.given[i] = before.given[index] + (before.isAttempt(attemptId) ? 0 : 1);
            }
        }
        return lock;
    }

    /**
     * The lock of an earlier broker: an {@code OrderInfo} of its {@code consumerOrderInfo.json}. Its fields: popTime, i invisible time, o the
     * first queue offset and the distances of the others from it, ot times that differ by queue offset, oc how often each was given out before,
     * cm the bits that are acknowledged, a the attempt.
     *
     * @return null if it holds nothing, or is none
     */
    static @Nullable OrderLock ofOrigin(Map<?, ?> info) {
        try {
            return readOrigin(info);
        } catch (JsonException none) {
            return null; // its group goes on at the consumer offset, which is behind what was given out
        }
    }

    private static @Nullable OrderLock readOrigin(Map<?, ?> info) {
        List<@Nullable Object> given = JsonFields.array(info, "o");
        long[] offsets = new long[given.size() > Flight.MAX_MESSAGES ? 0 : given.size()];
        for (int i = 0; i < offsets.length; i++) {
            if (!(given.get(i) instanceof Number number)) {
                return null;
            }
            offsets[i] = number.longValue() + (i == 0 ? 0 : offsets[0]);
            if (offsets[i] < 0 || (i > 0 && offsets[i] <= offsets[i - 1])) {
                return null;
            }
        }
        long popMs = JsonFields.longNumber(info, "popTime", -1);
        long invisibleMs = JsonFields.longNumber(info, "i", -1);
        if (offsets.length == 0 || popMs <= 0 || invisibleMs < 0) {
            return null;
        }
        OrderLock lock = new OrderLock(JsonFields.text(info, "a", ""), popMs, invisibleMs, offsets);
        lock.open &= ~(int) JsonFields.longNumber(info, "cm", 0);
        Map<?, ?> times = JsonFields.object(info, "ot");
        Map<?, ?> counts = JsonFields.object(info, "oc");
        for (int i = 0; i < offsets.length; i++) {
            String key = Long.toString(offsets[i]);
            lock.visibleMs[i] = JsonFields.longNumber(times, key, plus(popMs, invisibleMs));
            lock.given[i] = Math.max(0, JsonFields.number(counts, key, 0));
        }
        return lock;
    }

    private static long plus(long ms, long more) {
        long sum = ms + more;
        return sum < ms ? Long.MAX_VALUE : sum;
    }

    /** Whether this is what an attempt of a client got. */
    boolean isAttempt(@Nullable String other) {
        return !attemptId.isEmpty() && attemptId.equals(other);
    }

    int indexOf(long queueOffset) {
        for (int i = 0; i < queueOffsets.length; i++) {
            if (queueOffsets[i] == queueOffset) {
                return i;
            }
        }
        return -1;
    }

    int openCount() {
        return Integer.bitCount(open);
    }

    void ack(int index) {
        open &= ~(1 << index);
    }

    boolean acked(int index) {
        return (open & 1 << index) == 0;
    }

    void visibleAt(int index, long ms) {
        visibleMs[index] = ms;
    }

    /** The next message to consume: the first that is not acknowledged, or the one after all of them. */
    long next() {
        return open == 0
                ? queueOffsets[queueOffsets.length - 1] + 1
                : queueOffsets[Integer.numberOfTrailingZeros(open)];
    }

    /** Until when the queue is locked, if nothing is acknowledged meanwhile; {@link Long#MIN_VALUE} if it is not. */
    long lockedUntilMs() {
        long latest = Long.MIN_VALUE;
        for (int i = 0; i < queueOffsets.length; i++) {
            if (!acked(i)) {
                latest = Math.max(latest, visibleMs[i]);
            }
        }
        return latest;
    }

    /**
     * Appends: text attempt, long popMs, long invisibleMs, int open, byte n, n times long queue offset, int given, long visibleMs; byte 0.
     */
    void write(ByteBuf target) {
        StateText.write(target, attemptId);
        target.writeLong(popMs).writeLong(invisibleMs).writeInt(open).writeByte(queueOffsets.length);
        for (int i = 0; i < queueOffsets.length; i++) {
            target.writeLong(queueOffsets[i]).writeInt(given[i]).writeLong(visibleMs[i]);
        }
        target.writeByte(0);
    }

    static OrderLock read(ByteBuf source) {
        String attemptId = StateText.read(source);
        long popMs = source.readLong();
        long invisibleMs = source.readLong();
        int open = source.readInt();
        long[] offsets = new long[StateText.count(source.readByte(), Flight.MAX_MESSAGES, "messages in order")];
        int[] given = new int[offsets.length];
        long[] visibleMs = new long[offsets.length];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = source.readLong();
            given[i] = source.readInt();
            visibleMs[i] = source.readLong();
        }
        source.skipBytes(
                Long.BYTES * StateText.count(source.readByte(), MAX_NAMED, "messages acknowledged behind others"));
        OrderLock lock = new OrderLock(attemptId, popMs, invisibleMs, offsets);
        lock.open = open;
        System.arraycopy(given, 0, lock.given, 0, given.length);
        System.arraycopy(visibleMs, 0, lock.visibleMs, 0, visibleMs.length);
        return lock;
    }
}
