package io.vledger.api.rpc;

/**
 * A request that can be handed on to another node with {@link RpcRelay}, or that another node handed on to this one. What a
 * server passes to its handlers is one; a handler that relays nothing needs only {@link RpcRequest}.
 */
public interface RelayableRequest extends RpcRequest {
    /**
     * Copies the request as it came, so that its parts outlive the handler's return and it can still be relayed.
     *
     * @return bytes that are held from now on
     */
    int keep();

    /** How many nodes relayed the request on its way here; 0 if the client sent it here itself. */
    int hops();

    /**
     * Gives a relayed request ({@link #hops()} above 0) back to the node that relayed it, which tries elsewhere. Instead of a
     * reply, and only if nothing was done about the request; within its handler or after {@link #keep()}.
     *
     * @throws IllegalStateException if the request was not relayed, or has been replied to
     */
    void giveBack();

    /** Runs a handler on a request that was kept, as the server does: whatever the handler throws is answered. */
    void serve(RequestHandler handler);
}
