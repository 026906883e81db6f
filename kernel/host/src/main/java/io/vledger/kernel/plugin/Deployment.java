package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vledger.api.net.WarningRate;
import io.vledger.api.plugin.PluginVerticle;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One deployment of a plugin from its jar to its end: makes the class loader and the verticle, deploys it with its services
 * staged, activates, drains and undeploys it, and knows its state. A deployment is used once; to start a plugin again a new
 * one is made. Methods are called by the kernel, one after another; the accessors by any thread.
 */
public final class Deployment {
    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);
    /** After so many one a minute is logged: what a stranger may cause does not fill the log. */
    private static final int ERRORS_LOGGED = 10;

    private final PluginJar jar;
    private final DeploymentEnvironment environment;
    private final boolean ownThread;
    private final Contribution contribution;
    private final AtomicLong unexpectedErrors = new AtomicLong();
    private final WarningRate errorRate = new WarningRate();
    private volatile PluginState state = PluginState.RESOLVED;
    private volatile String cause = "";
    private volatile boolean replaced;
    private volatile @Nullable PluginVerticle verticle;
    private volatile @Nullable Context context;
    private volatile @Nullable String deploymentId;
    private volatile @Nullable StartSupervisor watch;

    /**
     * A plugin that is not deployed yet.
     *
     * @param ownThread whether it runs on a thread of its own and not on an event loop that it shares with others
     */
    Deployment(PluginJar jar, DeploymentEnvironment environment, boolean ownThread) {
        this.jar = jar;
        this.environment = environment;
        this.ownThread = ownThread;
        this.contribution = new Contribution(jar.descriptor().id());
    }

    /** Its jar. */
    PluginJar jar() {
        return jar;
    }

    /** What it runs, by the names that its descriptor gives. */
    List<String> deploys() {
        return jar.descriptor().deploys();
    }

    /** Its id. */
    public String id() {
        return jar.descriptor().id();
    }

    /** Its descriptor. */
    public PluginDescriptor descriptor() {
        return jar.descriptor();
    }

    /** Whether the launcher brought it. */
    public boolean bundled() {
        return jar.bundled();
    }

    /** Where it is in its life. */
    public PluginState state() {
        return state;
    }

    /** Why it failed, or what it waits for; else empty. */
    public String cause() {
        return cause;
    }

    private void progress(String what) {
        StartSupervisor started = watch;
        if (started != null) {
            started.progress(what);
        }
    }

    /** Whether it is starting and has not got ahead for long; it is about to be given up. */
    public boolean stalled() {
        StartSupervisor started = watch;
        return state == PluginState.STARTING && started != null && started.stalled();
    }

    /** What its start said last that it does; empty if it said nothing, or is over. */
    public String doing() {
        StartSupervisor started = watch;
        return state == PluginState.STARTING && started != null ? started.doing() : "";
    }

    /** Exceptions that reached the plugin's context without being handled. */
    public long unexpectedErrors() {
        return unexpectedErrors.get();
    }

    /** Deploys and activates it where nothing of its id runs. The future fails with a {@link PluginException}. */
    Future<Void> start() {
        return prepare().compose(unused -> activate(null));
    }

    /**
     * Deploys it with its services staged: nobody sees them yet. The future fails with a {@link PluginException}; the state
     * is then {@link PluginState#FAILED} and nothing of it is left.
     */
    Future<Void> prepare() {
        state = PluginState.STARTING;
        cause = "";
        long from = System.nanoTime();
        StartSupervisor started = new StartSupervisor(id(), environment.startSeconds());
        watch = started;
        PluginClassLoader loader = new PluginClassLoader(jar, environment.kernelLoader());
        AbandonableVerticle start = new AbandonableVerticle(() -> instantiate(loader), this::begun);
        Future<String> deployed = made(start).compose(unused -> deploy(start, loader));
        return started.watch(deployed)
                .<Void>map(id -> {
                    deploymentId = id;
                    LOG.info(
                            "deployed {} (plugin {} {}, {} ms)",
                            String.join(", ", deploys()),
                            id(),
                            descriptor().version(),
                            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from));
                    return null;
                })
                .recover(failure -> {
                    PluginException failed = asPluginException(failure);
                    fail(reason(failed));
                    start.abandon(reason(failed), ownThread);
                    deployed.onSuccess(late -> environment.vertx().undeploy(late));
                    release();
                    return Future.failedFuture(failed);
                });
    }

    /**
     * Puts its services in the place of {@code predecessor}'s, in one step, and lets it take over what only one can have. If
     * that fails the predecessor has its place again, and this one is stopped.
     */
    Future<Void> activate(@Nullable Deployment predecessor) {
        Contribution out = predecessor == null ? null : predecessor.contribution;
        try {
            environment.services().swap(out, contribution);
        } catch (IllegalStateException e) {
            return giveUp(asPluginException(e));
        }
        environment.health().swap(out, contribution);
        if (predecessor != null) {
            predecessor.replaced = true;
        }
        return activation("activated")
                .<Void>map(unused -> {
                    state = PluginState.ACTIVE;
                    return null;
                })
                .recover(failure -> {
                    environment.services().swap(contribution, out);
                    environment.health().swap(contribution, out);
                    Future<Void> back = Future.succeededFuture();
                    if (predecessor != null) {
                        predecessor.replaced = false;
                        back = predecessor.activation("activated again").recover(lost -> {
                            LOG.error("{}", lost.getMessage(), lost);
                            predecessor.cause = reason(lost);
                            return Future.succeededFuture();
                        });
                    }
                    return back.compose(unused -> giveUp(asPluginException(failure)));
                });
    }

    private Future<Void> giveUp(PluginException failure) {
        return undeploy(environment.startSeconds()).compose(unused -> {
            fail(reason(failure));
            return Future.failedFuture(failure);
        });
    }

    private Future<Void> activation(String what) {
        int seconds = environment.startSeconds();
        return TimeLimit.within(
                onOwnContext(PluginVerticle::activate),
                seconds,
                () -> new PluginException("plugin " + id() + " was not " + what + " within " + seconds + " s"));
    }

    /** Marks it as failed, with the reason. */
    void fail(String reason) {
        cause = reason;
        state = PluginState.FAILED;
    }

    /** Marks it as waiting, with what it waits for. */
    void await(String reason) {
        cause = reason;
        state = PluginState.RESOLVED;
    }

    /** Says whether another deployment of this process takes its place, or that of what it needs. */
    void setReplaced(boolean value) {
        replaced = value;
    }

    /** Lets it hand over, on its own loop, for {@code seconds} at most. Never fails. */
    Future<Void> drain(int seconds) {
        if (state != PluginState.ACTIVE) {
            return Future.succeededFuture();
        }
        state = PluginState.DRAINING;
        return bounded(onOwnContext(PluginVerticle::drain), seconds, "hand over");
    }

    /** Undeploys it, for {@code seconds} at most, and takes its services and checks away. Never fails. */
    Future<Void> stop(int seconds) {
        if (deploymentId == null) {
            return Future.succeededFuture();
        }
        return undeploy(seconds).map(unused -> {
            if (state != PluginState.FAILED) {
                state = PluginState.STOPPED;
            }
            return null;
        });
    }

    private Future<Void> undeploy(int seconds) {
        String id = deploymentId;
        deploymentId = null;
        contribution.endWatches();
        Future<Void> gone =
                id == null ? Future.succeededFuture() : environment.vertx().undeploy(id);
        return bounded(gone, seconds, "stop").map(unused -> {
            release();
            return null;
        });
    }

    private Future<Void> bounded(Future<Void> work, int seconds, String what) {
        PluginException late = new PluginException("did not " + what + " within " + seconds + " s");
        return TimeLimit.within(work, seconds, () -> late).recover(failure -> {
            String message = failure == late ? reason(late) : "could not " + what + ": " + reason(failure);
            LOG.warn("plugin {} {}", id(), message, failure);
            fail(message);
            return Future.succeededFuture();
        });
    }

    /** Calls the verticle on its own context. */
    private Future<Void> onOwnContext(Function<PluginVerticle, Future<?>> call) {
        PluginVerticle running = verticle;
        Context own = context;
        if (running == null || own == null) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        try {
            own.runOnContext(unused -> {
                try {
                    call.apply(running).<Void>mapEmpty().onComplete(done);
                } catch (RuntimeException | LinkageError e) {
                    done.tryFail(e);
                }
            });
        } catch (RejectedExecutionException e) {
            done.tryFail(e);
        }
        return done.future();
    }

    /** Makes the verticle where a slow or hanging constructor hurts nobody else. */
    private Future<Void> made(AbandonableVerticle start) {
        if (ownThread) {
            return Future.succeededFuture();
        }
        if (bundled()) {
            return environment
                    .vertx()
                    .executeBlocking(
                            () -> {
                                start.prepare();
                                return null;
                            },
                            false);
        }
        Promise<Void> done = Promise.promise();
        Thread loading = new Thread(
                () -> {
                    try {
                        start.prepare();
                        done.complete();
                    } catch (RuntimeException e) {
                        done.fail(e);
                    }
                },
                "plugin-" + id() + "-load");
        loading.setDaemon(true);
        loading.start();
        return done.future();
    }

    private Future<String> deploy(AbandonableVerticle start, PluginClassLoader loader) {
        if (start.abandoned()) {
            return Future.failedFuture(new PluginException(cause));
        }
        DeploymentOptions options = new DeploymentOptions().setClassLoader(loader);
        if (ownThread) {
            options.setThreadingModel(ThreadingModel.WORKER)
                    .setWorkerPoolName("plugin-" + id() + "-" + Integer.toHexString(System.identityHashCode(this)))
                    .setWorkerPoolSize(1);
        }
        return environment.vertx().deployVerticle(start, options);
    }

    private void begun(PluginVerticle made, Context own) {
        verticle = made;
        context = own;
        own.exceptionHandler(error -> {
            long number = unexpectedErrors.incrementAndGet();
            if (number <= ERRORS_LOGGED || errorRate.admits()) {
                LOG.error("plugin {}: unexpected {} (error {} since its start)", id(), error.toString(), number, error);
            }
        });
        made.bind(new DeploymentContext(
                descriptor(), environment, contribution, () -> context, () -> replaced, this::progress));
    }

    private PluginVerticle instantiate(PluginClassLoader loader) {
        String main = descriptor().main();
        try {
            Class<?> type = Class.forName(main, true, loader);
            if (!PluginVerticle.class.isAssignableFrom(type)) {
                throw new PluginException(
                        "plugin " + id() + ": its main class " + main + " does not extend PluginVerticle");
            }
            return (PluginVerticle) type.getConstructor().newInstance();
        } catch (ClassNotFoundException e) {
            throw new PluginException("plugin " + id() + ": its main class " + main + " is not in " + jar.name(), e);
        } catch (NoSuchMethodException | IllegalAccessException | InstantiationException e) {
            throw new PluginException(
                    "plugin " + id() + ": its main class " + main + " needs a public constructor without arguments", e);
        } catch (ReflectiveOperationException | LinkageError e) {
            Throwable reason =
                    e instanceof java.lang.reflect.InvocationTargetException && e.getCause() != null ? e.getCause() : e;
            throw new PluginException("plugin " + id() + ": its main class " + main + " cannot be used: " + reason, e);
        }
    }

    /**
     * Finds out before anything is stopped for it whether its main class is there and is one.
     *
     * @throws PluginException if not
     */
    void check() {
        String main = descriptor().main();
        try {
            Class<?> type = Class.forName(main, false, new PluginClassLoader(jar, environment.kernelLoader()));
            if (!PluginVerticle.class.isAssignableFrom(type)) {
                throw new PluginException(
                        "plugin " + id() + ": its main class " + main + " does not extend PluginVerticle");
            }
        } catch (ClassNotFoundException e) {
            throw new PluginException("plugin " + id() + ": its main class " + main + " is not in " + jar.name(), e);
        } catch (LinkageError e) {
            throw new PluginException("plugin " + id() + ": its main class " + main + " cannot be used: " + e, e);
        }
    }

    /** Everything that would keep the plugin's classes in memory goes. */
    private void release() {
        contribution.endWatches();
        environment.services().swap(contribution, null);
        environment.health().swap(contribution, null);
        contribution.clear();
        verticle = null;
        context = null;
    }

    private PluginException asPluginException(Throwable failure) {
        return failure instanceof PluginException known
                ? known
                : new PluginException("plugin " + id() + " cannot start: " + reason(failure), failure);
    }

    private static String reason(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
