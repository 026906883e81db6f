package io.vledger.broker.pop;

import io.vledger.api.group.Refusal;
import io.vledger.api.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one serving of a pop finds, until it is answered. Loop only. */
final class PopTurn {
    private final Pop pop;
    private final List<Portion> portions = new ArrayList<>(2);
    private long popMs;
    private long rest;
    private int messages;
    private int bytes;
    private int awaited;
    private @Nullable StoreException failure;
    private @Nullable Refusal refusal;

    PopTurn(Pop pop, long popMs) {
        this.pop = pop;
        this.popMs = popMs;
    }

    Pop pop() {
        return pop;
    }

    /** When the messages are given out: later than what they were given out with before. */
    long popMs() {
        return popMs;
    }

    List<Portion> portions() {
        return portions;
    }

    /** Messages that stay behind in the queues that were looked at. */
    long rest() {
        return rest;
    }

    int bytes() {
        return bytes;
    }

    /** How many messages more there may be. */
    int room() {
        return pop.maxMessages - messages;
    }

    boolean full(int maxBytes) {
        return messages >= pop.maxMessages || (messages > 0 && bytes >= maxBytes);
    }

    void pass(long left) {
        rest += left;
    }

    void add(Portion portion, int portionMessages, int portionBytes) {
        portions.add(portion);
        messages += portionMessages;
        bytes += portionBytes;
        OrderLock lock = portion.queue.lock();
        if (lock != null && lock.popMs >= popMs) {
            popMs = lock.popMs + 1;
        }
    }

    void fail(StoreException why) {
        failure = why;
    }

    @Nullable
    StoreException failure() {
        return failure;
    }

    @Nullable
    Refusal refusal() {
        return refusal;
    }

    /** So many portions will end. */
    void expect(int count) {
        awaited = count;
    }

    /** A portion ended, and is dropped unless it was taken and has messages; true with the last. */
    boolean ended(Portion portion, boolean taken, @Nullable Refusal why) {
        if (why != null) {
            refusal = why;
        }
        if (!taken || portion.messages() == 0) {
            portions.remove(portion);
            portion.release();
        }
        return --awaited == 0;
    }

    void release() {
        portions.forEach(Portion::release);
    }
}
