package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.vledger.broker.state.StateText;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one queue that were given out together and are not acknowledged yet: at most {@value #MAX_MESSAGES}. What makes a receipt
 * valid is that it names start and pop time of a flight, and a message in it. Loop only.
 */
final class Flight {
    /** RocketMQ's bound of messages of one pop. */
    static final int MAX_MESSAGES = 32;

    /** By start, then by pop time: what tells the flights of a queue apart. */
    static final Comparator<Flight> ORDER =
            Comparator.comparingLong((Flight flight) -> flight.start).thenComparingLong(flight -> flight.popMs);

    /** Bound of the distance of a message from the start of its flight. */
    static final int MAX_DISTANCE = 4096;

    private static final int NOT_THERE = -1;
    private static final int HAS_DISTANCES = 1;
    private static final int SUSPENDED = 2;

    /** Where the pop began to look, at or before the first message. */
    final long start;
    /** When they were given out, milliseconds of the group's clock. */
    final long popMs;
    /** How long they are invisible, milliseconds. */
    final long invisibleMs;
    /** Distances of the messages from {@link #start}; null if they are the first ones, without gaps. */
    private final int @Nullable [] distances;

    /** Whether they were given back without being tried: what is stored again then counts no try more. */
    final boolean suspended;

    private final int count;
    /** Bit n is set while message n is not acknowledged. */
    private int open;

    /** Of the leader: messages whose acknowledgement is proposed. */
    int acking;
    /** Of the leader: messages that are proposed to leave this flight in another way. */
    int leaving;
    /** Of {@link Deadlines}. */
    Deadlines.@Nullable Tick tick;
    /** Of {@link Deadlines}: the queue that it belongs to. */
    @Nullable
    PopQueue queue;

    private Flight(long start, long popMs, long invisibleMs, int @Nullable [] distances, int count, boolean suspended) {
        this.suspended = suspended;
        this.start = start;
        this.popMs = popMs;
        this.invisibleMs = invisibleMs;
        this.distances = distances;
        this.count = count;
        this.open = count == Integer.SIZE ? -1 : (1 << count) - 1;
    }

    /** A flight of one message that was in another one. */
    static Flight changed(long queueOffset, long popMs, long invisibleMs, boolean suspended) {
        return new Flight(queueOffset, popMs, invisibleMs, null, 1, suspended);
    }

    /** A flight of the messages at these distances from {@code start}, ascending. */
    static Flight of(long start, long popMs, long invisibleMs, int[] distances) {
        boolean dense = true;
        for (int i = 0; i < distances.length; i++) {
            dense &= distances[i] == i;
        }
        return new Flight(start, popMs, invisibleMs, dense ? null : distances, distances.length, false);
    }

    /** Something to look a flight up with. */
    static Flight key(long start, long popMs) {
        return key(start, popMs, 0);
    }

    /** Something that receipts can be made for. */
    static Flight key(long start, long popMs, long invisibleMs) {
        return new Flight(start, popMs, invisibleMs, null, 0, false);
    }

    /** When they become visible again, milliseconds of the group's clock. */
    long deadlineMs() {
        long sum = popMs + invisibleMs;
        return sum < popMs ? Long.MAX_VALUE : sum;
    }

    /** The messages that are not acknowledged, a bit for each. */
    int open() {
        return open;
    }

    int openCount() {
        return Integer.bitCount(open);
    }

    /** Messages leave; the bits that were set. */
    int close(int messages) {
        int closed = open & messages;
        open &= ~messages;
        return closed;
    }

    /** The bit of a message, or 0 if the queue offset is not one of this flight. */
    int bitOf(long queueOffset) {
        int index = indexOf(queueOffset);
        return index == NOT_THERE ? 0 : 1 << index;
    }

    private int indexOf(long queueOffset) {
        long distance = queueOffset - start;
        int[] gaps = distances;
        if (distance < 0) {
            return NOT_THERE;
        }
        if (gaps == null) {
            return distance < count ? (int) distance : NOT_THERE;
        }
        for (int i = 0; i < gaps.length; i++) {
            if (gaps[i] == distance) {
                return i;
            }
        }
        return NOT_THERE;
    }

    /** The queue offset of message {@code index}. */
    long queueOffset(int index) {
        int[] gaps = distances;
        return start + (gaps == null ? index : gaps[index]);
    }

    /** The lowest queue offset that is not acknowledged; there is one. */
    long lowest() {
        return queueOffset(Integer.numberOfTrailingZeros(open));
    }

    /**
     * Appends: long start, long popMs, long invisibleMs, int open, byte count, a byte of bits (1: distances follow, 2: suspended), an int
     * for each distance.
     */
    void write(ByteBuf target) {
        target.writeLong(start).writeLong(popMs).writeLong(invisibleMs).writeInt(open);
        writeMessages(target, count, distances, suspended);
    }

    /** Appends which messages there are. */
    static void writeMessages(ByteBuf target, int count, int @Nullable [] distances) {
        writeMessages(target, count, distances, false);
    }

    private static void writeMessages(ByteBuf target, int count, int @Nullable [] distances, boolean suspended) {
        target.writeByte(count).writeByte((distances == null ? 0 : HAS_DISTANCES) | (suspended ? SUSPENDED : 0));
        if (distances != null) {
            for (int distance : distances) {
                target.writeInt(distance);
            }
        }
    }

    /** A flight of the messages that {@link #writeMessages} wrote. */
    static Flight readMessages(ByteBuf source, long start, long popMs, long invisibleMs) {
        int count = StateText.count(source.readByte(), MAX_MESSAGES, "messages given out together");
        byte more = source.readByte();
        boolean suspended = (more & SUSPENDED) != 0;
        if ((more & HAS_DISTANCES) == 0) {
            return new Flight(start, popMs, invisibleMs, null, count, suspended);
        }
        int[] distances = new int[count];
        for (int i = 0; i < count; i++) {
            distances[i] = StateText.count(source.readInt(), MAX_DISTANCE, "as distance");
        }
        return new Flight(start, popMs, invisibleMs, distances, count, suspended);
    }

    static Flight read(ByteBuf source) {
        long start = source.readLong();
        long popMs = source.readLong();
        long invisibleMs = source.readLong();
        int open = source.readInt();
        Flight flight = readMessages(source, start, popMs, invisibleMs);
        flight.open &= open;
        return flight;
    }
}
