package io.vledger.broker.forward;

import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcRelay;

/** A request that is relayed, or waits for a leader. Loop only. */
final class Held implements RpcRelay.Undone {
    final RelayableRequest request;
    /** Serves it on the leader, and says here why it cannot be served. */
    final RequestHandler handler;

    final Way way;
    /** Its place in the order of arrival. */
    final long number;

    final long arrivedMs;
    private final Forwarding forwarding;
    /** Until when it may wait. */
    long deadlineMs;
    /** Bytes that it holds while it waits. */
    int bytes;

    Held(Forwarding forwarding, RelayableRequest request, RequestHandler handler, Way way, long number, long nowMs) {
        this.forwarding = forwarding;
        this.request = request;
        this.handler = handler;
        this.way = way;
        this.number = number;
        this.arrivedMs = nowMs;
        this.deadlineMs = nowMs + Forwarding.PATIENCE_MS;
    }

    @Override
    public void givenBack(RelayableRequest same) {
        forwarding.givenBack(this);
    }

    @Override
    public void lost(RelayableRequest same, String why) {
        forwarding.lost(this, why);
    }
}
