package io.vledger.broker;

import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupHost;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.group.RouteSource;
import io.vledger.api.health.Health;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.net.PeerTransport;
import io.vledger.api.origin.OldDatabases;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.CallAccess;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestSigner;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.rpc.RpcServer;
import io.vledger.api.store.GroupStore;
import io.vledger.api.tap.CommittedMessages;
import io.vledger.broker.access.GroupAccess;
import io.vledger.broker.access.MemberRequests;
import io.vledger.broker.access.NodeAccess;
import io.vledger.broker.access.NodeCallAccess;
import io.vledger.broker.group.ColdReads;
import io.vledger.broker.group.MemberLinks;
import io.vledger.broker.routing.RequestRouter;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.timer.DelayLevels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the node's groups and serves their clients. */
public final class BrokerPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerPlugin.class);

    private static final long SUCCESSOR_MS = 2_000;

    private final List<GroupStart> starts = new CopyOnWriteArrayList<>();
    private final List<Group> groups = new CopyOnWriteArrayList<>();
    private final List<RpcServer> servers = new CopyOnWriteArrayList<>();
    private final List<RequestRouter> routers = new CopyOnWriteArrayList<>();
    private final List<GroupBroker> brokers = new CopyOnWriteArrayList<>();
    private final List<GroupRoutes> published = new CopyOnWriteArrayList<>();

    private volatile NodeAccess access = NodeAccess.NONE;
    private volatile NodeCallAccess callAccess = new NodeCallAccess(NodeAccess.NONE);

    /** Called by the kernel. */
    public BrokerPlugin() {}

    @Override
    public Future<?> start() {
        NodeAccess configured = NodeAccess.of(plugin().config().getJsonObject("access"));
        OldDatabases databases = plugin().services(OldDatabases.class).values().stream()
                .findFirst()
                .orElse(null);
        return vertx.executeBlocking(() -> configured.load().takeOver(databases))
                .compose(loaded -> {
                    access = loaded;
                    loaded.watch(vertx);
                    plugin().provide(RequestSigner.class, "", new MemberRequests(loaded));
                    callAccess = new NodeCallAccess(loaded);
                    plugin().provide(CallAccess.class, "", callAccess);
                    return openAll();
                });
    }

    private Future<?> openAll() {
        List<Future<Void>> opened = new ArrayList<>();
        for (GroupConfig config : plugin().node().groups()) {
            opened.add(begin(config));
        }
        return Future.all(opened);
    }

    private Future<Void> begin(GroupConfig config) {
        try {
            DelayLevels.parse(config.broker().messageDelayLevel());
        } catch (IllegalArgumentException wrong) {
            return Future.failedFuture(
                    new IllegalArgumentException("group " + config.name() + ": " + wrong.getMessage()));
        }
        OpenedGroup parts = new OpenedGroup();
        GroupStart start =
                new GroupStart(config, origins(), origin -> open(config, origin, parts), () -> halt(config, parts));
        parts.start = start;
        starts.add(start);
        plugin().health().register(config.name(), start::health);
        plugin().provide(GroupStartStatus.class, config.name(), start::status);
        return start.begin(vertx, context);
    }

    private @Nullable Origins origins() {
        return plugin().services(Origins.class).get("");
    }

    /** Fills {@code parts} by the factory, on the group's loop, before open completes. */
    private Future<Void> open(GroupConfig config, @Nullable Origin origin, OpenedGroup parts) {
        return plugin().service(GroupHost.class, "")
                .open(new GroupHost.Opening(
                        config,
                        origin,
                        (group, store) -> parts.keep(
                                store, GroupState.create(plugin().node().cluster(), config.name(), store, origin)),
                        plugin()::progress))
                .compose(group -> {
                    groups.add(group);
                    return serve(config, group, parts).recover(cause -> unserved(group, cause));
                });
    }

    private Future<?> halt(GroupConfig config, OpenedGroup parts) {
        groups.removeIf(group -> group.name().equals(config.name()));
        servers.removeAll(parts.servers);
        callAccess.remove(config.name());
        published.stream()
                .filter(routes -> routes.group().equals(config.name()))
                .forEach(GroupRoutes::stop);
        return plugin().service(GroupHost.class, "")
                .close(config.name())
                .eventually(() ->
                        Future.join(parts.servers.stream().map(RpcServer::close).toList()));
    }

    /** A member that clients cannot reach must not lead. */
    private Future<Void> unserved(Group group, Throwable cause) {
        groups.remove(group);
        return plugin().service(GroupHost.class, "")
                .close(group.name())
                .transform(closed -> Future.failedFuture(cause));
    }

    private Future<Void> serve(GroupConfig config, Group group, OpenedGroup parts) {
        Promise<Void> served = Promise.promise();
        // Composed, so that an exception on the way fails the start.
        group.execute(() -> Future.succeededFuture()
                .compose(none -> listen(config, group, parts))
                .onComplete(served));
        return served.future();
    }

    private Future<Void> listen(GroupConfig config, Group group, OpenedGroup parts) {
        Rpc rpc = plugin().service(Rpc.class, "");
        BrokerContext context = new BrokerContext(
                plugin().node(),
                config,
                group,
                parts.store(),
                parts.state(),
                coldReads(group),
                new MemberLinks(
                        rpc::memberClient,
                        plugin().service(PeerTransport.class, "").channel(config.name(), PeerTransport.CALLS_CHANNEL)),
                System::currentTimeMillis);
        GroupBroker broker = new GroupBroker(context, router(context, rpc), access);
        Handlers handlers = rpc.newHandlers();
        broker.start(handlers);
        Handlers guarded = broker.access().guarded(handlers);
        callAccess.add(config.name(), broker.access());
        brokers.add(broker);
        GroupRoutes routes = new GroupRoutes(
                config, group, parts.state(), broker.settings(), broker.routes(), broker.standbyQueues());
        routes.start();
        published.add(routes);
        return rpc.listen("broker/" + config.name(), config.bindHost(), config.port(), guarded)
                .recover(cause -> Future.failedFuture(new IllegalStateException(
                        "group " + config.name() + ": cannot listen for clients on " + config.bindHost() + ":"
                                + config.port() + " (" + cause.getMessage()
                                + "); stop what holds the port, set another as the group's port (listenPort), or set bindHost"
                                + " (bindAddress) to an address of this machine",
                        cause)))
                .compose(server -> {
                    servers.add(server);
                    parts.servers.add(server);
                    return VipChannel.listen(rpc, config, plugin().node(), guarded)
                            .map(vip -> {
                                vip.ifPresent(servers::add);
                                vip.ifPresent(parts.servers::add);
                                return server;
                            })
                            .onFailure(cause -> server.close());
                })
                .map(server -> {
                    plugin().provide(RouteSource.class, config.name(), routes);
                    CommittedLogReader committed =
                            new CommittedLogReader(group, parts.store().log());
                    parts.state().listen(committed);
                    plugin().provide(CommittedMessages.class, config.name(), committed);
                    plugin().provide(MetricSource.class, "broker/" + config.name(), broker.metrics());
                    parts.start().serving(() -> health(group, server));
                    LOG.info(
                            "group {}: serves clients on {}:{} as {}",
                            config.name(),
                            config.bindHost(),
                            server.port(),
                            config.clientAddress());
                    return null;
                });
    }

    /** What relays requests to the leader; null if the group is configured without, or has only this member. */
    private @Nullable RequestRouter router(BrokerContext context, Rpc rpc) {
        GroupConfig config = context.config();
        Group group = context.group();
        if (!config.broker().forwarding() || config.peers().size() == 1) {
            return null;
        }
        RequestRouter router = new RequestRouter(
                group,
                context.state(),
                context.clock(),
                GroupAccess.relays(rpc::relay, config.name(), access),
                () -> standby(config, group));
        routers.add(router);
        return router;
    }

    private static boolean standby(GroupConfig config, Group group) {
        GroupStatus.Member standby =
                config.broker().standbyQueues() > 0 ? group.status().standby() : null;
        return standby != null && standby.node().equals(group.node());
    }

    private ColdReads coldReads(Group group) {
        return (read, then) -> vertx.executeBlocking(
                        () -> {
                            read.run();
                            return null;
                        },
                        false)
                .onComplete(done -> group.execute(() -> {
                    then.run();
                    if (done.cause() instanceof VirtualMachineError fatal) {
                        throw fatal;
                    }
                }));
    }

    private static Health health(Group group, RpcServer server) {
        GroupStatus status = group.status();
        GroupRole role = status.role();
        JsonObject detail = new JsonObject()
                .put("role", role.name())
                .put("term", status.term())
                .put("leader", status.leader())
                .put("port", server.port())
                .put("connections", server.connections());
        return new Health(
                role != GroupRole.FAILED, true, Readiness.whyNotReady(status).isEmpty(), detail);
    }

    @Override
    public Future<?> drain() {
        List<Future<?>> handedOver = new ArrayList<>();
        for (Group group : groups) {
            if (group.status().role() == GroupRole.LEADER
                    && group.status().members().size() > 1) {
                handedOver.add(group.transferLeadership(null)
                        // Clients that are disconnected after this can find the new leader.
                        .compose(done -> group.awaitStatus(GroupStatus::ledByAnother, SUCCESSOR_MS))
                        .onFailure(cause -> LOG.info(
                                "group {}: leadership was not handed over: {}", group.name(), cause.getMessage()))
                        .otherwiseEmpty());
            }
        }
        return Future.join(handedOver);
    }

    /** Requests under way are finished first; clients of a broker that is replaced keep their connections, and wait a moment. */
    @Override
    public Future<?> stop() {
        return Future.join(starts.stream().map(GroupStart::stop).toList()).eventually(this::stopServing);
    }

    private Future<?> stopServing() {
        brokers.forEach(GroupBroker::stop);
        plugin().node().groups().forEach(group -> callAccess.remove(group.name()));
        published.forEach(GroupRoutes::stop);
        boolean replaced = plugin().replaced();
        return Future.join(servers.stream().map(RpcServer::suspend).toList())
                .eventually(() ->
                        Future.join(routers.stream().map(RequestRouter::stop).toList()))
                .eventually(() -> replaced ? closeGroups() : closeServers());
    }

    /** The next version of this plugin opens them with a state machine of its own classes. */
    private Future<CompositeFuture> closeGroups() {
        GroupHost host = plugin().service(GroupHost.class, "");
        return Future.join(
                groups.stream().map(group -> host.close(group.name())).toList());
    }

    private Future<CompositeFuture> closeServers() {
        return Future.join(servers.stream().map(RpcServer::close).toList());
    }

    /** What the factory of the state machine created, for the broker that is built once the group is open. */
    private static final class OpenedGroup {
        private volatile @Nullable GroupStore store;
        private volatile @Nullable BrokerState state;
        private volatile @Nullable GroupStart start;
        private final List<RpcServer> servers = new CopyOnWriteArrayList<>();

        BrokerState keep(GroupStore openedStore, BrokerState newState) {
            store = openedStore;
            state = newState;
            return newState;
        }

        GroupStore store() {
            return made(store);
        }

        BrokerState state() {
            return made(state);
        }

        GroupStart start() {
            return made(start);
        }

        private static <T> T made(@Nullable T part) {
            if (part == null) {
                throw new IllegalStateException("the group was opened without asking for its state machine");
            }
            return part;
        }
    }
}
