package io.vledger.kernel.plugin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All plugins of the process, one of each id, in an order in which they can start: a plugin that offers a type comes before those that
 * require it.
 *
 * <p>Plugins that do not wait for each other start at the same time. Shutdown runs through the order backwards: first
 * everything is drained, then everything is stopped, each step bounded in time. A foreign plugin with the id of a bundled one
 * overrides it; the bundled one comes back when the foreign one cannot start, or goes. Safe for use by any thread.
 */
public final class PluginRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(PluginRegistry.class);

    private final DeploymentEnvironment environment;
    private final Set<String> kernelTypes;
    private final Map<String, PluginJar> bundled = new LinkedHashMap<>();
    private final Map<String, Deployment> plugins = new LinkedHashMap<>();
    private final Map<String, Deployment> superseded = new LinkedHashMap<>();
    private volatile Future<Void> settled = Future.succeededFuture();

    /**
     * A registry of these plugins.
     *
     * @param jars bundled ones, and foreign ones, which are preferred; no two foreign ones with the same id
     * @param kernelTypes names of the service types that the kernel itself offers
     * @throws PluginException if two have one id, a bundled one misses a type, or they wait for each other in a circle
     */
    public PluginRegistry(DeploymentEnvironment environment, Collection<PluginJar> jars, Set<String> kernelTypes) {
        this.environment = environment;
        this.kernelTypes = Set.copyOf(kernelTypes);
        for (PluginJar jar : jars) {
            if (jar.bundled() && bundled.putIfAbsent(jar.descriptor().id(), jar) != null) {
                throw twice(jar);
            }
        }
        for (PluginJar jar : jars) {
            Deployment other = plugins.get(jar.descriptor().id());
            if (other == null || other.bundled()) {
                plugins.put(jar.descriptor().id(), newDeployment(jar));
            } else if (!jar.bundled()) {
                throw twice(jar);
            }
        }
        bundled.values().forEach(this::checkBundled);
        List<Deployment> stuck = new ArrayList<>();
        List<Deployment> ordered = StartOrder.of(plugins.values(), stuck);
        if (stuck.stream().anyMatch(plugin -> bundled.containsKey(plugin.id()))) {
            throw new PluginException("plugins wait for each other in a circle: "
                    + stuck.stream().map(Deployment::id).toList() + "; fix what they require");
        }
        plugins.clear();
        ordered.forEach(this::put);
    }

    private static PluginException twice(PluginJar jar) {
        return new PluginException("two plugins have the id " + jar.descriptor().id() + "; remove one of their jars");
    }

    private void checkBundled(PluginJar jar) {
        for (String type : jar.descriptor().requires()) {
            if (!kernelTypes.contains(type)
                    && plugins.values().stream()
                            .noneMatch(other -> other.descriptor().provides().contains(type))) {
                throw new PluginException(
                        "plugin " + jar.descriptor().id() + " requires " + type + ", which no plugin provides");
            }
        }
    }

    /** A deployment of a jar, not started. Foreign plugins run on a thread of their own unless they stand for a bundled one. */
    Deployment newDeployment(PluginJar jar) {
        PluginDescriptor descriptor = jar.descriptor();
        boolean ownThread = !jar.bundled() && !bundled.containsKey(descriptor.id()) && !descriptor.eventLoop();
        return new Deployment(jar, environment, ownThread);
    }

    /** Every plugin, in start order. */
    public synchronized List<Deployment> all() {
        return StartOrder.of(plugins.values(), new ArrayList<>());
    }

    /** The plugin with an id, or null. */
    synchronized @Nullable Deployment find(String id) {
        return plugins.get(id);
    }

    /** The jar of the launcher with an id, or null. */
    @Nullable
    PluginJar bundledJar(String id) {
        return bundled.get(id);
    }

    /** Makes this the plugin of its id. */
    synchronized void put(Deployment plugin) {
        plugins.put(plugin.id(), plugin);
    }

    /** Forgets the plugin with an id. */
    synchronized void remove(String id) {
        plugins.remove(id);
    }

    /** Every plugin that is active, in start order. */
    List<Deployment> active() {
        return all().stream()
                .filter(plugin -> plugin.state() == PluginState.ACTIVE)
                .toList();
    }

    /** What the plugins run, by the names that their descriptors give it, with their states, in start order. */
    public Map<String, String> states() {
        Map<String, String> states = new LinkedHashMap<>();
        for (Deployment plugin : all()) {
            plugin.deploys().forEach(name -> states.put(name, plugin.state().name()));
        }
        return states;
    }

    /** Whether every plugin that the launcher brought, or what overrides it, serves. */
    public synchronized boolean bundledActive() {
        return bundled.keySet().stream().allMatch(id -> {
            Deployment plugin = plugins.get(id);
            return plugin != null && plugin.state() == PluginState.ACTIVE;
        });
    }

    /** What a plugin requires and no active one but {@code without} offers now; empty if it can start. */
    List<String> missing(PluginDescriptor descriptor, @Nullable Deployment without) {
        Set<String> offered = new HashSet<>(kernelTypes);
        active().stream()
                .filter(plugin -> plugin != without)
                .forEach(plugin -> offered.addAll(plugin.descriptor().provides()));
        return descriptor.requires().stream()
                .filter(type -> !offered.contains(type))
                .toList();
    }

    /** Words for what {@link #missing} found. */
    static String waitsFor(PluginDescriptor descriptor, List<String> missing) {
        return "plugin " + descriptor.id() + " requires " + String.join(", ", missing)
                + ", which no plugin provides; it starts when one does";
    }

    /**
     * Starts all. Done when the plugins of the launcher, or what overrides them, have come to rest; fails if one of
     * them failed. See {@link #settled} for the others.
     */
    public Future<Void> start() {
        List<Deployment> order = all();
        Map<Deployment, Future<Void>> started = new LinkedHashMap<>();
        for (Deployment plugin : order) {
            List<Future<Void>> before = new ArrayList<>();
            StartOrder.before(plugin, order).forEach(other -> before.add(rest(started.get(other))));
            started.put(plugin, Future.join(before).transform(unused -> startOrWait(plugin)));
        }
        settled = Future.join(
                        started.values().stream().map(PluginRegistry::rest).toList())
                .mapEmpty();
        List<Future<Void>> own = order.stream()
                .filter(plugin -> bundled.containsKey(plugin.id()))
                .map(started::get)
                .toList();
        return Future.join(own)
                .transform(unused ->
                        own.stream().filter(Future::failed).findFirst().orElse(Future.succeededFuture()));
    }

    /** Done when every plugin of the first start serves, waits or has failed. */
    public Future<Void> settled() {
        return settled;
    }

    private static Future<Void> rest(@Nullable Future<Void> work) {
        return work == null ? Future.succeededFuture() : work.recover(failure -> Future.succeededFuture());
    }

    private Future<Void> startOrWait(Deployment plugin) {
        List<String> missing = missing(plugin.descriptor(), null);
        if (missing.isEmpty()) {
            return plugin.start().recover(failure -> startBundled(plugin, failure));
        }
        plugin.await(waitsFor(plugin.descriptor(), missing));
        LOG.warn("{}", plugin.cause());
        return Future.failedFuture(new PluginException(plugin.cause()));
    }

    /** The bundled plugin in the place of a foreign one that failed; the failure where there is none. */
    private Future<Void> startBundled(Deployment failed, Throwable failure) {
        PluginJar own = bundled.get(failed.id());
        if (failed.bundled()) {
            return Future.failedFuture(failure);
        }
        if (own == null) {
            LOG.error("{}; the node continues without it", failure.getMessage(), failure);
            return Future.failedFuture(failure);
        }
        LOG.error("{}; the bundled one is started in its place", failure.getMessage(), failure);
        Deployment again = newDeployment(own);
        synchronized (this) {
            superseded.put(failed.id(), failed);
        }
        put(again);
        return again.start();
    }

    /** Foreign plugins that failed at the start of the node and are superseded by the bundled one. */
    synchronized List<Deployment> superseded() {
        return List.copyOf(superseded.values());
    }

    /** Drains all, then stops all, in reverse order, each for {@code seconds} at most. Never fails. */
    public Future<Void> stop(int seconds) {
        List<Deployment> reverse = all();
        Collections.reverse(reverse);
        Future<Void> chain = Future.succeededFuture();
        for (Deployment plugin : reverse) {
            chain = chain.compose(unused -> plugin.drain(seconds));
        }
        for (Deployment plugin : reverse) {
            chain = chain.compose(unused -> plugin.stop(seconds));
        }
        Promise<Void> done = Promise.promise();
        chain.onComplete(unused -> done.complete());
        return done.future();
    }
}
