package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one deployment of a plugin sees of the kernel. */
final class PluginBinding implements PluginContext {
    private final PluginDescriptor descriptor;
    private final DeployedPlugin.Surroundings surroundings;
    private final Offering offering;
    private final Supplier<@Nullable Context> context;
    private final BooleanSupplier replaced;
    private final Consumer<String> progress;

    PluginBinding(
            PluginDescriptor descriptor,
            DeployedPlugin.Surroundings surroundings,
            Offering offering,
            Supplier<@Nullable Context> context,
            BooleanSupplier replaced,
            Consumer<String> progress) {
        this.descriptor = descriptor;
        this.surroundings = surroundings;
        this.offering = offering;
        this.context = context;
        this.replaced = replaced;
        this.progress = progress;
    }

    @Override
    public String id() {
        return descriptor.id();
    }

    @Override
    public Vertx vertx() {
        return surroundings.vertx();
    }

    @Override
    public NodeInfo node() {
        return surroundings.node();
    }

    @Override
    public JsonObject config() {
        return surroundings
                .pluginConfigs()
                .getJsonObject(id(), new JsonObject())
                .copy();
    }

    @Override
    public <T> void provide(Class<T> type, String name, T service) {
        if (!descriptor.provides().contains(type.getName())) {
            throw new IllegalStateException("plugin " + id() + " offers " + type.getName() + ", which its "
                    + PluginDescriptor.PATH + " does not list under provides");
        }
        surroundings.services().provide(offering, type, name, service);
    }

    @Override
    public <T> T service(Class<T> type, String name) {
        return surroundings.services().service(type, name);
    }

    @Override
    public <T> Map<String, T> services(Class<T> type) {
        return surroundings.services().services(type);
    }

    @Override
    public <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener) {
        Context own = context.get();
        if (own == null) {
            throw new IllegalStateException("plugin " + id() + " watches " + type.getName()
                    + " while it is not deployed; do so from start() on and before it has stopped");
        }
        ServiceWatch<T> watch = surroundings.services().watch(type, own, listener);
        offering.add(watch);
        return watch;
    }

    @Override
    public boolean replaced() {
        return replaced.getAsBoolean();
    }

    @Override
    public void progress(String what) {
        progress.accept(what);
    }

    @Override
    public HealthChecks health() {
        return (name, check) -> offering.checks().put(name, check);
    }
}
