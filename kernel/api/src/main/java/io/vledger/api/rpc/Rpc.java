package io.vledger.api.rpc;

import io.vertx.core.Future;

/** Makes servers and clients of the remoting protocol; provided by the remoting plugin. */
public interface Rpc {
    /**
     * Listens on the event loop of the calling context.
     *
     * @param host address to bind
     * @param port port to bind; 0 for any free one
     * @return the server, or a failure that names address and cause
     */
    Future<RpcServer> listen(String host, int port, Handlers handlers);

    /** A client with one lazily opened connection to {@code address} ({@code host:port}), on the calling context's loop. */
    RpcClient client(String address);

    /**
     * A relay of requests to the node at {@code address} ({@code host:port}), on the calling context's loop.
     *
     * @throws IllegalArgumentException if the address is not one
     */
    RpcRelay relay(String address);

    /** A new, empty handler table. */
    Handlers newHandlers();
}
