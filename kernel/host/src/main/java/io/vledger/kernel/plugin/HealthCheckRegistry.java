package io.vledger.kernel.plugin;

import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.health.HealthRegistry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All health checks of the process. Safe for use by any thread. */
public final class HealthCheckRegistry implements HealthRegistry {
    private final List<Contribution> inPlace = new CopyOnWriteArrayList<>();
    private final Supplier<Map<String, String>> plugins;

    /** A board that asks {@code plugins} for the plugins and their states. */
    public HealthCheckRegistry(Supplier<Map<String, String>> plugins) {
        this.plugins = plugins;
    }

    /** Registers a check of the kernel itself under {@code owner/name}. */
    public void register(String owner, String name, HealthCheck check) {
        Contribution own = new Contribution(owner);
        own.checks().put(name, check);
        swap(null, own);
    }

    /** Shows the checks of {@code in}, and those of {@code out} no more. */
    synchronized void swap(@Nullable Contribution out, @Nullable Contribution in) {
        if (in != null && !inPlace.contains(in)) {
            inPlace.add(in);
        }
        if (out != null) {
            inPlace.remove(out);
        }
    }

    @Override
    public Map<String, Health> checkAll() {
        Map<String, HealthCheck> checks = new TreeMap<>();
        for (Contribution contribution : inPlace) {
            contribution.checks().forEach((name, check) -> checks.put(contribution.provider() + "/" + name, check));
        }
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
        } catch (RuntimeException | LinkageError e) {
            return new Health(false, false, false, new JsonObject().put("error", String.valueOf(e.getMessage())));
        }
    }
}
