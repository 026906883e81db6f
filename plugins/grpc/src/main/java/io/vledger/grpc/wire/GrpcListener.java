package io.vledger.grpc.wire;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsDetector;
import io.vledger.api.tls.TlsSettings;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has an HTTP server serve a port on which encrypted clients and others are, as with RocketMQ's proxy, and on which strangers are bounded
 * before they speak HTTP: Vert.x's server can do neither. So the port is listened on here, with TLS a {@link TlsDetector} is put before
 * whatever the connection has in its pipeline, and the HTTP server is given the socket as if it had accepted it. To have it do so it must
 * listen somewhere: on a port of the loopback that serves nobody.
 */
public final class GrpcListener {
    /** What TLS negotiates for gRPC. */
    public static final String HTTP_2 = "h2";

    private static final String INNER_HOST = "127.0.0.1";
    private static final int MAX_PORT = 0xFFFF;
    /** Frames that wait for each other at most. */
    private static final int MAX_FLUSHES = 256;

    private final Vertx vertx;
    private final HttpServer http;
    private final TlsContexts tls;
    private final NetServerOptions options;
    private final StrangerBounds bounds;
    private @Nullable NetServer net;

    /**
     * Nothing listens yet.
     *
     * @param tls loaded when listening begins
     * @param options of the port
     */
    public GrpcListener(
            Vertx vertx, HttpServer http, TlsContexts tls, NetServerOptions options, ConnectionLimits limits) {
        this.vertx = vertx;
        this.http = http;
        this.tls = tls;
        this.options = options;
        this.bounds = new StrangerBounds(vertx, limits);
    }

    /** Listens; the port is served when this completes. */
    public Future<Void> listen(String host, int port) {
        http.connectionHandler(connection -> {
            if (connection.localAddress().port() == port) {
                bounds.opened(connection);
                writeTogether(connection);
            } else {
                var unused = connection.close(); // the inner port serves nobody
            }
        });
        return tls.load()
                .compose(loaded -> http.listen(-ThreadLocalRandom.current().nextInt(1, MAX_PORT), INNER_HOST))
                .compose(listening -> {
                    Handler<NetSocket> serve = acceptor(listening.actualPort());
                    NetServer front = vertx.createNetServer(options).connectHandler(socket -> accept(socket, serve));
                    net = front;
                    return front.listen(port, host).mapEmpty();
                });
    }

    /**
     * What is written in one turn of the loop goes to the socket together. Vert.x flushes each frame by itself unless it is reading, and
     * answers come from brokers: two system calls a call, and one for each message that is received.
     */
    private static void writeTogether(HttpConnection connection) {
        if (connection instanceof HttpServerConnection server) {
            ChannelHandlerContext context = server.channelHandlerContext();
            context.pipeline().addBefore(context.name(), "one-write", new FlushConsolidationHandler(MAX_FLUSHES, true));
        }
    }

    /**
     * What the HTTP server does with a socket that it has accepted. Vert.x lists servers that can share their port: those of a negative one
     * get any that is free, and share it with others of the same number.
     */
    private Handler<NetSocket> acceptor(int port) {
        return ((VertxInternal) vertx)
                .sharedTcpServers().values().stream()
                        .filter(server -> server.actualPort() == port)
                        .findFirst()
                        .map(NetServer::connectHandler)
                        .orElseThrow(() -> new IllegalStateException("the HTTP server on port " + port + " is gone"));
    }

    private void accept(NetSocket socket, Handler<NetSocket> serve) {
        if (!bounds.accept(socket)) {
            return;
        }
        if (tls.settings().mode() != TlsSettings.Mode.DISABLED) {
            ChannelPipeline pipeline =
                    ((NetSocketInternal) socket).channelHandlerContext().pipeline();
            pipeline.addFirst("tls-detector", new TlsDetector(tls, why -> bounds.log(socket, why)));
        }
        serve.handle(socket);
    }

    /** Accepts nobody any more, and has clients turn to others, for at most this time. */
    public Future<?> shutdown(long ms) {
        NetServer front = net;
        Future<?> ended = http.shutdown(ms, TimeUnit.MILLISECONDS);
        return front == null ? ended : Future.join(ended, front.shutdown(ms, TimeUnit.MILLISECONDS));
    }

    /** Ends all connections. */
    public Future<?> close() {
        tls.close();
        NetServer front = net;
        return front == null ? http.close() : Future.join(http.close(), front.close());
    }
}
