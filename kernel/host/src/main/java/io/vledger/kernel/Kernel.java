package io.vledger.kernel;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import io.vledger.kernel.audit.AuditTrail;
import io.vledger.kernel.config.ConfigException;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.kernel.config.PluginSections;
import io.vledger.kernel.plugin.Deployment;
import io.vledger.kernel.plugin.DeploymentEnvironment;
import io.vledger.kernel.plugin.HealthCheckRegistry;
import io.vledger.kernel.plugin.PluginAdmin;
import io.vledger.kernel.plugin.PluginJar;
import io.vledger.kernel.plugin.PluginRegistry;
import io.vledger.kernel.plugin.ServiceRegistry;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: its Vert.x, its plugins, its services and its health. Start it once, stop it once; any thread.
 */
public final class Kernel {
    private static final Logger LOG = LoggerFactory.getLogger(Kernel.class);
    private static final String OWNER = "kernel";

    private final AuditTrail audit;
    private final Vertx vertx;
    private final NodeConfig config;
    private final ServiceRegistry services = new ServiceRegistry();
    private final HealthCheckRegistry health;
    private final PluginRegistry plugins;
    private final PluginAdmin operations;
    private final LoopWatch loops;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.NEW);
    private volatile Future<Void> stopped = Future.succeededFuture();

    private enum Phase {
        NEW,
        STARTING,
        RUNNING,
        STOPPING
    }

    /**
     * A node that is not started.
     *
     * @param vertx taken over: closed by {@link #stop}
     * @param eventLoops how many event loops {@code vertx} has
     * @param jars the plugins that the launcher brought; those of the plugin directory are read here
     * @throws io.vledger.kernel.plugin.PluginException if the plugins do not fit together
     * @throws ConfigException if there is a section for a plugin that is not there
     */
    public Kernel(Vertx vertx, int eventLoops, NodeConfig config, Collection<PluginJar> jars) {
        this.vertx = vertx;
        this.config = config;
        this.health = new HealthCheckRegistry(this::pluginStates);
        this.audit = new AuditTrail(config.audit(), Clock.systemUTC());
        DeploymentEnvironment environment = new DeploymentEnvironment(
                vertx,
                config.node(),
                config.plugins().sections(),
                config.plugins().startSeconds(),
                services,
                health,
                Kernel.class.getClassLoader());
        this.operations = new PluginAdmin(config.plugins().directory(), audit);
        List<PluginJar> all = new ArrayList<>(jars);
        all.addAll(operations.readDirectory());
        checkSections(all);
        this.plugins = new PluginRegistry(
                environment,
                all,
                Set.of(HealthRegistry.class.getName(), PluginAdministration.class.getName(), AuditLog.class.getName()));
        this.loops = new LoopWatch(vertx, eventLoops);
        services.provide(OWNER, HealthRegistry.class, "", health);
        services.provide(OWNER, PluginAdministration.class, "", operations);
        services.provide(OWNER, AuditLog.class, "", audit);
        health.register(OWNER, "plugins", this::pluginHealth);
        health.register(OWNER, "loops", loops);
    }

    /** A jar that could not be read may be the one that a section is for: its refusal is in the log, and the node continues. */
    private void checkSections(List<PluginJar> all) {
        Map<String, Optional<List<String>>> known = new TreeMap<>();
        all.forEach(jar -> known.put(
                jar.descriptor().id(), Optional.ofNullable(jar.descriptor().settings())));
        try {
            PluginSections.check(config, known);
        } catch (ConfigException e) {
            if (operations.refused().isEmpty()) {
                throw e;
            }
            LOG.warn("{}", e.getMessage());
        }
    }

    /**
     * Starts every plugin. Fails with a {@link io.vledger.kernel.plugin.PluginException} if a bundled one cannot start; the
     * others run on until {@link #stop} is called.
     */
    public Future<Void> start() {
        if (!phase.compareAndSet(Phase.NEW, Phase.STARTING)) {
            return Future.failedFuture(new IllegalStateException("the kernel was started before"));
        }
        config.notes().forEach(LOG::info);
        config.warnings().forEach(LOG::warn);
        return loops.start().compose(unused -> plugins.start()).onSuccess(unused -> {
            phase.compareAndSet(Phase.STARTING, Phase.RUNNING);
            plugins.settled()
                    .onComplete(settled -> operations.open(
                            plugins, config.shutdownSeconds(), config.plugins().pollMs()));
        });
    }

    /** Hands over, stops every plugin in reverse order, and closes Vert.x. Never fails; a second call waits for the first. */
    public synchronized Future<Void> stop() {
        if (phase.getAndSet(Phase.STOPPING) != Phase.STOPPING) {
            LOG.info("node {} stops", config.node().id());
            // A promise without a context: the loops that would run its listeners are gone when it completes.
            Promise<Void> done = Promise.promise();
            operations
                    .close(config.shutdownSeconds())
                    .compose(idle -> plugins.stop(config.shutdownSeconds()))
                    .onComplete(unused -> vertx.close().onComplete(closed -> {
                        audit.close();
                        done.complete();
                    }));
            stopped = done.future();
        }
        return stopped;
    }

    /** The plugins. */
    public PluginRegistry plugins() {
        return plugins;
    }

    /** The services. */
    public ServiceRegistry services() {
        return services;
    }

    /** The health checks. */
    public HealthRegistry health() {
        return health;
    }

    private java.util.Map<String, String> pluginStates() {
        return plugins.states();
    }

    private Health pluginHealth() {
        JsonArray list = new JsonArray();
        for (Deployment plugin : plugins.all()) {
            JsonObject shown = shown(PluginAdmin.status(plugin));
            if (plugin.unexpectedErrors() > 0) {
                shown.put("unexpectedErrors", plugin.unexpectedErrors());
            }
            if (!plugin.doing().isEmpty()) {
                shown.put("activity", plugin.doing());
            }
            list.add(shown);
        }
        operations.refused().forEach(status -> list.add(shown(status)));
        Phase now = Objects.requireNonNull(phase.get());
        boolean started = now == Phase.RUNNING;
        JsonObject detail = new JsonObject()
                .put("phase", now.name())
                .put("node", config.node().id())
                .put("version", config.node().version())
                .put("plugins", list);
        // A start that gets ahead is no reason to kill the process, however long it takes; see HealthReport.
        boolean stalled = now == Phase.STARTING && plugins.all().stream().anyMatch(Deployment::stalled);
        return new Health(true, !stalled, started && plugins.bundledActive(), detail);
    }

    private static JsonObject shown(PluginStatus status) {
        JsonObject shown = new JsonObject()
                .put("id", status.id())
                .put("version", status.version())
                .put("deploys", new JsonArray(status.deploys()))
                .put("state", status.state())
                .put("bundled", status.bundled())
                .put("hot", status.hot());
        if (!status.cause().isEmpty()) {
            shown.put("cause", status.cause());
        }
        return shown;
    }
}
