package io.vledger.api.rpc;

import io.vertx.core.Future;

/** A listening server. */
public interface RpcServer {
    /** The bound port. */
    int port();

    /** Connections open now. */
    int connections();

    /**
     * Stops listening and closes all connections, so that clients try at once elsewhere what was not answered; what they have
     * sent and was not given to a handler never is. A client that does not close its end has some 300 ms. Does nothing once somebody else has taken the listener over.
     */
    Future<Void> close();

    /**
     * Serves nothing more, but keeps socket and connections for the one who takes them over: see {@link Rpc#listen}. Requests
     * that arrive wait, at the clients if there are many. If nobody has come after some 10 s the server closes.
     */
    Future<Void> suspend();
}
