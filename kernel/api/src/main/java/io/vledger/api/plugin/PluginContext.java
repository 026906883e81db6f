package io.vledger.api.plugin;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.HealthChecks;
import java.util.Map;
import java.util.function.Consumer;

/** What the kernel gives one deployment of a plugin. Safe for use by any thread. */
public interface PluginContext {
    /** The plugin's id from its descriptor. */
    String id();

    /** The process's one Vert.x. */
    Vertx vertx();

    /** The node that this process is. */
    NodeInfo node();

    /** The plugin's own section of the configuration, {@code plugins.<id>}; empty if there is none. A copy. */
    JsonObject config();

    /**
     * Offers a service under its type and a name (a group's name, a store's type; {@code ""} where there is one only). It is
     * withdrawn by the kernel when the plugin stops.
     *
     * @throws IllegalStateException if the descriptor does not list the type, or if another plugin offers the same
     */
    <T> void provide(Class<T> type, String name, T service);

    /**
     * The service of this type and name.
     *
     * @throws IllegalStateException naming type and name, if no plugin offers it
     */
    <T> T service(Class<T> type, String name);

    /** All services of a type by name, as a snapshot. */
    <T> Map<String, T> services(Class<T> type);

    /**
     * Follows the services of a type: calls back on the plugin's own loop, once soon after this call and again after every
     * change, with all of them by name. Ends when the plugin stops.
     *
     * @return ends it earlier
     */
    <T> AutoCloseable watch(Class<T> type, Consumer<Map<String, T>> listener);

    /**
     * Whether this deployment is being stopped because another of the same plugin takes its place in this process: what can
     * be handed over without being closed, such as listening sockets, should be.
     */
    boolean replaced();

    /**
     * Says that a start that takes long gets ahead. {@code plugins.startSeconds} bounds the time for which a start says and
     * completes nothing, not the time that it takes.
     *
     * @param what what is being done, for people
     */
    default void progress(String what) {}

    /** Where this plugin registers its health checks; they go when the plugin stops. */
    HealthChecks health();
}
