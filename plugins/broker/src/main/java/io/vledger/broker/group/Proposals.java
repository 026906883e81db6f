package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.protocol.ResponseCode;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Proposes changes for requests of tools, several changes of a kind in one entry, and answers with the outcome. Loop only. */
public final class Proposals {
    private final GroupBroker broker;

    /** Proposals to a group. */
    public Proposals(GroupBroker broker) {
        this.broker = broker;
    }

    /**
     * Proposes an entry.
     *
     * @param kind one of {@link BrokerEntry}
     * @param payload appends the payload
     * @param completion told once, at once if the proposal is not taken
     */
    public void propose(byte kind, Consumer<ByteBuf> payload, Completion completion) {
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer();
        Refusal refusal;
        try {
            payload.accept(buffer);
            refusal = broker.group().propose(kind, BrokerEntry.VERSION, buffer, completion);
        } finally {
            buffer.release();
        }
        if (refusal != null) {
            completion.done(refusal);
        }
    }

    /** Proposes an entry and answers the request when the outcome is known. */
    public void proposeAndReply(RpcRequest request, byte kind, Consumer<ByteBuf> payload) {
        propose(kind, payload, refusal -> reply(request, refusal));
    }

    /** Answers success, or a refusal in words. */
    public void reply(RpcRequest request, @Nullable Refusal refusal) {
        if (refusal == null) {
            request.reply(ResponseCode.SUCCESS, null);
        } else {
            Refusals.reply(request, refusal, broker);
        }
    }

    /** Refuses with code 14 that names the leader, unless this member leads. */
    public void mustLead() {
        if (!broker.state().leads()) {
            throw refused(Refusal.NOT_LEADER);
        }
    }

    /** The answer for a refusal. */
    public RequestException refused(Refusal refusal) {
        return new RequestException(Refusals.code(refusal), Refusals.remark(refusal, broker));
    }
}
