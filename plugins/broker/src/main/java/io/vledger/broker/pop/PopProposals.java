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
 * {@link EntryPace} says when. Each operation hears whether it fitted the state, which the log's order decides. Leader, loop only.
 */
final class PopProposals {
    /** So many do not wait for the entry before them. */
    private static final int MAX_OPERATIONS = 256;

    private static final int BYTES_PER_OPERATION = 96;

    private final Group group;
    private List<Operation> gathered = new ArrayList<>();
    private int gatheredPops;
    private final Map<Flight, Operation> acks = new HashMap<>();
    /** Operations that are proposed and not applied, in their order. */
    private final ArrayDeque<Operation> proposed = new ArrayDeque<>();

    private boolean flushQueued;
    private final EntryPace pace = new EntryPace();

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
        private boolean pops;
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
        add(writer, false, result);
    }

    /** Gathers one that gives messages to a consumer. */
    void pop(Consumer<ByteBuf> writer, Result result) {
        add(writer, true, result);
    }

    private void add(Consumer<ByteBuf> writer, boolean pops, Result result) {
        Operation operation = new Operation(writer, null, null);
        operation.results.add(result);
        operation.pops = pops;
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
        gatheredPops += operation.pops ? 1 : 0;
        flushSoon();
    }

    /** Once everything that the loop has read is gathered, unless it is not time for an entry: that comes back here. */
    private void flushSoon() {
        if (!flushQueued && !gathered.isEmpty() && pace.ready(gathered.size(), gatheredPops)) {
            flushQueued = true;
            group.execute(() -> {
                flushQueued = false;
                flush();
            });
        }
    }

    /** The outcome of an entry is known. */
    private void ended(List<Operation> operations, EntryPace.Size size, @Nullable Refusal outcome) {
        int wait = pace.ended(size, new EntryPace.Size(gathered.size(), gatheredPops));
        if (wait != 0) {
            group.schedule(EntryPace.LONGEST_MS, () -> {
                pace.over(wait);
                flushSoon();
            });
        }
        flushSoon();
        operations.forEach(operation -> operation.done(outcome));
    }

    private void flush() {
        if (gathered.isEmpty()) {
            return;
        }
        List<Operation> operations = gathered;
        gathered = new ArrayList<>();
        EntryPace.Size size = new EntryPace.Size(operations.size(), gatheredPops);
        gatheredPops = 0;
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
                pace.began();
                group.submit(outcome -> ended(operations, size, outcome));
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
