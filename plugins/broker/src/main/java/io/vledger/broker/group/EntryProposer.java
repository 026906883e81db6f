package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.Refusal;
import io.vledger.broker.state.BrokerEntry;
import java.util.function.Consumer;

/** Proposes entries whose payload is written for them alone. Loop only. */
public final class EntryProposer {
    private static final int PAYLOAD_BYTES = 128;

    private final Group group;

    /** Proposes to a group. */
    public EntryProposer(Group group) {
        this.group = group;
    }

    /**
     * Proposes an entry.
     *
     * @param kind one of {@link BrokerEntry}
     * @param payload appends the payload
     * @param done called once; at once if the proposal is refused
     */
    public void propose(byte kind, Consumer<ByteBuf> payload, Completion done) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(PAYLOAD_BYTES);
        Refusal refusal;
        try {
            payload.accept(buffer);
            refusal = group.propose(kind, BrokerEntry.VERSION, buffer, done);
        } finally {
            buffer.release();
        }
        if (refusal != null) {
            done.done(refusal);
        }
    }
}
