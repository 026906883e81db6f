package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vledger.broker.state.ConsumerOffsets;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
import io.vledger.broker.state.StateText;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a group has popped of one queue of a topic and not acknowledged, and where it goes on. Loop only. */
final class PopQueue {
    private static final int MAX_FLIGHTS = 10_000_000;
    private static final int HAS_LOCK = 1;
    private static final int ALL_SHORTENED = 2;
    private static final int SOME_SHORTENED = 4;

    final GroupTopic key;
    final int queueId;
    /** The next message to pop, or {@link ConsumerOffsets#NONE} before the first pop. Not used by pops in order. */
    long cursor = ConsumerOffsets.NONE;

    /** Receipts of pops up to this time are void. */
    private long voidUntilMs = Long.MIN_VALUE;

    private final Shortened shortened = new Shortened();
    private final TreeMap<Flight, Flight> flights = new TreeMap<>(Flight.ORDER);
    private int inFlight;
    private @Nullable OrderLock lock;

    /** Of the leader: {@link #names}, once they were asked for. */
    private byte @Nullable [] encodedNames;

    /** Of the leader: how many takes are proposed and not applied. */
    int takes;
    /** Of the leader: the cursor after those takes. */
    long planned;
    /** Of the leader: a read or a take in order is under way, so that nobody else may pop. */
    boolean busy;
    /** Of the leader: somebody found nothing because too much is in flight or because it was busy. */
    boolean starved;

    PopQueue(GroupTopic key, int queueId) {
        this.key = key;
        this.queueId = queueId;
    }

    /** Group and topic as they are written. Not to be changed. */
    byte[] names() {
        byte[] known = encodedNames;
        if (known == null) {
            ByteBuf names = Unpooled.buffer();
            StateText.write(names, key.group());
            StateText.write(names, key.topic());
            known = ByteBufUtil.getBytes(names);
            encodedNames = known;
        }
        return known;
    }

    Collection<Flight> flights() {
        return flights.values();
    }

    /** Whether nothing that matters was applied to it. */
    boolean unborn() {
        return cursor == ConsumerOffsets.NONE && voidUntilMs == Long.MIN_VALUE && flights.isEmpty() && lock == null;
    }

    /** Messages in flight. */
    int inFlight() {
        OrderLock ordered = lock;
        return inFlight + (ordered == null ? 0 : ordered.openCount());
    }

    int flightCount() {
        return flights.size();
    }

    @Nullable
    OrderLock lock() {
        return lock;
    }

    void lock(@Nullable OrderLock newLock) {
        lock = newLock;
    }

    void add(Flight flight) {
        flight.queue = this;
        flights.put(flight, flight);
        inFlight += flight.openCount();
    }

    @Nullable
    Flight find(long start, long popMs) {
        return flights.get(Flight.key(start, popMs));
    }

    /** Messages leave a flight, which is forgotten with the last; the bits that were set. */
    int close(Flight flight, int messages) {
        int closed = flight.close(messages);
        inFlight -= Integer.bitCount(closed);
        if (flight.open() == 0) {
            flights.remove(flight);
        }
        return closed;
    }

    /** A message leaves a flight for another one that begins then. */
    void changed(Flight flight, int messages, Flight next) {
        close(flight, messages);
        if (next.deadlineMs() < flight.deadlineMs()) {
            shortened.add(next.start, next.popMs, flight.deadlineMs());
        }
    }

    Shortened shortened() {
        return shortened;
    }

    /** Whether any flight has this message open. */
    boolean holds(long queueOffset) {
        Flight from = Flight.key(queueOffset - Flight.MAX_DISTANCE, Long.MIN_VALUE);
        Flight to = Flight.key(queueOffset, Long.MAX_VALUE);
        for (Flight flight : flights.subMap(from, true, to, true).values()) {
            if ((flight.open() & flight.bitOf(queueOffset)) != 0) {
                return true;
            }
        }
        return false;
    }

    /** The lowest queue offset that is not acknowledged. */
    long lowest() {
        long lowest = cursor;
        for (Flight flight : flights.values()) {
            if (flight.start >= lowest) {
                break;
            }
            lowest = Math.min(lowest, flight.lowest());
        }
        return lowest;
    }

    /** A tool sends the group to a queue offset: what is in flight at this time is forgotten, and receipts of it say nothing more. */
    void reset(long queueOffset, long nowMs) {
        voidUntilMs = nowMs;
        shortened.clear();
        flights.clear();
        inFlight = 0;
        lock = null;
        cursor = queueOffset;
    }

    /** Whether a tool made the receipts of a pop void. */
    boolean isVoid(long popMs) {
        return popMs <= voidUntilMs;
    }

    /** Forgets what belongs to a leadership. */
    void forgetLeadership() {
        takes = 0;
        busy = false;
        starved = false;
        for (Flight flight : flights.values()) {
            flight.acking = 0;
            flight.leaving = 0;
            flight.tick = null;
        }
    }

    /**
     * Appends: int queue id, long cursor, long void until, int n, n flights, a byte whose bits say what follows: 1 the lock, 2 long
     * until when all messages count as shortened, 4 those that are.
     */
    void write(ByteBuf target) {
        target.writeInt(queueId).writeLong(cursor).writeLong(voidUntilMs).writeInt(flights.size());
        flights.values().forEach(flight -> flight.write(target));
        OrderLock ordered = lock;
        boolean all = shortened.allUntilMs() != Long.MIN_VALUE;
        boolean some = !shortened.isEmpty();
        target.writeByte((ordered == null ? 0 : HAS_LOCK) | (all ? ALL_SHORTENED : 0) | (some ? SOME_SHORTENED : 0));
        if (ordered != null) {
            ordered.write(target);
        }
        if (all) {
            target.writeLong(shortened.allUntilMs());
        }
        if (some) {
            shortened.write(target);
        }
    }

    static PopQueue read(GroupTopic key, ByteBuf source) {
        PopQueue queue = new PopQueue(key, source.readInt());
        queue.cursor = source.readLong();
        queue.voidUntilMs = source.readLong();
        int count = StateText.count(source.readInt(), MAX_FLIGHTS, "groups of messages in flight");
        for (int i = 0; i < count; i++) {
            queue.add(Flight.read(source));
        }
        byte more = source.readByte();
        if ((more & HAS_LOCK) != 0) {
            queue.lock = OrderLock.read(source);
        }
        if ((more & ALL_SHORTENED) != 0) {
            queue.shortened.allUntilMs(source.readLong());
        }
        if ((more & SOME_SHORTENED) != 0) {
            queue.shortened.read(source);
        }
        return queue;
    }
}
