package io.vledger.api.rpc;

import io.vertx.core.Future;
import io.vledger.api.net.HostPort;
import java.net.InetSocketAddress;

/** Makes servers and clients of the remoting protocol; provided by the remoting plugin. */
public interface Rpc {
    /**
     * Listens on the event loop of the calling context. If a listener of the same owner has the address, running or
     * {@linkplain RpcServer#suspend() suspended}, it is taken over with its connections: from one moment on, requests go to
     * these handlers on this loop. Attachments and callbacks of connections are gone then; what the old owner asked to be
     * {@linkplain RpcRequest#replayToNextOwner replayed} is shown to the handlers first.
     *
     * @param owner who listens, such as {@code broker/a}. What follows {@code broker/} is the name of a group, which filters
     *     are notified; nobody takes over from an empty owner
     * @param host address to bind
     * @param port port to bind; 0 for any free one
     * @return the server, or a failure that names address and cause
     */
    Future<RpcServer> listen(String owner, String host, int port, Handlers handlers);

    /** Listens for an owner that nobody takes over from. */
    default Future<RpcServer> listen(String host, int port, Handlers handlers) {
        return listen("", host, port, handlers);
    }

    /** Whether there is a listener of this owner that can be taken over. Any thread. */
    boolean listening(String owner, String host, int port);

    /** A client with one lazily opened connection to {@code address} ({@code host:port}), on the calling context's loop. */
    RpcClient client(String address);

    /** As {@link #client(String)}, with handlers of what the server asks the client. */
    RpcClient client(String address, Handlers handlers);

    /**
     * A client of a listener of this process, on the calling context's loop, for a plugin that speaks for clients of another protocol.
     * Its connection needs no socket, and is like any other to who listens: filters, relaying, congestion, take-over.
     *
     * @param owner owner of the listener, see {@link #listen}
     * @param listener host and port that it was asked to bind
     * @param client what the listener takes for the client's address
     * @param handlers serve what the listener asks the client
     */
    RpcClient inProcess(String owner, HostPort listener, InetSocketAddress client, Handlers handlers);

    /**
     * As {@link #client(String)}, of a node of this deployment: encrypted where nodes encrypt what they send each other, and signed by
     * the {@link RequestSigner}, if there is one.
     */
    default RpcClient memberClient(String address) {
        return client(address);
    }

    /** As {@link #memberClient(String)}, with handlers of what the node asks in turn. */
    default RpcClient memberClient(String address, Handlers handlers) {
        return client(address, handlers);
    }

    /**
     * A relay of requests to the node at {@code address} ({@code host:port}), on the calling context's loop.
     *
     * @throws IllegalArgumentException if the address is not one
     */
    RpcRelay relay(String address);

    /** A new, empty handler table. */
    Handlers newHandlers();
}
