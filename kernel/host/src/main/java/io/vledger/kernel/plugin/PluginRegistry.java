package io.vledger.kernel.plugin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All plugins of the process, in an order in which they can start: whoever offers a type comes before whoever requires it.
 *
 * <p>Plugins that do not wait for each other start at the same time. Shutdown runs through the order backwards: first
 * everything is drained, then everything is stopped, each step bounded in time.
 */
public final class PluginRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(PluginRegistry.class);

    private final Map<String, DeployedPlugin> plugins = new LinkedHashMap<>();
    private final Map<String, Set<String>> needs = new LinkedHashMap<>();
    private final Set<String> kernelTypes;
    private final ClassLoader kernelLoader;

    /**
     * A registry of these plugins.
     *
     * @param kernelTypes names of the service types that the kernel itself offers
     * @param kernelLoader parent of the plugins' loaders
     * @throws PluginException if two have one id, a bundled one misses a type, or they wait for each other in a circle
     */
    public PluginRegistry(Collection<DeployedPlugin> candidates, Set<String> kernelTypes, ClassLoader kernelLoader) {
        this.kernelTypes = Set.copyOf(kernelTypes);
        this.kernelLoader = kernelLoader;
        order(candidates);
    }

    /** Every plugin, in start order. */
    public List<DeployedPlugin> all() {
        return List.copyOf(plugins.values());
    }

    /** What the plugins run, by the names that their descriptors give it, with their states, in start order. */
    public Map<String, String> states() {
        Map<String, String> states = new LinkedHashMap<>();
        for (DeployedPlugin plugin : plugins.values()) {
            plugin.deploys().forEach(name -> states.put(name, plugin.state().name()));
        }
        return states;
    }

    /** Starts all. Fails as soon as a bundled plugin has failed and the others have come to rest. */
    public Future<Void> start() {
        Map<String, Future<Void>> started = new LinkedHashMap<>();
        for (DeployedPlugin plugin : plugins.values()) {
            started.put(plugin.id(), startAfter(plugin, needs.getOrDefault(plugin.id(), Set.of()), started));
        }
        return Future.join(new ArrayList<>(started.values())).transform(unused -> {
            for (DeployedPlugin plugin : plugins.values()) {
                Throwable failure = started.get(plugin.id()).cause();
                if (failure != null && plugin.bundled()) {
                    return Future.failedFuture(failure);
                }
            }
            return Future.succeededFuture();
        });
    }

    private Future<Void> startAfter(DeployedPlugin plugin, Set<String> before, Map<String, Future<Void>> started) {
        if (plugin.state() == PluginState.FAILED) {
            LOG.error("{}", plugin.cause());
            return Future.failedFuture(new PluginException(plugin.cause()));
        }
        List<Future<Void>> waitFor = before.stream().map(started::get).toList();
        Future<Void> own = Future.all(waitFor).transform(ready -> {
            if (ready.succeeded()) {
                return plugin.start(kernelLoader);
            }
            plugin.fail("plugin " + plugin.id() + " was not started: "
                    + ready.cause().getMessage());
            return Future.failedFuture(ready.cause());
        });
        return own.onFailure(failure -> {
            if (!plugin.bundled()) {
                LOG.error("{}; the node goes on without it", failure.getMessage(), failure);
            }
        });
    }

    /** Drains all, then stops all, in reverse order, each for {@code seconds} at most. Never fails. */
    public Future<Void> stop(int seconds) {
        List<DeployedPlugin> reverse = new ArrayList<>(plugins.values());
        java.util.Collections.reverse(reverse);
        Future<Void> chain = Future.succeededFuture();
        for (DeployedPlugin plugin : reverse) {
            chain = chain.compose(unused -> plugin.drain(seconds));
        }
        for (DeployedPlugin plugin : reverse) {
            chain = chain.compose(unused -> plugin.stop(seconds));
        }
        Promise<Void> done = Promise.promise();
        chain.onComplete(unused -> done.complete());
        return done.future();
    }

    private void order(Collection<DeployedPlugin> candidates) {
        Map<String, DeployedPlugin> byId = new LinkedHashMap<>();
        for (DeployedPlugin plugin : candidates) {
            DeployedPlugin other = byId.putIfAbsent(plugin.id(), plugin);
            if (other != null) {
                throw new PluginException("two plugins have the id " + plugin.id() + "; remove one of their jars");
            }
        }
        Map<String, List<DeployedPlugin>> providers = new LinkedHashMap<>();
        byId.values().forEach(plugin -> plugin.descriptor().provides().forEach(type -> providers
                .computeIfAbsent(type, unused -> new ArrayList<>())
                .add(plugin)));
        List<DeployedPlugin> waiting = new ArrayList<>();
        for (DeployedPlugin plugin : byId.values()) {
            if (resolve(plugin, providers)) {
                waiting.add(plugin);
            } else {
                plugins.put(plugin.id(), plugin);
            }
        }
        while (!waiting.isEmpty()) {
            List<DeployedPlugin> next = waiting.stream()
                    .filter(plugin -> plugins.keySet().containsAll(needs.getOrDefault(plugin.id(), Set.of())))
                    .toList();
            if (next.isEmpty()) {
                throw new PluginException("plugins wait for each other in a circle: "
                        + waiting.stream().map(DeployedPlugin::id).toList() + "; mend what they require");
            }
            next.forEach(plugin -> plugins.put(plugin.id(), plugin));
            waiting.removeAll(next);
        }
    }

    /** Notes what a plugin waits for; false if it can never start, which only a foreign one may survive. */
    private boolean resolve(DeployedPlugin plugin, Map<String, List<DeployedPlugin>> providers) {
        Set<String> before = new HashSet<>();
        for (String type : plugin.descriptor().requires()) {
            List<DeployedPlugin> offering = providers.getOrDefault(type, List.of());
            if (offering.isEmpty() && !kernelTypes.contains(type)) {
                String message = "plugin " + plugin.id() + " requires " + type + ", which no plugin provides";
                if (plugin.bundled()) {
                    throw new PluginException(message);
                }
                plugin.fail(message);
                return false;
            }
            offering.stream().filter(other -> other != plugin).forEach(other -> before.add(other.id()));
        }
        needs.put(plugin.id(), before);
        return true;
    }
}
