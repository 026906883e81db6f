package io.vledger.api.rpc;

import io.vertx.core.Future;

/** A listening server. */
public interface RpcServer {
    /** The bound port. */
    int port();

    /** Connections open now. */
    int connections();

    /** Stops listening and closes all connections. */
    Future<Void> close();
}
