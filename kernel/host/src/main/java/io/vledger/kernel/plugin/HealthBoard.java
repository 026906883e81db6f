package io.vledger.kernel.plugin;

import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.health.HealthRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;

/** All health checks of the process. Safe for use by any thread. */
public final class HealthBoard implements HealthRegistry {
    private final Map<String, HealthCheck> checks = new ConcurrentSkipListMap<>();
    private final Supplier<Map<String, String>> plugins;

    /** A board that asks {@code plugins} for the plugins and their states. */
    public HealthBoard(Supplier<Map<String, String>> plugins) {
        this.plugins = plugins;
    }

    /** Registers a check under {@code owner/name}. */
    public void register(String owner, String name, HealthCheck check) {
        checks.put(owner + "/" + name, check);
    }

    /** Removes every check of an owner. */
    public void remove(String owner) {
        checks.keySet().removeIf(key -> key.startsWith(owner + "/"));
    }

    @Override
    public Map<String, Health> checkAll() {
        Map<String, Health> found = new LinkedHashMap<>();
        checks.forEach((name, check) -> found.put(name, run(check)));
        return found;
    }

    @Override
    public Map<String, String> plugins() {
        return plugins.get();
    }

    private static Health run(HealthCheck check) {
        try {
            return check.check();
        } catch (RuntimeException e) {
            return new Health(false, false, false, new JsonObject().put("error", String.valueOf(e.getMessage())));
        }
    }
}
