package io.vledger.api.plugin;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a plugin: a verticle that is given its {@link PluginContext} before it is deployed.
 *
 * <p>A plugin needs a public constructor without arguments. {@link #start()} completes when the plugin's services are usable;
 * {@link #stop()} completes when everything that the plugin opened is closed. Both, and all callbacks of Vert.x, run on the
 * plugin's own context. For plugins that the launcher brings, and those in their place, that is an event loop, which must not be
 * blocked; others have a thread of their own unless their descriptor says {@code "eventLoop": true}.
 */
public abstract class PluginVerticle extends VerticleBase {
    private @Nullable PluginContext plugin;

    /** Called once by the kernel, before {@link #start()}. */
    public final void bind(PluginContext context) {
        if (plugin != null) {
            throw new IllegalStateException("the plugin has a context already: " + context.id());
        }
        plugin = context;
    }

    /** The context given by the kernel. */
    protected final PluginContext plugin() {
        PluginContext bound = plugin;
        if (bound == null) {
            throw new IllegalStateException("used before the kernel bound the plugin");
        }
        return bound;
    }

    /**
     * Called after {@link #start()} once this deployment's services are the ones in place, those of a predecessor withdrawn:
     * what only one deployment can have, such as a listening socket, is taken over here. If it fails the predecessor's
     * services are put back and its {@code activate} is called again. The default has nothing to take over.
     */
    public Future<?> activate() {
        return Future.succeededFuture();
    }

    /**
     * Called in the order of shutdown, before any plugin is stopped: finish what was accepted, hand duties over, accept
     * nothing new. The default has nothing to drain.
     */
    public Future<?> drain() {
        return Future.succeededFuture();
    }
}
