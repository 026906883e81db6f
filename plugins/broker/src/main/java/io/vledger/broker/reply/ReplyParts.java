package io.vledger.broker.reply;

import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vledger.api.group.Group;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.broker.client.ProducerRegistry;
import io.vledger.broker.group.OtherMembers;
import io.vledger.broker.group.Refusals;
import io.vledger.broker.routing.RequestTable;
import io.vledger.broker.routing.RoutingPolicy;
import io.vledger.protocol.RequestCode;
import io.vledger.protocol.ResponseCode;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** Builds what a group's broker does about request-reply. Loop only. */
public final class ReplyParts {
    private final OtherMembers others;
    private final ReplyPush push;
    private final ReplyHandler replies;

    /**
     * The parts of a broker.
     *
     * @param producers those that are connected to this member
     * @param store stores what a producer sends, and answers it; false if replies are not stored
     * @param storeHost this node's address, {@code host:port}
     * @param clock milliseconds since the epoch
     */
    public ReplyParts(
            Group group,
            ProducerRegistry producers,
            OtherMembers others,
            Refusals refusals,
            Predicate<RpcRequest> store,
            String storeHost,
            LongSupplier clock) {
        this.others = others;
        push = new ReplyPush(producers, others);
        replies = new ReplyHandler(group, push, refusals, store, storeHost, clock);
    }

    /** Adds the request handlers. */
    public void addTo(RequestTable requests) {
        requests.add(RoutingPolicy.CLIENT_CALL, RequestCode.SEND_REPLY_MESSAGE, replies);
        requests.add(RoutingPolicy.CLIENT_CALL, RequestCode.SEND_REPLY_MESSAGE_V2, replies);
        requests.add(RoutingPolicy.LOCAL, RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT, others.only(this::pushHere));
    }

    /** 326 from another member: a reply for a client that may be connected here. */
    private void pushHere(RpcRequest request) {
        ReplyPush.Reply reply = ReplyPush.Reply.of(request.fields(), ByteBufUtil.getBytes(request.body()));
        String requester = reply.requester();
        Future<Integer> pushed = requester == null ? null : push.here(requester, reply);
        if (pushed == null) {
            request.reply(ResponseCode.CONSUMER_NOT_ONLINE, "the client " + requester + " is not connected here");
        } else {
            pushed.onSuccess(code -> request.reply(code, null));
        }
    }
}
