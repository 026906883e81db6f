package io.vledger.broker.routing;

import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRelay;

/** A request that was relayed, or waits for a leader. Loop only. */
final class PendingForward implements RpcRelay.Undone {
    private final RequestRouter router;
    final RelayableRequest request;
    private final RequestTable.Entry entry;
    /** Its place in the order of arrival. */
    final long number;

    final long arrivedMs;
    /** Until when it may wait. */
    long deadlineMs;
    /** Bytes that it keeps while it waits. */
    int bytes;

    PendingForward(RequestRouter router, RelayableRequest request, RequestTable.Entry entry, long number, long nowMs) {
        this.router = router;
        this.request = request;
        this.entry = entry;
        this.number = number;
        this.arrivedMs = nowMs;
        this.deadlineMs = nowMs + RequestRouter.MAX_WAIT_MS;
    }

    RoutingPolicy policy() {
        return entry.policy();
    }

    /** Serves the request on the leader, and answers on another member why it cannot be served. */
    RequestHandler handler() {
        return entry.handler();
    }

    @Override
    public void givenBack(RelayableRequest same) {
        router.givenBack(this);
    }

    @Override
    public void lost(RelayableRequest same, String why) {
        router.lost(this, why);
    }
}
