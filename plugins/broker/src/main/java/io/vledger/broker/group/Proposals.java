package io.vledger.broker.group;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vledger.api.group.Completion;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.state.BrokerEntry;
import io.vledger.protocol.ResponseCode;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Proposes small changes of the broker's state, and puts refusals in words for clients. Loop only. */
public final class Proposals {
    private final Group group;

    /** Proposals to a group. */
    public Proposals(Group group) {
        this.group = group;
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
            refusal = group.propose(kind, BrokerEntry.VERSION, buffer, completion);
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
            RequestException reason = refused(refusal);
            request.reply(reason.code(), reason.getMessage());
        }
    }

    /** Refuses with code 14 that names the leader, unless this member leads. */
    public void mustLead() {
        if (group.status().role() != GroupRole.LEADER) {
            throw refused(Refusal.NOT_LEADER);
        }
    }

    /** The answer for a refusal. Code 14 makes clients of both generations try again. */
    public RequestException refused(Refusal refusal) {
        String node = "node " + group.node();
        return switch (refusal) {
            case NOT_LEADER ->
                unavailable(node + " does not lead " + group.name() + "; " + whereTheLeaderIs(group.status()));
            case TRANSFERRING ->
                unavailable(node + " is handing the leadership of " + group.name() + " over; try again");
            case DISK_FULL -> unavailable("the disk of " + node + " is too full; free space or shorten the retention");
            case UNKNOWN ->
                unavailable(node + " lost the leadership of " + group.name()
                        + " before the outcome was known; the change may still happen");
            case BUSY -> new RequestException(ResponseCode.SYSTEM_BUSY, node + " is busy; try again");
            case TOO_LARGE ->
                new RequestException(ResponseCode.INVALID_PARAMETER, "the change is too large for one entry");
        };
    }

    private static RequestException unavailable(String remark) {
        return new RequestException(ResponseCode.SERVICE_NOT_AVAILABLE, remark);
    }

    private static String whereTheLeaderIs(GroupStatus status) {
        String leader = status.leader();
        if (leader == null || leader.equals(status.node())) {
            return "no leader is ready at the moment";
        }
        for (GroupStatus.Member member : status.members()) {
            if (member.node().equals(leader) && !member.clientAddress().isEmpty()) {
                return "the leader is " + leader + " at " + member.clientAddress();
            }
        }
        return "the leader is " + leader;
    }
}
