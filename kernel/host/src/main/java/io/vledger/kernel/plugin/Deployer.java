package io.vledger.kernel.plugin;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the plugins of a running node, step by step in the calling thread, which waits for each step: to be called by one
 * thread only, and never by an event loop. Every step is bounded in time.
 *
 * <p>A hot plugin is started beside the one that it replaces. Any other is replaced by stopping it and whatever depends on it,
 * in the reverse of the start order, and starting them again.
 */
final class Deployer {
    private static final Logger LOG = LoggerFactory.getLogger(Deployer.class);

    private final PluginRegistry registry;
    private final int shutdownSeconds;

    Deployer(PluginRegistry registry, int shutdownSeconds) {
        this.registry = registry;
        this.shutdownSeconds = shutdownSeconds;
    }

    /**
     * Deploys a plugin or replaces the one of its id. If this fails and one was active, that one is active again; where none
     * was, the failed one stays in the registry with its cause.
     *
     * @param mayWait whether a plugin whose requirements are not offered is kept until they are
     * @throws PluginException if it is not active in the end
     */
    void deploy(PluginJar jar, boolean mayWait) {
        PluginDescriptor descriptor = jar.descriptor();
        Deployment old = registry.find(descriptor.id());
        boolean running = old != null && old.state() == PluginState.ACTIVE;
        List<String> missing = registry.missing(descriptor, old);
        if (!missing.isEmpty()) {
            String reason = PluginRegistry.waitsFor(descriptor, missing);
            if (mayWait && !running) {
                Deployment waiting = registry.newDeployment(jar);
                waiting.await(reason);
                registry.put(waiting);
                LOG.warn("{}", reason);
                return;
            }
            throw new PluginException("plugin " + descriptor.id() + " requires " + String.join(", ", missing)
                    + ", which no plugin provides; deploy one that does first");
        }
        if (old == null || !running) {
            startFresh(registry.newDeployment(jar));
        } else {
            checkDependents(old, descriptor);
            if (old.descriptor().hot() && descriptor.hot()) {
                replaceHot(old, jar);
            } else {
                replaceCold(old, jar);
            }
            LOG.info(
                    "plugin {} {} replaced {}",
                    descriptor.id(),
                    descriptor.version(),
                    old.descriptor().version());
        }
        startWaiting();
    }

    /**
     * Undeploys a foreign plugin. Where the launcher brought one of the id, that one takes its place.
     *
     * @throws PluginException if that may not be, or the bundled one cannot start, and then the foreign one stays
     */
    void undeploy(String id) {
        Deployment plugin = registry.find(id);
        if (plugin == null) {
            throw new PluginException("no plugin has the id " + id);
        }
        if (plugin.bundled()) {
            throw new PluginException(
                    "plugin " + id + " came with the launcher: it can be replaced, but not undeployed");
        }
        PluginJar own = registry.bundledJar(id);
        if (own != null) {
            deploy(own, false);
            return;
        }
        if (plugin.state() == PluginState.ACTIVE) {
            checkDependents(plugin, null);
            plugin.drain(shutdownSeconds).await();
        }
        plugin.stop(shutdownSeconds).await();
        registry.remove(id);
        LOG.info("undeployed plugin {} {}", id, plugin.descriptor().version());
    }

    /** Starts the plugins that waited for something that is offered by now. */
    void startWaiting() {
        boolean again = true;
        while (again) {
            again = false;
            for (Deployment plugin : registry.all()) {
                if (plugin.state() == PluginState.RESOLVED
                        && registry.missing(plugin.descriptor(), plugin).isEmpty()) {
                    again = true;
                    try {
                        startFresh(registry.newDeployment(plugin.jar()));
                    } catch (PluginException e) {
                        LOG.error("{}", e.getMessage(), e);
                    }
                }
            }
        }
    }

    private void startFresh(Deployment plugin) {
        registry.put(plugin);
        plugin.start().await();
    }

    private void replaceHot(Deployment old, PluginJar jar) {
        Deployment made = registry.newDeployment(jar);
        made.prepare().await();
        made.activate(old).await();
        registry.put(made);
        old.drain(shutdownSeconds).await();
        old.stop(shutdownSeconds).await();
    }

    private void replaceCold(Deployment old, PluginJar jar) {
        Deployment made = registry.newDeployment(jar);
        made.check();
        List<Deployment> dependents = StartOrder.dependents(old, registry.active());
        List<Deployment> stopping = new ArrayList<>(dependents);
        Collections.reverse(stopping);
        stopping.add(old);
        LOG.info(
                "plugin {} is replaced; it and what depends on it stop: {}",
                old.id(),
                stopping.stream().map(Deployment::id).toList());
        stopping.forEach(plugin -> plugin.setReplaced(true));
        stopping.forEach(plugin -> plugin.drain(shutdownSeconds).await());
        stopping.forEach(plugin -> plugin.stop(shutdownSeconds).await());
        PluginException failure = null;
        try {
            startFresh(made);
        } catch (PluginException e) {
            failure = e;
            restart(old.jar());
        }
        dependents.forEach(plugin -> restart(plugin.jar()));
        if (failure != null) {
            throw failure;
        }
    }

    /** Starts a plugin that was stopped for another's sake; a failure is shown and does not stop the rest. */
    private void restart(PluginJar jar) {
        Deployment again = registry.newDeployment(jar);
        List<String> missing = registry.missing(jar.descriptor(), again);
        if (!missing.isEmpty()) {
            again.await(PluginRegistry.waitsFor(jar.descriptor(), missing));
            registry.put(again);
            LOG.error("{}", again.cause());
            return;
        }
        try {
            startFresh(again);
        } catch (PluginException e) {
            LOG.error("{}", e.getMessage(), e);
        }
    }

    /**
     * Refuses to take away what others require: types that {@code next} does not offer any more and no third plugin offers,
     * and, if nothing comes after it, everything of a plugin that is not hot.
     */
    private void checkDependents(Deployment old, @Nullable PluginDescriptor next) {
        Set<String> lost = new HashSet<>(old.descriptor().provides());
        if (next != null) {
            lost.removeAll(next.provides());
        }
        List<Deployment> active = registry.active();
        if (next != null || old.descriptor().hot()) {
            active.stream()
                    .filter(plugin -> plugin != old)
                    .forEach(plugin -> lost.removeAll(plugin.descriptor().provides()));
        }
        for (Deployment plugin : active) {
            List<String> needed = plugin.descriptor().requires().stream()
                    .filter(lost::contains)
                    .toList();
            if (plugin != old && !needed.isEmpty()) {
                throw new PluginException("plugin " + old.id() + " provides " + String.join(", ", needed)
                        + ", which plugin " + plugin.id() + " requires; undeploy that one first");
            }
        }
    }
}
