package io.vledger.nameservice;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.group.RouteSource;
import io.vledger.api.health.Health;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.Rpc;
import io.vledger.api.timer.AlignedTimers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the name server addresses that this node can bind, and keeps its groups registered. */
public final class NameServicePlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(NameServicePlugin.class);
    private static final long SCAN_MS = 5000;
    /**
     * How often it is looked which of the brokers that discovery found are due to be asked, and whether an address is free that no group of
     * this node is connected to. A group that loses its connection binds the address at once.
     */
    private static final long LOOK_MS = 1000;

    private final RouteTable table = new RouteTable();
    private final List<NameServerAddress> nameServers = new ArrayList<>();
    private final Map<String, Registrar> registrars = new LinkedHashMap<>();
    private volatile JsonObject detail = new JsonObject();
    private @Nullable Rpc rpc;
    private @Nullable DiscoveredRoutes discovered;
    private @Nullable Discovery discovery;
    private @Nullable AutoCloseable discoveryListener;
    private boolean draining;

    /** Made by the kernel. */
    public NameServicePlugin() {}

    @Override
    public Future<?> start() {
        Rpc remoting = plugin().service(Rpc.class, "");
        rpc = remoting;
        discovered = new DiscoveredRoutes(remoting, table, this::own, NameServicePlugin::nowMs);
        NodeInfo node = plugin().node();
        KvConfigs kv = new KvConfigs(vertx, node.dataDirectory().resolve("nameservice"));
        kv.load();
        Handlers handlers = remoting.newHandlers();
        new NameServer(table, kv, NameServicePlugin::nowMs).serve(handlers);
        node.nameServers()
                .forEach(address -> nameServers.add(
                        new NameServerAddress(remoting, handlers, address, node.nameService(), this::describe)));
        plugin().health().register("routes", () -> Health.up(detail));
        return Future.join(nameServers.stream()
                        .map(nameServer -> nameServer.resolve(vertx))
                        .toList())
                .compose(v -> Future.join(
                        nameServers.stream().map(NameServerAddress::bindIfFree).toList()))
                .onSuccess(v -> begin());
    }

    /** Addresses that the deployment before this one serves are served here from now on, with their connections. */
    @Override
    public Future<?> activate() {
        return Future.join(nameServers.stream().map(NameServerAddress::takeOver).toList());
    }

    private void begin() {
        AlignedTimers.setPeriodic(vertx, SCAN_MS, () -> table.expire(nowMs()));
        AlignedTimers.setPeriodic(vertx, LOOK_MS, () -> {
            bindFreeAddresses();
            if (discovered != null && (discovery != null || discovered.following())) {
                updateDiscovered();
            }
        });
        plugin().watch(RouteSource.class, this::followGroups);
        plugin().watch(Discovery.class, this::followDiscovery);
        describe();
    }

    /** Binds addresses that no process serves any more. One to which a group is connected is served. */
    private void bindFreeAddresses() {
        if (draining) {
            return;
        }
        for (NameServerAddress nameServer : nameServers) {
            if (!nameServer.serving() && registrars.values().stream().noneMatch(r -> r.connectedTo(nameServer))) {
                nameServer.bindIfFree();
            }
        }
    }

    /** Groups come and go with the plugin that serves them. */
    private void followGroups(Map<String, RouteSource> sources) {
        Rpc remoting = rpc;
        if (remoting == null || draining) {
            return;
        }
        registrars.entrySet().removeIf(entry -> {
            boolean gone = sources.get(entry.getKey()) != entry.getValue().source();
            if (gone) {
                entry.getValue().withdraw();
            }
            return gone;
        });
        sources.forEach((group, source) -> {
            if (!registrars.containsKey(group)) {
                Registrar registrar = new Registrar(
                        vertx,
                        remoting,
                        source,
                        members(group),
                        nameServers,
                        table,
                        NameServicePlugin::nowMs,
                        this::describe);
                registrars.put(group, registrar);
                registrar.start();
            }
        });
        describe();
    }

    private void followDiscovery(Map<String, Discovery> discoveries) {
        closeQuietly(discoveryListener);
        Discovery found = discoveries.get("");
        discovery = found;
        discoveryListener = found == null ? null : found.onChange(() -> context.runOnContext(v -> updateDiscovered()));
        updateDiscovered();
    }

    private void updateDiscovered() {
        DiscoveredRoutes routes = discovered;
        if (routes != null && !draining) {
            routes.update(discovery);
            describe();
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable listener) {
        if (listener != null) {
            try {
                listener.close();
            } catch (Exception e) { // what AutoCloseable may throw
                LOG.debug("a listener of discovery could not be removed", e);
            }
        }
    }

    private boolean own(String group) {
        return registrars.containsKey(group)
                || plugin().node().groups().stream()
                        .anyMatch(config -> config.name().equals(group));
    }

    private List<String> members(String group) {
        return plugin().node().groups().stream()
                .filter(config -> config.name().equals(group))
                .findFirst()
                .map(GroupConfig::peers)
                .map(peers -> List.copyOf(peers.keySet()))
                .orElse(List.of());
    }

    private void describe() {
        JsonArray serving = new JsonArray();
        nameServers.stream()
                .filter(NameServerAddress::serving)
                .map(NameServerAddress::address)
                .forEach(serving::add);
        JsonObject groups = new JsonObject();
        registrars.forEach((group, registrar) -> groups.put(group, registrar.describe()));
        DiscoveredRoutes routes = discovered;
        detail = new JsonObject()
                .put("serving", serving)
                .put("groups", groups)
                .put("discovered", routes == null ? new JsonObject() : routes.describe());
    }

    @Override
    public Future<?> drain() {
        draining = true;
        return Future.join(registrars.values().stream().map(Registrar::drain).toList());
    }

    @Override
    public Future<?> stop() {
        draining = true;
        closeQuietly(discoveryListener);
        DiscoveredRoutes routes = discovered;
        if (routes != null) {
            routes.stop();
        }
        return Future.join(registrars.values().stream().map(Registrar::stop).toList())
                .eventually(() -> Future.join(
                        nameServers.stream().map(NameServerAddress::close).toList()));
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
