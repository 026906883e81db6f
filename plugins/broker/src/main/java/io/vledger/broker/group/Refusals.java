package io.vledger.broker.group;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.state.BrokerState;
import io.vledger.protocol.ResponseCode;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests whose proposal was refused. Both client generations retry a synchronous send on {@code SERVICE_NOT_AVAILABLE}
 * (14) and {@code SYSTEM_ERROR} (1); {@code SYSTEM_BUSY} (2) is retried by 5.x alone, so that older clients do not hit an overloaded
 * broker again at once, as with RocketMQ. Loop only.
 */
public final class Refusals {
    private final Group group;
    private final BrokerState state;
    private final Rerouter rerouter;

    /** For one group. */
    public Refusals(Group group, BrokerState state, Rerouter rerouter) {
        this.group = group;
        this.state = state;
        this.rerouter = rerouter;
    }

    /** Answers a request, unless nothing was done about it and another member takes it over. */
    public void reply(RpcRequest request, Refusal refusal) {
        boolean nothingDone = refusal == Refusal.NOT_LEADER || refusal == Refusal.TRANSFERRING;
        if (!nothingDone || !tryReroute(request)) {
            replyHere(request, refusal);
        }
    }

    /** Answers a request that no other member can take over, because its content is not kept. */
    public void replyHere(RpcRequest request, Refusal refusal) {
        request.reply(code(refusal), remark(refusal));
    }

    /** Answers success, or as {@link #reply}. */
    public void replyOutcome(RpcRequest request, @Nullable Refusal refusal) {
        if (refusal == null) {
            request.reply(ResponseCode.SUCCESS, null);
        } else {
            reply(request, refusal);
        }
    }

    /** Hands a request that needs a leader to another member; false if there is no way to. */
    public boolean tryReroute(RpcRequest request) {
        return rerouter.tryReroute(request);
    }

    /** Refuses with code 14, naming the leader, unless this member leads. */
    public void requireLeader() {
        if (!state.leads()) {
            throw exception(Refusal.NOT_LEADER);
        }
    }

    /** A refusal as an exception for a handler to throw. */
    public RequestException exception(Refusal refusal) {
        return new RequestException(code(refusal), remark(refusal));
    }

    private static int code(Refusal refusal) {
        return switch (refusal) {
            case NOT_LEADER, TRANSFERRING, DISK_FULL -> ResponseCode.SERVICE_NOT_AVAILABLE;
            case BUSY -> ResponseCode.SYSTEM_BUSY;
            case TOO_LARGE -> ResponseCode.MESSAGE_ILLEGAL;
            // Not 14, which says that nothing happened. A retry may store the message twice, as after a timeout.
            case UNKNOWN -> ResponseCode.SYSTEM_ERROR;
        };
    }

    private String remark(Refusal refusal) {
        return switch (refusal) {
            case NOT_LEADER -> notLeader();
            case TRANSFERRING -> "leadership of " + group.name() + " is being transferred, try again";
            case DISK_FULL -> "disk full: " + group.node() + " takes no messages until there is room";
            case BUSY -> "[REJECTREQUEST]system busy, start flow control for a while";
            case TOO_LARGE -> "the request is larger than an entry of the log may be";
            case UNKNOWN ->
                "leadership was lost before the outcome was known; the change may still take effect, and a retry may repeat"
                        + " it";
        };
    }

    private String notLeader() {
        GroupStatus status = group.status();
        String leader = status.leader();
        String self = group.node();
        if (leader == null || leader.equals(self)) {
            return self + " does not lead " + group.name() + ", and no leader is known yet"
                    + (status.reason().isEmpty() ? "" : " (" + status.reason() + ")") + "; try again";
        }
        String address = status.leaderClientAddress();
        return self + " does not lead " + group.name() + "; the leader is " + leader + " ("
                + (address.isEmpty() ? "address not known yet" : address) + ")";
    }
}
