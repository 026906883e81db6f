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
final class DeploymentContext implements PluginContext {
    private final PluginDescriptor descriptor;
    private final DeploymentEnvironment environment;
    private final Contribution contribution;
    private final Supplier<@Nullable Context> context;
    private final BooleanSupplier replaced;
    private final Consumer<String> progress;

    DeploymentContext(
            PluginDescriptor descriptor,
            DeploymentEnvironment environment,
            Contribution contribution,
            Supplier<@Nullable Context> context,
            BooleanSupplier replaced,
            Consumer<String> progress) {
        this.descriptor = descriptor;
        this.environment = environment;
        this.contribution = contribution;
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
        return environment.vertx();
    }

    @Override
    public NodeInfo node() {
        return environment.node();
    }

    @Override
    public JsonObject config() {
        return environment.pluginConfigs().getJsonObject(id(), new JsonObject()).copy();
    }

    @Override
    public <T> void provide(Class<T> type, String name, T service) {
        if (!descriptor.provides().contains(type.getName())) {
            throw new IllegalStateException("plugin " + id() + " offers " + type.getName() + ", which its "
                    + PluginDescriptor.PATH + " does not list under provides");
        }
        environment.services().provide(contribution, type, name, service);
    }

    @Override
    public <T> T service(Class<T> type, String name) {
        return environment.services().service(type, name);
    }

    @Override
    public <T> Map<String, T> services(Class<T> type) {
        return environment.services().services(type);
    }

    @Override
    public <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener) {
        Context own = context.get();
        if (own == null) {
            throw new IllegalStateException("plugin " + id() + " watches " + type.getName()
                    + " while it is not deployed; do so from start() on and before it has stopped");
        }
        ServiceWatch<T> watch = environment.services().watch(type, own, listener);
        contribution.add(watch);
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
        return (name, check) -> contribution.checks().put(name, check);
    }
}
