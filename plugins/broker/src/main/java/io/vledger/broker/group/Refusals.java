package io.vledger.broker.group;

import io.vledger.api.group.Refusal;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.protocol.ResponseCode;

/**
 * What a client is told when a proposal was refused. Both client generations retry a synchronous send on
 * {@code SERVICE_NOT_AVAILABLE} (14) and {@code SYSTEM_ERROR} (1); {@code SYSTEM_BUSY} (2) is retried by 5.x alone, so that an
 * overloaded broker is not hit again at once by older ones, as RocketMQ does.
 */
public final class Refusals {
    private Refusals() {}

    /** The response code. */
    public static int code(Refusal refusal) {
        return switch (refusal) {
            case NOT_LEADER, TRANSFERRING, DISK_FULL -> ResponseCode.SERVICE_NOT_AVAILABLE;
            case BUSY -> ResponseCode.SYSTEM_BUSY;
            case TOO_LARGE -> ResponseCode.MESSAGE_ILLEGAL;
            // Not 14, which says that nothing happened. A retry may store the message twice, as after a timeout.
            case UNKNOWN -> ResponseCode.SYSTEM_ERROR;
        };
    }

    /** Words for the client. */
    public static String remark(Refusal refusal, GroupBroker broker) {
        return switch (refusal) {
            case NOT_LEADER -> notLeader(broker);
            case TRANSFERRING -> "leadership of " + broker.group().name() + " is being handed over, try again";
            case DISK_FULL -> "disk full: " + broker.group().node() + " takes no messages until there is room";
            case BUSY -> "[REJECTREQUEST]system busy, start flow control for a while";
            case TOO_LARGE -> "the request is larger than an entry of the log may be";
            case UNKNOWN ->
                "leadership was lost before the outcome was known; the change may still take effect, and a retry may repeat"
                        + " it";
        };
    }

    private static String notLeader(GroupBroker broker) {
        String leader = broker.group().status().leader();
        String self = broker.group().node();
        if (leader == null || leader.equals(self)) {
            String reason = broker.group().status().reason();
            return self + " does not lead " + broker.group().name() + ", and no leader is known yet"
                    + (reason.isEmpty() ? "" : " (" + reason + ")") + "; try again";
        }
        String address = broker.group().status().members().stream()
                .filter(member -> member.node().equals(leader))
                .map(member -> member.clientAddress())
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("address not known yet");
        return self + " does not lead " + broker.group().name() + "; the leader is " + leader + " (" + address + ")";
    }

    /** Answers a request, unless nothing happened and another member may take it. */
    public static void reply(RpcRequest request, Refusal refusal, GroupBroker broker) {
        boolean movable = refusal == Refusal.NOT_LEADER || refusal == Refusal.TRANSFERRING;
        if (movable && broker.elsewhere().takes(request)) {
            return;
        }
        replyHere(request, refusal, broker);
    }

    /** Answers a request of which nothing was kept for another member. */
    public static void replyHere(RpcRequest request, Refusal refusal, GroupBroker broker) {
        request.reply(code(refusal), remark(refusal, broker));
    }
}
