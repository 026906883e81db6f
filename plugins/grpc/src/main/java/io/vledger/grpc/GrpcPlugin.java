package io.vledger.grpc;

import io.vertx.core.Future;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServerOptions;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.group.RouteSource;
import io.vledger.api.health.Health;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.timer.AlignedTimers;
import io.vledger.api.tls.TlsContexts;
import io.vledger.grpc.broker.BrokerLinks;
import io.vledger.grpc.broker.GroupSettingsCache;
import io.vledger.grpc.broker.Receipts;
import io.vledger.grpc.broker.RouteTable;
import io.vledger.grpc.call.CallContext;
import io.vledger.grpc.call.CallGate;
import io.vledger.grpc.client.BrokerRequests;
import io.vledger.grpc.client.Client;
import io.vledger.grpc.client.ClientRegistry;
import io.vledger.grpc.client.Renewals;
import io.vledger.grpc.service.Brokers;
import io.vledger.grpc.wire.CompressedCalls;
import io.vledger.grpc.wire.GrpcListener;
import io.vledger.grpc.wire.UnfinishedMessages;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves RocketMQ's 5.x clients on one port for all topics. */
public final class GrpcPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcPlugin.class);
    private static final long LOOK_MS = 5_000;
    private static final int IDLE_SECONDS = 150;
    private static final int MAX_MESSAGE_BYTES = 32 << 20;
    private static final int MAX_STREAMS = 10_000;
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int CONNECTION_WINDOW_BYTES = 8 << 20;
    private static final long DRAIN_MS = 300;

    private volatile CallAccess access = new UnknownAccess();
    private volatile @Nullable RequestSigner signer;
    private @Nullable RouteTable routes;
    private @Nullable ClientRegistry clients;
    private @Nullable GrpcListener listener;
    private @Nullable GrpcSettings settings;

    /** Made by the kernel. */
    public GrpcPlugin() {}

    @Override
    public Future<?> start() {
        NodeInfo node = plugin().node();
        GrpcSettings read = GrpcSettings.of(plugin().config(), node);
        Rpc rpc = plugin().service(Rpc.class, "");
        RouteTable table = RouteTable.asking(rpc, node.nameServers(), System::currentTimeMillis);
        plugin().watch(RouteSource.class, table::locals);
        Map<String, GroupConfig> groups =
                node.groups().stream().collect(Collectors.toMap(GroupConfig::name, Function.identity()));
        plugin().watch(CallAccess.class, this::access);
        plugin().watch(RequestSigner.class, byName -> signer = byName.get(""));
        CallGate gate = new CallGate(
                vertx, () -> access, plugin().services(AuditLog.class).getOrDefault("", AuditLog.NONE));
        BrokerLinks.Access nodeAccess = new BrokerLinks.Access(gate::checks, () -> signer);
        ClientRegistry registry = new ClientRegistry(
                context -> client(
                        context,
                        asked -> new BrokerLinks(rpc, table, groups, context.remote(), asked, nodeAccess),
                        rpc.newHandlers(),
                        read.invisibleMs()),
                System::currentTimeMillis);
        Brokers brokers =
                new Brokers(table, new GroupSettingsCache(System::currentTimeMillis), System::currentTimeMillis);
        GrpcServer grpc = GrpcServer.server(
                vertx,
                new GrpcServerOptions()
                        .setMaxMessageSize(MAX_MESSAGE_BYTES)
                        .setScheduleDeadlineAutomatically(false)
                        .setDeadlinePropagation(false));
        new MessagingService(brokers, registry, gate).bind(grpc);
        HttpServer made = vertx.createHttpServer(options())
                .requestHandler(new CompressedCalls(new UnfinishedMessages(grpc, unfinishedBytes())));
        AlignedTimers.setPeriodic(vertx, LOOK_MS, registry::removeSilent);
        AlignedTimers.setPeriodic(vertx, Renewals.lookEveryMs(read.invisibleMs()), registry::renew);
        routes = table;
        clients = registry;
        listener = new GrpcListener(
                vertx,
                made,
                new TlsContexts(vertx, read.tls(), List.of(GrpcListener.HTTP_2)),
                new NetServerOptions().setTcpNoDelay(true).setIdleTimeout(IDLE_SECONDS),
                read.limits());
        settings = read;
        plugin().health()
                .register(
                        "grpc",
                        () -> Health.up(new JsonObject()
                                .put("host", read.host())
                                .put("port", read.port())
                                .put("clients", registry.size())
                                .put("reachable", registry.reachable())));
        return Future.succeededFuture();
    }

    /** What unfinished messages may take: an eighth of the heap, but room for two of the longest. */
    private static long unfinishedBytes() {
        return Math.max(2L * MAX_MESSAGE_BYTES, Runtime.getRuntime().maxMemory() / 8);
    }

    private static HttpServerOptions options() {
        return new HttpServerOptions()
                .setIdleTimeout(IDLE_SECONDS)
                .setTcpNoDelay(true)
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setInitialSettings(
                        new Http2Settings().setMaxConcurrentStreams(MAX_STREAMS).setInitialWindowSize(WINDOW_BYTES));
    }

    /** While the broker's plugin is away nothing is let in that it would look at. */
    private void access(Map<String, CallAccess> byName) {
        CallAccess offered = byName.get("");
        if (offered != null) {
            access = offered;
        } else if (access.checks()) {
            access = new UnknownAccess();
        }
    }

    private Client client(
            CallContext context, Function<Handlers, BrokerLinks> connect, Handlers asked, long invisibleMs) {
        BrokerRequests brokerRequests = new BrokerRequests(vertx);
        brokerRequests.register(asked);
        BrokerLinks links = connect.apply(asked);
        Client made = new Client(
                context.clientId(),
                links,
                new Renewals(new Receipts(links, System::currentTimeMillis), System::currentTimeMillis, invisibleMs),
                brokerRequests);
        brokerRequests.of(made);
        return made;
    }

    /** One that is being replaced listens on the same address until it stops: both serve new connections meanwhile. */
    @Override
    public Future<?> activate() {
        GrpcListener made = listener;
        GrpcSettings bound = settings;
        if (made == null || bound == null) {
            return Future.succeededFuture();
        }
        return made.listen(bound.host(), bound.port())
                .recover(cause -> Future.failedFuture(new IllegalStateException(
                        "cannot listen for gRPC clients on " + bound.host() + ":" + bound.port() + " ("
                                + cause.getMessage()
                                + "); stop what holds the port, or set another as grpc.port (grpcServerPort)",
                        cause)))
                .onSuccess(listening -> LOG.info("serves 5.x clients (gRPC) on {}:{}", bound.host(), bound.port()));
    }

    /** Clients turn to another member before this one stops. */
    @Override
    public Future<?> drain() {
        GrpcListener made = listener;
        return made == null ? Future.succeededFuture() : made.shutdown(DRAIN_MS);
    }

    @Override
    public Future<?> stop() {
        GrpcListener made = listener;
        Future<?> closed = made == null ? Future.succeededFuture() : made.close();
        return closed.onComplete(done -> {
            if (clients != null) {
                clients.close();
            }
            if (routes != null) {
                routes.close();
            }
        });
    }

    /** Nobody can tell who may call. */
    private record UnknownAccess() implements CallAccess {
        @Override
        public boolean checks() {
            return true;
        }

        @Override
        public void check(Call call, Consumer<@Nullable Verdict> answer) {
            answer.accept(null);
        }
    }
}
