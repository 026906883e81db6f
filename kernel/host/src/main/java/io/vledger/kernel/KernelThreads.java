package io.vledger.kernel;

import io.vertx.core.impl.VertxThread;
import io.vertx.core.spi.VertxThreadFactory;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.TimeUnit;

/**
 * Makes Vert.x's threads so that none belongs to a plugin. Vert.x makes the threads of its pools when they are first needed, and
 * Java gives a thread the context class loader of the one that made it, and the protection domains of all code on that one's
 * stack: without this, a shared thread that a plugin was the first to need would keep the plugin's class loader for as long as
 * the process lives. A context that has a loader of its own still sets it while it runs. Found by Vert.x as a service; any
 * thread.
 */
public final class KernelThreads implements VertxThreadFactory {
    /** Called by Vert.x. */
    public KernelThreads() {}

    @Override
    public VertxThread newVertxThread(
            Runnable target, String name, boolean worker, long maxExecTime, TimeUnit maxExecTimeUnit) {
        VertxThread made = outsideOfTheStack(
                () -> VertxThreadFactory.super.newVertxThread(target, name, worker, maxExecTime, maxExecTimeUnit));
        made.setContextClassLoader(KernelThreads.class.getClassLoader());
        return made;
    }

    /** Nobody asks for permissions here; but this is what ends the list of protection domains that a thread begins with. */
    @SuppressWarnings("removal")
    private static VertxThread outsideOfTheStack(PrivilegedAction<VertxThread> made) {
        return AccessController.doPrivileged(made);
    }
}
