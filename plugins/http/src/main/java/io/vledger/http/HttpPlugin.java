package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginAdministration;
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
    private static final int CLOSE_SECONDS = 2;
    private static final int DEFAULT_MAX_SERIES = 10_000;

    private @Nullable HttpServer server;
    private @Nullable Router router;
    private @Nullable MemberNotes notes;

    @Override
    public Future<?> start() {
        NodeInfo node = plugin().node();
        if (node.httpPort() < 0) {
            LOG.info("no HTTP endpoint is configured (http.port)");
            return Future.succeededFuture();
        }
        int maxSeries;
        try {
            maxSeries = maxSeries(plugin().config());
        } catch (IllegalArgumentException wrong) {
            return Future.failedFuture(wrong);
        }
        return AccessToken.find(vertx, plugin().config())
                .compose(token -> listen(node, routes(vertx, new AccessGuard(token.orElse(null)), maxSeries)));
    }

    /** All that is answered here. */
    Router routes(Vertx on, AccessGuard guard, int maxSeries) {
        Router routes = new Router(on, guard);
        NodeGroups groups = new NodeGroups(plugin());
        HealthReport health = new HealthReport(plugin(), plugin().service(HealthRegistry.class, ""));
        HealthRoutes.addTo(routes, health);
        routes.get(MetricsRoute.PATH, new MetricsRoute(plugin(), on, maxSeries));
        GroupRoutes.addTo(routes, on, groups, health);
        PluginRoutes.addTo(routes, plugin().service(PluginAdministration.class, ""));
        routes.get(OpenApiRoute.PATH, new OpenApiRoute(on));
        return routes;
    }

    private Future<?> listen(NodeInfo node, Router routes) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(node.httpHost())
                .setPort(node.httpPort())
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setHttp2ClearTextEnabled(false);
        HttpServer made = vertx.createHttpServer(options).requestHandler(routes);
        server = made;
        router = routes;
        MemberNotes written = new MemberNotes(vertx, new NodeGroups(plugin()));
        notes = written;
        String address = node.httpHost() + ":" + node.httpPort();
        return made.listen()
                .onSuccess(listening -> written.start())
                .onSuccess(listening -> LOG.info("health answers on http://{}/health/ready", address))
                .recover(failure -> Future.failedFuture(new IllegalStateException(
                        "http.port = " + node.httpPort() + ": cannot listen on " + address + " (" + failure.getMessage()
                                + "); free the port or name another one, and as http.host (vledgerHttpHost) an address of this machine",
                        failure)));
    }

    /** Most series of one metric in an answer of {@code /metrics}. */
    private static int maxSeries(JsonObject config) {
        Object value = config.getValue("maxSeries", DEFAULT_MAX_SERIES);
        if (value instanceof Integer number && number > 0) {
            return number;
        }
        throw new IllegalArgumentException(
                "plugins.http.maxSeries = " + value + ": give a positive whole number, the most series of one metric");
    }

    /** Answers what is open, such as the request that replaces this very plugin, and lets answers leave. */
    @Override
    public Future<?> stop() {
        HttpServer listening = server;
        Router answering = router;
        if (listening == null || answering == null) {
            return Future.succeededFuture();
        }
        answering.close();
        MemberNotes written = notes;
        if (written != null) {
            written.stop();
        }
        return listening.shutdown(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
