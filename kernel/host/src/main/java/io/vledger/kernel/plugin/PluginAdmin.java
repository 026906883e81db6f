package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.plugin.PluginAdministration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plugins of a running node as people change them: by calls, and by the jars of a directory. One thread of its own does
 * one thing after another and may wait; no event loop has a part in it, so that a plugin that blocks one does not keep
 * another from being replaced.
 */
public final class PluginAdmin implements PluginAdministration {
    private static final Logger LOG = LoggerFactory.getLogger(PluginAdmin.class);

    private final PluginDirectory directory;
    private final RefusedJars refusals = new RefusedJars();
    private final DirectoryFollower follower;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicReference<@Nullable Running> running = new AtomicReference<>();

    private record Running(PluginRegistry registry, Deployer deployer) {}

    /** Operations on the plugins of a directory, which need not exist. */
    public PluginAdmin(Path directory) {
        this(directory, AuditLog.NONE);
    }

    /** As the other constructor, with a log of what the directory changes while the node runs. */
    public PluginAdmin(Path directory, AuditLog audit) {
        this.directory = new PluginDirectory(directory);
        this.follower = new DirectoryFollower(this.directory, refusals, audit);
        this.thread = new ScheduledThreadPoolExecutor(1, work -> {
            Thread made = new Thread(work, "vledger-plugins");
            made.setDaemon(true);
            made.setContextClassLoader(PluginAdmin.class.getClassLoader());
            return made;
        });
    }

    /** The plugins of the directory, to be called once before {@link #open}. Names in the log what is none. */
    public List<PluginJar> readDirectory() {
        return follower.readAll();
    }

    /**
     * Begins to accept changes and to follow the directory.
     *
     * @param shutdownSeconds bound of draining and of stopping one plugin
     * @param pollMs interval between two looks at the directory; 0 for none
     */
    public void open(PluginRegistry registry, int shutdownSeconds, int pollMs) {
        for (Deployment failed : registry.superseded()) {
            PluginException cause = new PluginException(failed.cause());
            refusals.refuse(failed.id(), DirectoryFollower.refused(failed.descriptor(), failed.cause()), cause);
        }
        Running opened = new Running(registry, new Deployer(registry, shutdownSeconds));
        try {
            if (pollMs > 0) {
                var unused = thread.scheduleWithFixedDelay(() -> poll(opened), pollMs, pollMs, TimeUnit.MILLISECONDS);
            }
            running.set(opened);
        } catch (RejectedExecutionException e) {
            LOG.debug("the node stops already");
        }
    }

    /** Accepts nothing more; done when what is under way is finished, or after {@code seconds}. Never fails. */
    public Future<Void> close(int seconds) {
        running.set(null);
        Promise<Void> idle = Promise.promise();
        try {
            thread.execute(idle::complete);
        } catch (RejectedExecutionException closedBefore) {
            idle.tryComplete();
        }
        thread.shutdown();
        return TimeLimit.within(idle.future(), seconds, () -> new PluginException("a change of plugins is under way"))
                .otherwiseEmpty();
    }

    private void poll(Running opened) {
        if (running.get() == null) {
            return;
        }
        try {
            follower.scan(opened.deployer(), opened.registry());
            opened.deployer().startWaiting();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("the plugin directory was not followed: {}; it is tried again", e.toString(), e);
        }
    }

    /** Every jar that was refused, but for those that the registry knows as failed. */
    public List<PluginStatus> refused() {
        Running opened = running.get();
        return refusals.all().stream()
                .filter(status -> opened == null || !failed(opened.registry().find(status.id()), status))
                .toList();
    }

    private static boolean failed(@Nullable Deployment plugin, PluginStatus refused) {
        return plugin != null && plugin.cause().equals(refused.cause());
    }

    /** A plugin's status. */
    public static PluginStatus status(Deployment plugin) {
        PluginDescriptor descriptor = plugin.descriptor();
        return new PluginStatus(
                plugin.id(),
                descriptor.version(),
                plugin.state().name(),
                plugin.cause(),
                plugin.bundled(),
                descriptor.hot(),
                descriptor.deploys());
    }

    @Override
    public List<PluginStatus> list() {
        Running opened = running.get();
        List<PluginStatus> all = new ArrayList<>();
        if (opened != null) {
            opened.registry().all().forEach(plugin -> all.add(status(plugin)));
        }
        all.addAll(refused());
        return all;
    }

    @Override
    public Future<PluginStatus> deploy(byte[] jar) {
        return later(opened -> deployNow(opened, jar));
    }

    private PluginStatus deployNow(Running opened, byte[] bytes) {
        PluginDirectory.checkSize("the jar", bytes.length);
        String digest = PluginDirectory.digest(bytes);
        PluginJar jar = DirectoryFollower.parse("the jar", bytes, digest);
        String id = jar.descriptor().id();
        String file = follower.fileFor(id);
        Path staged = directory.stage(file, bytes);
        try {
            opened.deployer().deploy(jar, false);
        } catch (PluginException e) {
            refusals.refuse(id, DirectoryFollower.refused(jar.descriptor(), e.getMessage()), e);
            PluginDirectory.discard(staged);
            throw e;
        }
        refusals.clear(id);
        follower.keep(staged, file, id, digest);
        Deployment active = opened.registry().find(id);
        if (active == null) {
            throw new PluginException("plugin " + id + " is gone");
        }
        return status(active);
    }

    @Override
    public Future<Void> undeploy(String id) {
        return later(opened -> undeployNow(opened, id)).mapEmpty();
    }

    private String undeployNow(Running opened, String id) {
        Deployment plugin = opened.registry().find(id);
        boolean refused = refusals.contains(id);
        if (plugin != null && !plugin.bundled()) {
            opened.deployer().undeploy(id);
            refused = true;
        }
        refused |= follower.delete(id);
        if (!refused) {
            // Says why not.
            opened.deployer().undeploy(id);
        }
        refusals.clear(id);
        return id;
    }

    /** Does the change after those before it; the future completes on the caller's context if it has one. */
    private <T> Future<T> later(Function<Running, T> change) {
        Running opened = running.get();
        if (opened == null) {
            return Future.failedFuture(
                    new PluginException("plugins cannot be changed while the node starts or stops; try again"));
        }
        Promise<T> promise = Promise.promise();
        Context caller = Vertx.currentContext();
        try {
            thread.execute(() -> {
                Future<T> done = run(() -> {
                    if (running.get() == null) {
                        throw new PluginException("the node stops");
                    }
                    return change.apply(opened);
                });
                if (caller == null) {
                    done.onComplete(promise);
                } else {
                    caller.runOnContext(unused -> done.onComplete(promise));
                }
            });
        } catch (RejectedExecutionException e) {
            return Future.failedFuture(new PluginException("the node stops"));
        }
        return promise.future();
    }

    private static <T> Future<T> run(Supplier<T> work) {
        try {
            return Future.succeededFuture(work.get());
        } catch (PluginException e) {
            return Future.failedFuture(e);
        } catch (RuntimeException | LinkageError e) {
            LOG.error("a change of plugins failed: {}", e.toString(), e);
            return Future.failedFuture(new PluginException("a change of plugins failed: " + e, e));
        }
    }
}
