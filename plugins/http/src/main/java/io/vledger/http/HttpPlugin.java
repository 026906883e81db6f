package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.group.Group;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.api.plugin.PluginVerticle;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
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

    private static final Pattern NAMES = Pattern.compile("[,; ]+");

    private final HttpLimits limits;
    private @Nullable HttpServer server;
    private @Nullable Router router;
    private @Nullable MemberAddressFile memberAddresses;

    /** Called by the kernel. */
    public HttpPlugin() {
        this(HttpLimits.STANDARD);
    }

    HttpPlugin(HttpLimits limits) {
        this.limits = limits;
    }

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
        return AccessToken.all(vertx, plugin().config(), node.dataDirectory())
                .map(tokens -> new AccessGuard(tokens, names(node)))
                .compose(guard -> JarSignature.of(vertx, plugin().config().getString("deployPluginsSignedBy", ""))
                        .compose(signature -> listen(node, routes(vertx, guard, maxSeries, signature))));
    }

    /**
     * Names that requests may call this node by: what is configured at once, and what its machine is called as soon as that is known, for
     * which nothing waits, because it may be asked of a name server.
     */
    private Set<String> names(NodeInfo node) {
        Set<String> names = ConcurrentHashMap.newKeySet();
        names.add(node.httpHost().toLowerCase(Locale.ROOT));
        for (String name : NAMES.split(plugin().config().getString("hostNames", ""))) {
            names.add(name.toLowerCase(Locale.ROOT));
        }
        var unused = vertx.executeBlocking(
                () -> {
                    InetAddress own = InetAddress.getLocalHost();
                    names.add(own.getHostName().toLowerCase(Locale.ROOT));
                    names.add(own.getCanonicalHostName().toLowerCase(Locale.ROOT));
                    return null;
                },
                false);
        return names;
    }

    /** Every route with its endpoint. */
    Router routes(Vertx on, AccessGuard guard, int maxSeries, @Nullable JarSignature signature) {
        Router routes =
                new Router(on, guard, limits, plugin().services(AuditLog.class).getOrDefault("", AuditLog.NONE));
        NodeGroups groups = new NodeGroups(plugin());
        HealthReport health = new HealthReport(groups, plugin().service(HealthRegistry.class, ""));
        HealthRoutes.addTo(routes, health);
        routes.get(MetricsRoute.PATH, new MetricsRoute(plugin(), on, maxSeries));
        GroupRoutes.addTo(routes, on, groups, health);
        PluginRoutes.addTo(
                routes,
                plugin().service(PluginAdministration.class, ""),
                plugin().config().getBoolean("deployPlugins", false),
                signature);
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
        HttpCertificate certificate =
                HttpCertificate.of(vertx, plugin().config().getJsonObject("tls"));
        if (certificate != null) {
            certificate.configure(options);
        }
        ConnectionLimiter limiter = new ConnectionLimiter(vertx, limits, routes);
        HttpServer made = vertx.createHttpServer(options)
                .connectionHandler(limiter::opened)
                .requestHandler(limiter);
        server = made;
        router = routes;
        MemberAddressFile addresses = new MemberAddressFile(vertx, node.dataDirectory());
        memberAddresses = addresses;
        String address = node.httpHost() + ":" + node.httpPort();
        return made.listen()
                .onSuccess(listening -> {
                    if (certificate != null) {
                        certificate.watch(listening);
                    }
                })
                .onSuccess(listening -> plugin().watch(Group.class, addresses::follow))
                .onSuccess(listening -> LOG.info(
                        "health answers on {}://{}/health/ready", certificate == null ? "http" : "https", address))
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
        MemberAddressFile addresses = memberAddresses;
        if (addresses != null) {
            addresses.stop();
        }
        return listening.shutdown(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
