package io.vledger.broker.group;

import io.vledger.api.rpc.RpcRequest;

/**
 * Takes over requests that this member began to serve as the leader and cannot complete because it no longer leads. Nothing was done
 * about them, so another member can serve them. Loop only.
 */
@FunctionalInterface
public interface Rerouter {
    /** Takes over nothing: without forwarding no other member can be reached. */
    Rerouter NONE = request -> false;

    /**
     * Takes over a request, which must be detached or still within its handler.
     *
     * @return whether it was taken over; then it must not be answered here
     */
    boolean tryReroute(RpcRequest request);
}
