package io.vledger.grpc.wire;

import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import io.vledger.api.net.AddressCounts;
import io.vledger.api.net.WarningRate;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds connections of which nothing is known yet: how many one address may have, and how long each may take until it speaks HTTP. Before
 * that a connection is no connection for the HTTP server, and only its idle time would end it. Any thread.
 */
final class StrangerBounds {
    private static final Logger LOG = LoggerFactory.getLogger(StrangerBounds.class);

    private final Vertx vertx;
    private final ConnectionLimits limits;
    private final AddressCounts byAddress;
    /** The timers of connections that have not spoken yet, by the address and port of the other side. */
    private final Map<String, Long> silent = new ConcurrentHashMap<>();

    private final WarningRate warnings = new WarningRate();

    StrangerBounds(Vertx vertx, ConnectionLimits limits) {
        this.vertx = vertx;
        this.limits = limits;
        this.byAddress = new AddressCounts(limits.perAddress());
    }

    /** Whether a connection that was accepted is served; else it is closed. */
    boolean accept(NetSocket socket) {
        Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
        InetAddress address = channel.remoteAddress() instanceof InetSocketAddress remote ? remote.getAddress() : null;
        if (address != null && !byAddress.add(address)) {
            log(
                    socket,
                    "that address has as many as plugins.grpc.maxConnectionsPerAddress allows, " + limits.perAddress());
            var unused = channel.close();
            return false;
        }
        String key = socket.remoteAddress().toString();
        long timer = vertx.setTimer(limits.silentMs(), late -> {
            log(socket, "it has not begun to speak HTTP within " + limits.silentMs() + " ms");
            var unused = channel.close();
        });
        silent.put(key, timer);
        channel.closeFuture().addListener(closed -> {
            spoken(key);
            if (address != null) {
                byAddress.remove(address);
            }
        });
        return true;
    }

    /** The HTTP server has a connection. */
    void opened(HttpConnection connection) {
        spoken(connection.remoteAddress().toString());
    }

    private void spoken(String key) {
        Long timer = silent.remove(key);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    /** Says why a connection is closed, once a minute: anybody can cause it. */
    void log(NetSocket socket, String why) {
        if (warnings.admits()) {
            LOG.warn("closing a gRPC connection from {}: {}", socket.remoteAddress(), why);
        }
    }
}
