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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Serves the name server addresses that this node can have, and keeps its groups registered. */
public final class NameServicePlugin extends PluginVerticle {
    private static final long SCAN_MS = 5000;
    private static final long SEATS_MS = 100;
    private static final long SOURCES_MS = 200;

    private final RouteTable table = new RouteTable();
    private final List<Seat> seats = new ArrayList<>();
    private final Map<String, Registrar> registrars = new LinkedHashMap<>();
    private volatile JsonObject detail = new JsonObject();
    private @Nullable Rpc rpc;
    private @Nullable DiscoveredRoutes discovered;
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
        node.nameServers().forEach(address -> seats.add(new Seat(remoting, handlers, address, node.nameService())));
        plugin().health().register("routes", () -> Health.up(detail));
        return Future.join(seats.stream().map(seat -> seat.resolve(vertx)).toList())
                .compose(v -> Future.join(seats.stream().map(Seat::take).toList()))
                .onSuccess(v -> begin());
    }

    /** Addresses that the deployment before this one serves are served here from now on, with their connections. */
    @Override
    public Future<?> activate() {
        return Future.join(seats.stream().map(Seat::takeOver).toList());
    }

    private void begin() {
        vertx.setPeriodic(SCAN_MS, id -> table.expire(nowMs()));
        vertx.setPeriodic(SEATS_MS, id -> takeVacantSeats());
        vertx.setPeriodic(SOURCES_MS, id -> followSources());
        followSources();
    }

    /** Takes addresses that nobody serves any more. Whoever is connected to one knows that somebody does. */
    private void takeVacantSeats() {
        if (draining) {
            return;
        }
        for (Seat seat : seats) {
            if (!seat.serving() && registrars.values().stream().noneMatch(r -> r.connectedTo(seat))) {
                seat.take();
            }
        }
    }

    /** Groups come and go with the plugin that serves them. */
    private void followSources() {
        Rpc remoting = rpc;
        if (remoting == null || draining) {
            return;
        }
        Map<String, RouteSource> sources = plugin().services(RouteSource.class);
        registrars.entrySet().removeIf(entry -> {
            boolean gone = sources.get(entry.getKey()) != entry.getValue().source();
            if (gone) {
                entry.getValue().stop();
            }
            return gone;
        });
        sources.forEach((group, source) -> {
            if (!registrars.containsKey(group)) {
                Registrar registrar =
                        new Registrar(vertx, remoting, source, members(group), seats, table, NameServicePlugin::nowMs);
                registrars.put(group, registrar);
                registrar.start();
            }
        });
        DiscoveredRoutes elsewhere = discovered;
        if (elsewhere != null) {
            elsewhere.look(plugin().services(Discovery.class).get(""));
        }
        describe();
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
        seats.stream().filter(Seat::serving).map(Seat::address).forEach(serving::add);
        JsonObject groups = new JsonObject();
        registrars.forEach((group, registrar) -> groups.put(group, registrar.describe()));
        DiscoveredRoutes elsewhere = discovered;
        detail = new JsonObject()
                .put("serving", serving)
                .put("groups", groups)
                .put("discovered", elsewhere == null ? new JsonObject() : elsewhere.describe());
    }

    @Override
    public Future<?> drain() {
        draining = true;
        return Future.join(registrars.values().stream().map(Registrar::drain).toList());
    }

    @Override
    public Future<?> stop() {
        draining = true;
        DiscoveredRoutes elsewhere = discovered;
        if (elsewhere != null) {
            elsewhere.stop();
        }
        return Future.join(registrars.values().stream().map(Registrar::stop).toList())
                .eventually(() -> Future.join(seats.stream().map(Seat::close).toList()));
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }
}
