package io.vledger.kernel.plugin;

import io.vledger.api.health.HealthCheck;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All that one deployment has put out: services, health checks, and what it watches. It is staged until the registry and the
 * board put it in place, so that a deployment can be made ready beside the one whose place it takes.
 */
final class Contribution {
    private final String provider;
    private final Map<ServiceKey, Object> services = new ConcurrentHashMap<>();
    private final Map<String, HealthCheck> checks = new ConcurrentHashMap<>();
    private final List<ServiceWatch<?>> watches = new CopyOnWriteArrayList<>();

    /** A service's type and name. */
    record ServiceKey(Class<?> type, String name) {
        @Override
        public String toString() {
            return type.getName() + (name.isEmpty() ? "" : " \"" + name + "\"");
        }
    }

    Contribution(String provider) {
        this.provider = provider;
    }

    /** The plugin's id. */
    String provider() {
        return provider;
    }

    /** Its services; changed by the {@link ServiceRegistry} only, under its lock. */
    Map<ServiceKey, Object> services() {
        return services;
    }

    /** Its checks by name. */
    Map<String, HealthCheck> checks() {
        return checks;
    }

    /** Notes a watch, to be ended with the deployment. */
    void add(ServiceWatch<?> watch) {
        watches.add(watch);
    }

    /** Ends its watches. */
    void endWatches() {
        watches.forEach(ServiceWatch::close);
        watches.clear();
    }

    /** Lets go of everything, so that nothing here keeps the plugin's classes in memory. */
    void clear() {
        endWatches();
        checks.clear();
        services.clear();
    }
}
