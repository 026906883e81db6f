package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginVerticle;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for HTTP on the node's configured address, if there is one. */
public final class HttpPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(HttpPlugin.class);
    private static final int MAX_LINE_BYTES = 2048;
    private static final int MAX_HEADER_BYTES = 8192;
    private static final int IDLE_SECONDS = 30;

    private @Nullable HttpServer server;

    @Override
    public Future<?> start() {
        NodeInfo node = plugin().node();
        if (node.httpPort() < 0) {
            LOG.info("no HTTP endpoint is configured (http.port)");
            return Future.succeededFuture();
        }
        HttpServerOptions options = new HttpServerOptions()
                .setHost(node.httpHost())
                .setPort(node.httpPort())
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false);
        Router routes = new Router(vertx, new AccessGuard(null));
        HealthRoutes.addTo(routes, new HealthReport(plugin(), plugin().service(HealthRegistry.class, "")));
        HttpServer made = vertx.createHttpServer(options).requestHandler(routes);
        server = made;
        String address = node.httpHost() + ":" + node.httpPort();
        return made.listen()
                .onSuccess(listening -> LOG.info("health answers on http://{}/health/ready", address))
                .recover(failure -> Future.failedFuture(new IllegalStateException(
                        "http.port = " + node.httpPort() + ": cannot listen on " + address + " (" + failure.getMessage()
                                + "); free the port or name another one",
                        failure)));
    }

    @Override
    public Future<?> stop() {
        HttpServer listening = server;
        return listening == null ? Future.succeededFuture() : listening.close();
    }
}
