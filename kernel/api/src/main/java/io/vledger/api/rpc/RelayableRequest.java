package io.vledger.api.rpc;

import org.jspecify.annotations.Nullable;

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

    /** The connection over which the request came here: the client's, or that of the node that relayed it. */
    RpcConnection carrier();

    /**
     * Who sent the request, as access control has found out here or at the node that relayed it; empty for somebody who is let in by
     * address. Null if nobody has looked. What a relaying node says is worth no more than its {@link #carrier}.
     */
    @Nullable
    String identity();

    /**
     * Says who sent the request; travels with it when it is relayed.
     *
     * @param identity at most {@value #MAX_IDENTITY_BYTES} bytes in UTF-8
     */
    void identify(String identity);

    /** Bound of an {@link #identity}. */
    int MAX_IDENTITY_BYTES = 255;

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
