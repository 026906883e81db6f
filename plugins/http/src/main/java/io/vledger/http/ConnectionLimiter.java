package io.vledger.http;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vledger.api.net.AddressCounts;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the number of connections, and the time that each has for the header of a request. An idle limit does not do it: a
 * client that sends a byte now and then is never idle. Loop only.
 */
final class ConnectionLimiter implements Handler<HttpServerRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimiter.class);
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final HttpLimits limits;
    private final Handler<HttpServerRequest> next;
    /** Of each connection the timer that ends its wait for a header; none while a request is being answered. */
    private final Map<HttpConnection, Long> timers = new HashMap<>();

    private final AddressCounts byAddress;
    private boolean full;

    /** @param next answers the requests */
    ConnectionLimiter(Vertx vertx, HttpLimits limits, Handler<HttpServerRequest> next) {
        this.vertx = vertx;
        this.limits = limits;
        this.byAddress = new AddressCounts(limits.connectionsPerAddress());
        this.next = next;
    }

    /** A connection has been opened. */
    void opened(HttpConnection connection) {
        if (timers.size() >= limits.maxConnections()) {
            if (!full) {
                full = true;
                LOG.warn("HTTP connections beyond {} are closed at once", limits.maxConnections());
            }
            connection.close();
            return;
        }
        full = false;
        InetAddress address = RemoteAddress.of(connection);
        if (address != null && !byAddress.add(address)) {
            LOG.debug(
                    "an HTTP connection from {} is closed at once: it has {}", address, limits.connectionsPerAddress());
            connection.close();
            return;
        }
        connection.closeHandler(closed -> {
            if (address != null) {
                byAddress.remove(address);
            }
            cancel(timers.remove(connection));
        });
        awaitHeader(connection);
    }

    /** The header of a request is whole. */
    @Override
    public void handle(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        cancel(timers.replace(connection, NO_TIMER));
        request.response().endHandler(ended -> {
            if (timers.containsKey(connection)) { // the end of a connection ends its response too
                awaitHeader(connection);
            }
        });
        next.handle(request);
    }

    private void awaitHeader(HttpConnection connection) {
        long timer = vertx.setTimer(limits.headerMs(), unused -> {
            LOG.debug("closing the connection from {}: no complete request came", connection.remoteAddress());
            connection.close();
        });
        cancel(timers.put(connection, timer));
    }

    private void cancel(@Nullable Long timer) {
        if (timer != null && timer != NO_TIMER) {
            vertx.cancelTimer(timer);
        }
    }
}
