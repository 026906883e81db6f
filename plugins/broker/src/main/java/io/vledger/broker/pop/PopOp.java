package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StateText;
import org.jspecify.annotations.Nullable;

/**
 * What the header of an entry of kind {@link PopState#TURN} consists of: everything of one turn, back to back. Part of the log format.
 * Each begins with a byte that says what it is, text group, text topic, int queue id; then
 *
 * <pre>
 * TAKE          long cursor expected, long start, long next cursor, long popMs, long invisibleMs, messages as in {@link Flight}
 * ACK           long start, long popMs, int messages, a bit for each
 * CHANGE        long start, long popMs, byte message (with 64 if it was not tried), long new popMs, long new invisibleMs
 * ORDER_TAKE    long consumer offset expected, long popMs expected (0: no lock), text attempt, long popMs, long invisibleMs,
 *               byte n, n longs queue offset; without messages: long where to go on
 * ORDER_ACK     long popMs, byte message
 * ORDER_CHANGE  long popMs, byte message, long visible at
 * </pre>
 *
 * <p>A REVIVE part has: text group, text topic, int queue id, long start, long popMs, int messages that leave, a bit for each.
 */
final class PopOp {
    static final byte TAKE = 1;
    static final byte ACK = 2;
    static final byte CHANGE = 3;
    static final byte ORDER_TAKE = 4;
    static final byte ORDER_ACK = 5;
    static final byte ORDER_CHANGE = 6;

    /** Of the byte of a message that changes. */
    static final int SUSPENDED = 64;

    private PopOp() {}

    private static void queue(ByteBuf target, PopQueue queue) {
        target.writeBytes(queue.names()).writeInt(queue.queueId);
    }

    /** The queue that an operation is about. */
    record Where(GroupTopic key, int queueId) {
        static Where read(KeyReader keys, ByteBuf source) {
            return new Where(keys.read(source), source.readInt());
        }
    }

    /**
     * Messages to be taken.
     *
     * @param expected the cursor for which this was planned
     * @param start where the pop began to look
     * @param next the cursor from then on
     * @param distances of the messages from the start; null if there are no gaps
     */
    record Take(long expected, long start, long next, int count, int @Nullable [] distances) {}

    static void take(ByteBuf target, PopQueue queue, Take take, long popMs, long invisibleMs) {
        queue(target.writeByte(TAKE), queue);
        target.writeLong(take.expected).writeLong(take.start).writeLong(take.next);
        target.writeLong(popMs).writeLong(invisibleMs);
        Flight.writeMessages(target, take.count, take.distances);
    }

    static void ack(ByteBuf target, PopQueue queue, Flight flight, int messages) {
        queue(target.writeByte(ACK), queue);
        target.writeLong(flight.start).writeLong(flight.popMs).writeInt(messages);
    }

    /**
     * A message to be invisible for another time.
     *
     * @param index of the message in its flight
     * @param suspended whether it was given back without being tried
     */
    record Change(int index, long popMs, long invisibleMs, boolean suspended) {}

    static void change(ByteBuf target, PopQueue queue, Flight flight, Change change) {
        queue(target.writeByte(CHANGE), queue);
        target.writeLong(flight.start).writeLong(flight.popMs);
        target.writeByte(change.index | (change.suspended ? SUSPENDED : 0));
        target.writeLong(change.popMs).writeLong(change.invisibleMs);
    }

    /**
     * Messages to be taken in order.
     *
     * @param expected the consumer offset for which this was planned
     * @param before pop time of the lock that it replaces, 0 for none
     * @param queueOffsets the messages; empty to go on at {@code next} only
     */
    record OrderTake(long expected, long before, String attemptId, long[] queueOffsets, long next) {}

    static void orderTake(ByteBuf target, PopQueue queue, OrderTake take, long popMs, long invisibleMs) {
        queue(target.writeByte(ORDER_TAKE), queue);
        target.writeLong(take.expected).writeLong(take.before);
        StateText.write(target, take.attemptId);
        target.writeLong(popMs).writeLong(invisibleMs).writeByte(take.queueOffsets.length);
        for (long queueOffset : take.queueOffsets) {
            target.writeLong(queueOffset);
        }
        if (take.queueOffsets.length == 0) {
            target.writeLong(take.next);
        }
    }

    static void orderAck(ByteBuf target, PopQueue queue, long popMs, int index) {
        queue(target.writeByte(ORDER_ACK), queue);
        target.writeLong(popMs).writeByte(index);
    }

    static void orderChange(ByteBuf target, PopQueue queue, long popMs, int index, long visibleMs) {
        queue(target.writeByte(ORDER_CHANGE), queue);
        target.writeLong(popMs).writeByte(index).writeLong(visibleMs);
    }

    /** The header of a part that stores messages again. */
    static void revive(ByteBuf target, PopQueue queue, Flight flight, int messages) {
        queue(target, queue);
        target.writeLong(flight.start).writeLong(flight.popMs).writeInt(messages);
    }
}
