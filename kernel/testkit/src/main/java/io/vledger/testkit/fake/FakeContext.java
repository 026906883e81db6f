package io.vledger.testkit.fake;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What the kernel gives a plugin: services are those that plugins bound to this context provide, and those that the test offers in
 * the place of other plugins. Safe for use by any thread.
 */
public final class FakeContext implements PluginContext {
    private final String id;
    private final Vertx vertx;
    private final Supplier<NodeInfo> node;
    private final JsonObject config = new JsonObject();
    private final Map<Class<?>, Map<String, Object>> services = new ConcurrentHashMap<>();
    private final List<Watcher<?>> watchers = new CopyOnWriteArrayList<>();
    private final Map<String, HealthCheck> checks = new ConcurrentHashMap<>();

    private record Watcher<T>(Class<T> type, Consumer<Map<String, T>> listener, Context context) {}

    /**
     * Without services.
     *
     * @param id of the plugin
     * @param node asked each time
     */
    public FakeContext(String id, Vertx vertx, Supplier<NodeInfo> node) {
        this.id = id;
        this.vertx = vertx;
        this.node = node;
    }

    /** Offers a service in the place of another plugin, or another one in its place. */
    public <T> void offer(Class<T> type, String name, T service) {
        services.computeIfAbsent(type, each -> new ConcurrentHashMap<>()).put(name, service);
        changed(type);
    }

    /** Takes a service back; nothing happens if it is not there. */
    public void withdraw(Class<?> type, String name) {
        services.computeIfAbsent(type, each -> new ConcurrentHashMap<>()).remove(name);
        changed(type);
    }

    private void changed(Class<?> type) {
        watchers.stream().filter(watcher -> watcher.type() == type).forEach(this::tell);
    }

    private <T> void tell(Watcher<T> watcher) {
        watcher.context().runOnContext(unused -> watcher.listener().accept(services(watcher.type())));
    }

    /** The plugin's section of the configuration, to be changed by the test. */
    public JsonObject section() {
        return config;
    }

    /** The health checks that were registered, by name. */
    public Map<String, HealthCheck> checks() {
        return checks;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Vertx vertx() {
        return vertx;
    }

    @Override
    public NodeInfo node() {
        return node.get();
    }

    @Override
    public JsonObject config() {
        return config.copy();
    }

    @Override
    public <T> void provide(Class<T> type, String name, T service) {
        offer(type, name, service);
    }

    @Override
    public <T> T service(Class<T> type, String name) {
        Object service = services.getOrDefault(type, Map.of()).get(name);
        if (service == null) {
            throw new IllegalStateException("no plugin offers " + type.getSimpleName() + " " + name);
        }
        return type.cast(service);
    }

    @Override
    public <T> Map<String, T> services(Class<T> type) {
        Map<String, T> found = new ConcurrentHashMap<>();
        services.getOrDefault(type, Map.of()).forEach((name, service) -> found.put(name, type.cast(service)));
        return Map.copyOf(found);
    }

    @Override
    public <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener) {
        listener.accept(services(type));
        Watcher<T> watcher = new Watcher<>(type, listener, vertx.getOrCreateContext());
        watchers.add(watcher);
        return () -> watchers.remove(watcher);
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
