package io.vledger.broker.pop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.broker.state.PartEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what requests want of {@link PopState} and proposes it as one entry: acknowledgements of the same flight become one operation.
 * While an entry is on its way to the disks of a majority the next one fills, and after one of several operations for {@value #GAP_MS} ms or until it
 * has {@value #ENOUGH}, since what an entry costs is hardly what is in it: three flushes. What a single consumer wants does not wait. Each
 * operation hears whether it fitted the state, which the log's order decides. Leader, loop only.
 */
final class PopProposals {
    /** So many do not wait for the entry before them. */
    private static final int MAX_OPERATIONS = 128;

    private static final int BYTES_PER_OPERATION = 96;
    /** Time between the beginnings of two entries where many ask, milliseconds. */
    private static final int GAP_MS = 4;
    /** An entry of so many operations is of more than one or two consumers. */
    private static final int SEVERAL = 6;
    /** An entry of so many costs each of them little, so that waiting for more would cost throughput for nothing. */
    private static final int ENOUGH = 32;

    private final Group group;
    private List<Operation> gathered = new ArrayList<>();
    private final Map<Flight, Operation> acks = new HashMap<>();
    /** Operations that are proposed and not applied, in their order. */
    private final ArrayDeque<Operation> proposed = new ArrayDeque<>();

    private boolean flushQueued;
    /** Entries that are proposed and whose outcome is not known. */
    private int underWay;
    /** The last entry began just now. */
    private boolean gap;
    /** Which distance {@link #gap} is of. */
    private int gaps;

    PopProposals(Group group) {
        this.group = group;
    }

    /** Hears of the end of an operation. */
    @FunctionalInterface
    interface Result {
        /**
         * It is committed and applied, or refused.
         *
         * @param fits whether it changed the state
         * @param refusal why it was not committed, or null
         */
        void done(boolean fits, @Nullable Refusal refusal);
    }

    private static final class Operation {
        private final @Nullable Consumer<ByteBuf> writer;
        private final @Nullable PopQueue queue;
        private final @Nullable Flight flight;
        private final List<Result> results = new ArrayList<>(1);
        private int messages;
        private boolean fits;

        Operation(@Nullable Consumer<ByteBuf> writer, @Nullable PopQueue queue, @Nullable Flight flight) {
            this.writer = writer;
            this.queue = queue;
            this.flight = flight;
        }

        void write(ByteBuf target) {
            if (writer != null) {
                writer.accept(target);
            } else if (queue != null && flight != null) {
                PopOp.ack(target, queue, flight, messages);
            }
        }

        void done(@Nullable Refusal refusal) {
            if (flight != null) {
                flight.acking &= ~messages;
            }
            results.forEach(result -> result.done(fits && refusal == null, refusal));
        }
    }

    /** Gathers an operation that {@code writer} appends as {@link PopOp} says. */
    void add(Consumer<ByteBuf> writer, Result result) {
        Operation operation = new Operation(writer, null, null);
        operation.results.add(result);
        gather(operation);
    }

    /** Gathers the acknowledgement of messages that are open and not leaving in another way. */
    void ack(PopQueue queue, Flight flight, int messages, Result result) {
        Operation known = acks.get(flight);
        if (known == null) {
            known = new Operation(null, queue, flight);
            acks.put(flight, known);
            gather(known);
            // A full turn was flushed just now: this one begins the next.
        }
        known.messages |= messages;
        known.results.add(result);
        flight.acking |= messages;
    }

    private void gather(Operation operation) {
        if (gathered.size() >= MAX_OPERATIONS) {
            flush();
            if (operation.flight != null) {
                acks.put(operation.flight, operation);
            }
        }
        gathered.add(operation);
        flushSoon();
    }

    /** Once everything that the loop has read is gathered, unless an entry is under way or began just now: that comes back here. */
    private void flushSoon() {
        if (!flushQueued && underWay == 0 && (!gap || gathered.size() >= ENOUGH) && !gathered.isEmpty()) {
            flushQueued = true;
            group.execute(() -> {
                flushQueued = false;
                flush();
            });
        }
    }

    private void flush() {
        if (gathered.isEmpty()) {
            return;
        }
        List<Operation> operations = gathered;
        gathered = new ArrayList<>();
        if (operations.size() >= SEVERAL) {
            gap = true;
            int mine = ++gaps;
            group.schedule(GAP_MS, () -> {
                if (mine == gaps) {
                    gap = false;
                    flushSoon();
                }
            });
        }
        acks.clear();
        ByteBuf header = PooledByteBufAllocator.DEFAULT.buffer(operations.size() * BYTES_PER_OPERATION);
        Refusal refusal;
        try {
            operations.forEach(operation -> operation.write(header));
            refusal = group.begin(PopState.TURN, BrokerEntry.VERSION, PartEntry.bytes(header.readableBytes(), 0));
            if (refusal == null) {
                PartEntry.beginHeader(group.buffer(), header.readableBytes());
                group.buffer().writeBytes(header);
                PartEntry.beginMessages(group.buffer(), 0);
                proposed.addAll(operations);
                underWay++;
                group.submit(outcome -> {
                    underWay--;
                    flushSoon();
                    operations.forEach(operation -> operation.done(outcome));
                });
            }
        } finally {
            header.release();
        }
        if (refusal != null) {
            Refusal why = refusal;
            operations.forEach(operation -> operation.done(why));
        }
    }

    /** The next operation that this leader proposed was applied. */
    void applied(boolean fits) {
        Operation operation = proposed.poll();
        if (operation != null) {
            operation.fits = fits;
        }
    }

    /** What was proposed is no more this member's: completions say what became of it. */
    void forgetLeadership() {
        proposed.clear();
    }
}
