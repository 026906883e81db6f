package io.vledger.nameservice;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.discovery.Discovery;
import io.vledger.api.group.RouteSource;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.rpc.Rpc;
import io.vledger.remoting.RemotingPlugin;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A process with the remoting and the name service plugin and one group, without the kernel. */
final class FakeNode implements AutoCloseable {
    final FakeGroup group;
    final Map<String, RouteSource> sources = new ConcurrentHashMap<>();
    final Map<String, Discovery> discoveries = new ConcurrentHashMap<>();
    final Map<String, HealthCheck> checks = new ConcurrentHashMap<>();
    private final Vertx vertx = Vertx.vertx();
    private final NodeInfo info;
    private final NameServicePlugin names = new NameServicePlugin();
    private final String remoting;
    private volatile Rpc rpc;
    private volatile Runnable sourcesChanged = () -> {};
    private boolean closed;

    FakeNode(String id, Path directory, String... nameServers) throws Exception {
        group = new FakeGroup(id);
        sources.put("ga", group);
        info = new NodeInfo(id, "DefaultCluster", directory, List.of(nameServers), List.of(), "", -1, "test");
        remoting = deploy(new RemotingPlugin());
        deploy(names);
    }

    /** The broker plugin goes away. */
    void withdrawGroup() {
        sources.clear();
        sourcesChanged.run();
    }

    /** The broker plugin is there again. */
    void offerGroup() {
        sources.put("ga", group);
        sourcesChanged.run();
    }

    Rpc rpc() {
        return rpc;
    }

    Vertx vertx() {
        return vertx;
    }

    JsonObject health() {
        return checks.get("routes").check().detail();
    }

    void drain() throws Exception {
        await(vertx.executeBlocking(() -> names).compose(plugin -> plugin.drain()));
    }

    private String deploy(PluginVerticle plugin) throws Exception {
        plugin.bind(new Context());
        return await(vertx.deployVerticle(plugin));
    }

    private static void join(Future<?> future) {
        future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        kill();
    }

    /** Ends it without a word to anybody. */
    void kill() {
        if (!closed) {
            closed = true;
            // Sockets first, so that nothing is unregistered.
            join(vertx.undeploy(remoting));
            join(vertx.close());
        }
    }

    private final class Context implements PluginContext {
        @Override
        public String id() {
            return "test";
        }

        @Override
        public Vertx vertx() {
            return vertx;
        }

        @Override
        public NodeInfo node() {
            return info;
        }

        @Override
        public JsonObject config() {
            return new JsonObject();
        }

        @Override
        public <T> void provide(Class<T> type, String name, T service) {
            rpc = (Rpc) service;
        }

        @Override
        public <T> T service(Class<T> type, String name) {
            return type.cast(rpc);
        }

        @Override
        @SuppressWarnings("unchecked") // each map has services of one type
        public <T> Map<String, T> services(Class<T> type) {
            return type == RouteSource.class
                    ? (Map<String, T>) Map.copyOf(sources)
                    : (Map<String, T>) Map.copyOf(discoveries);
        }

        @Override
        public <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener) {
            listener.accept(services(type));
            if (type == RouteSource.class) {
                io.vertx.core.Context own = vertx.getOrCreateContext();
                sourcesChanged = () -> own.runOnContext(v -> listener.accept(services(type)));
            }
            return () -> {};
        }

        @Override
        public boolean replaced() {
            return false;
        }

        @Override
        public HealthChecks health() {
            return checks::put;
        }
    }
}
