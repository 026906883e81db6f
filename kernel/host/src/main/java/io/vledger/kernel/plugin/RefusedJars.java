package io.vledger.kernel.plugin;

import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jars that were refused, or that failed while what they should have replaced keeps running, by the file or the id they came as;
 * until the file changes or the plugin is deployed after all. Each is logged once, in one line. Safe for use by any thread.
 */
final class RefusedJars {
    private static final Logger LOG = LoggerFactory.getLogger(RefusedJars.class);

    private final Map<String, PluginStatus> refused = new ConcurrentSkipListMap<>();

    void refuse(String key, PluginStatus status, Throwable failure) {
        PluginStatus before = refused.put(key, status);
        if (before == null || !before.cause().equals(status.cause())) {
            LOG.error("{}; the node continues without it", status.cause(), failure);
        }
    }

    void clear(String key) {
        refused.remove(key);
    }

    boolean contains(String key) {
        return refused.containsKey(key);
    }

    List<PluginStatus> all() {
        return List.copyOf(refused.values());
    }
}
