package io.vledger.kernel.plugin;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import io.vledger.api.plugin.PluginVerticle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One plugin of this process from its jar to its end: makes the class loader and the verticle, deploys, drains and undeploys
 * it, and knows its state. Methods are called by the kernel, one after another; the accessors by any thread.
 */
public final class DeployedPlugin {
    private static final Logger LOG = LoggerFactory.getLogger(DeployedPlugin.class);

    private final PluginJar jar;
    private final Surroundings surroundings;
    private volatile PluginState state = PluginState.RESOLVED;
    private volatile String cause = "";
    private volatile long unexpectedErrors;
    private @Nullable PluginVerticle verticle;
    private @Nullable Context context;
    private @Nullable String deploymentId;

    /** What a plugin is deployed into. */
    public record Surroundings(
            Vertx vertx, NodeInfo node, JsonObject pluginConfigs, ServiceRegistry services, HealthBoard health) {}

    /** A plugin that is not deployed yet. */
    public DeployedPlugin(PluginJar jar, Surroundings surroundings) {
        this.jar = jar;
        this.surroundings = surroundings;
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

    /** Whether the node cannot do without it. */
    public boolean bundled() {
        return jar.bundled();
    }

    /** Where it is in its life. */
    public PluginState state() {
        return state;
    }

    /** Why it failed; empty if it did not. */
    public String cause() {
        return cause;
    }

    /** Exceptions that reached the plugin's context without being handled. */
    public long unexpectedErrors() {
        return unexpectedErrors;
    }

    /** Deploys it. The future fails with a {@link PluginException}; the state is then {@link PluginState#FAILED}. */
    Future<Void> start(ClassLoader kernelLoader) {
        state = PluginState.STARTING;
        long from = System.nanoTime();
        return surroundings
                .vertx()
                .executeBlocking(() -> instantiate(kernelLoader), false)
                .compose(this::deploy)
                .<Void>map(id -> {
                    deploymentId = id;
                    state = PluginState.ACTIVE;
                    LOG.info(
                            "deployed {} (plugin {} {}, {} ms)",
                            String.join(", ", jar.descriptor().deploys()),
                            id(),
                            jar.descriptor().version(),
                            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from));
                    return null;
                })
                .recover(failure -> {
                    PluginException failed = asPluginException(failure);
                    fail(failed.getMessage());
                    release();
                    return Future.failedFuture(failed);
                });
    }

    /** Marks it as failed, with the reason. */
    void fail(String reason) {
        cause = reason;
        state = PluginState.FAILED;
    }

    /** Lets it hand over, on its own loop, for {@code seconds} at most. Never fails. */
    Future<Void> drain(int seconds) {
        PluginVerticle running = verticle;
        Context loop = context;
        if (state != PluginState.ACTIVE || running == null || loop == null) {
            return Future.succeededFuture();
        }
        state = PluginState.DRAINING;
        Promise<Void> done = Promise.promise();
        loop.runOnContext(unused -> {
            try {
                running.drain().<Void>mapEmpty().onComplete(done);
            } catch (RuntimeException e) {
                done.tryFail(e);
            }
        });
        return bounded(done.future(), seconds, "hand over");
    }

    /** Undeploys it, for {@code seconds} at most, and takes its services and checks away. Never fails. */
    Future<Void> stop(int seconds) {
        String id = deploymentId;
        if (id == null) {
            return Future.succeededFuture();
        }
        deploymentId = null;
        return bounded(surroundings.vertx().undeploy(id), seconds, "stop").map(unused -> {
            release();
            if (state != PluginState.FAILED) {
                state = PluginState.STOPPED;
            }
            return null;
        });
    }

    private Future<Void> bounded(Future<Void> work, int seconds, String what) {
        return work.timeout(seconds, TimeUnit.SECONDS).recover(failure -> {
            String message = failure instanceof java.util.concurrent.TimeoutException
                    ? "did not " + what + " within " + seconds + " s"
                    : "could not " + what + ": " + reason(failure);
            LOG.warn("plugin {} {}", id(), message, failure);
            fail(message);
            return Future.succeededFuture();
        });
    }

    private PluginVerticle instantiate(ClassLoader kernelLoader) {
        String main = jar.descriptor().main();
        try {
            PluginClassLoader loader = new PluginClassLoader(jar, kernelLoader);
            Class<?> type = Class.forName(main, true, loader);
            if (!PluginVerticle.class.isAssignableFrom(type)) {
                throw new PluginException("plugin " + id() + ": its main class " + main + " is no PluginVerticle");
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

    private Future<String> deploy(PluginVerticle made) {
        made.bind(new Binding());
        verticle = made;
        DeploymentOptions options =
                new DeploymentOptions().setClassLoader(made.getClass().getClassLoader());
        return surroundings.vertx().deployVerticle(new Supervised(made), options);
    }

    /** Everything that would keep the plugin's classes in memory goes. */
    private void release() {
        surroundings.services().withdraw(id());
        surroundings.health().remove(id());
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

    /** Hands calls on to the plugin's verticle, and looks after its context. */
    private final class Supervised implements Deployable {
        private final PluginVerticle plugin;

        private Supervised(PluginVerticle plugin) {
            this.plugin = plugin;
        }

        @Override
        @SuppressWarnings(
                "NonAtomicVolatileUpdate") // a count for people; the plugin has one context, and so one writer
        public Future<?> deploy(Context own) throws Exception {
            context = own;
            own.exceptionHandler(error -> {
                unexpectedErrors++;
                LOG.error("plugin {}: unexpected {}", id(), error.toString(), error);
            });
            return plugin.deploy(own);
        }

        @Override
        public Future<?> undeploy(Context own) throws Exception {
            return plugin.undeploy(own);
        }
    }

    /** What the plugin sees of the kernel. */
    private final class Binding implements PluginContext {
        @Override
        public String id() {
            return DeployedPlugin.this.id();
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
            if (!descriptor().provides().contains(type.getName())) {
                throw new IllegalStateException("plugin " + id() + " offers " + type.getName() + ", which its "
                        + PluginDescriptor.PATH + " does not list under provides");
            }
            surroundings.services().provide(id(), type, name, service);
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
            throw new UnsupportedOperationException("watching services is not there yet");
        }

        @Override
        public boolean replaced() {
            return false;
        }

        @Override
        public HealthChecks health() {
            return (name, check) -> surroundings.health().register(id(), name, check);
        }
    }
}
