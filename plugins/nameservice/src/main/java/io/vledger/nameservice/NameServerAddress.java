package io.vledger.nameservice;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.net.HostPort;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcServer;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One configured name server address, which this process serves if it is an address of this host, or leads here by other means,
 * and its port is free. Loop only.
 */
final class NameServerAddress {
    private static final Logger LOG = LoggerFactory.getLogger(NameServerAddress.class);

    private final Rpc rpc;
    private final Handlers handlers;
    private final String address;
    private final Runnable onChange;
    private final String host;
    private final int port;
    private final String bindHost;
    private final boolean leadsHere;
    private boolean onThisHost;
    private @Nullable RpcServer server;
    private @Nullable Future<Boolean> trying;
    private boolean foundTaken;
    private boolean closed;

    /**
     * An address that is not served here yet.
     *
     * @param service which address leads here without being this host's, and where listeners bind
     * @param onChange called when this process begins to serve the address
     */
    NameServerAddress(Rpc rpc, Handlers handlers, String address, NodeInfo.NameService service, Runnable onChange) {
        this.rpc = rpc;
        this.handlers = handlers;
        this.address = address;
        this.onChange = onChange;
        HostPort parsed = HostPort.of(address);
        this.host = parsed.host();
        this.port = parsed.port();
        this.leadsHere = address.equals(service.serves());
        this.bindHost = service.bindHost().isEmpty() ? host : service.bindHost();
    }

    String address() {
        return address;
    }

    boolean serving() {
        return server != null;
    }

    /** Finds out whether the address is one of this host. Fails if listeners are to bind one that is not. */
    Future<Void> resolve(Vertx vertx) {
        return vertx.executeBlocking(() -> bindHost.equals(host) || isOnThisHost(bindHost), false)
                .otherwise(false)
                .compose(bindable -> bindable
                        ? resolveServed(vertx)
                        : Future.failedFuture(new IllegalArgumentException("nameService.bindHost"
                                + " (vledgerNameServiceBindAddress) = " + bindHost
                                + ": is no address of this machine; name one that is, or 0.0.0.0 for all")));
    }

    private Future<Void> resolveServed(Vertx vertx) {
        return vertx.executeBlocking(() -> leadsHere || isOnThisHost(host), false)
                .otherwise(false)
                .map(own -> {
                    onThisHost = own;
                    return null;
                });
    }

    private static boolean isOnThisHost(String host) throws UnknownHostException, SocketException {
        for (InetAddress candidate : InetAddress.getAllByName(host)) {
            if (candidate.isLoopbackAddress()
                    || candidate.isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(candidate) != null) {
                return true;
            }
        }
        return false;
    }

    /** Binds the address if it may be served here and is free. Returns whether it is served here now. */
    Future<Boolean> bindIfFree() {
        if (server != null || !onThisHost || closed || rpc.listening(owner(), bindHost, port)) {
            return Future.succeededFuture(server != null);
        }
        return listen();
    }

    /** Takes the address over from another deployment of this plugin in this process, if that serves it. */
    Future<Boolean> takeOver() {
        boolean another = !closed && rpc.listening(owner(), bindHost, port);
        return another ? listen() : Future.succeededFuture(false);
    }

    private String owner() {
        return "nameservice/" + address;
    }

    private Future<Boolean> listen() {
        Future<Boolean> running = trying;
        if (running != null) {
            return running;
        }
        Promise<Boolean> promise = Promise.promise();
        trying = promise.future();
        rpc.listen(owner(), bindHost, port, handlers).onComplete(result -> {
            trying = null;
            if (result.failed()) {
                if (!foundTaken) {
                    foundTaken = true;
                    LOG.info(
                            "name server address {}: another process serves it; it is bound here once it is free",
                            address);
                }
                promise.complete(false);
            } else if (closed) {
                result.result().close();
                promise.complete(false);
            } else {
                server = result.result();
                LOG.info("name server address {}: served by this process, bound to {}", address, bindHost);
                onChange.run();
                promise.complete(true);
            }
        });
        return promise.future();
    }

    Future<Void> close() {
        closed = true;
        RpcServer open = server;
        server = null;
        return open == null ? Future.succeededFuture() : open.close();
    }
}
