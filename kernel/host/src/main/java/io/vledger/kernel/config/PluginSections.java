package io.vledger.kernel.config;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whether somebody reads what a configuration says for plugins. */
public final class PluginSections {
    private PluginSections() {}

    /**
     * Refuses a section that no plugin reads, and a key in it that its plugin does not know.
     *
     * @param known the plugins that are there, by id, with the keys that each reads; empty if a plugin does not say
     * @throws ConfigException if there is one
     */
    public static void check(NodeConfig config, Map<String, Optional<List<String>>> known) {
        for (String id : config.plugins().sections().fieldNames()) {
            Optional<List<String>> keys = known.get(id);
            String section = "plugins." + id;
            if (keys == null && config.plugins().later().contains(id)) {
                continue;
            }
            if (keys == null) {
                String nearest = NearestKey.of(id, known.keySet());
                boolean near = NearestKey.distance(id, nearest) <= 2;
                throw new ConfigException(
                        config.file(),
                        section + ": there is no plugin with this id, so nobody would read this; "
                                + (near ? "did you mean " + nearest + "? Else " : "") + "put its jar into "
                                + config.plugins().directory()
                                + ", name it in plugins.later if it is deployed while the node runs,"
                                + " or remove the section");
            }
            if (keys.isPresent() && config.plugins().sections().getValue(id) instanceof JsonObject object) {
                check(config.file(), section, object.fieldNames(), keys.get());
            }
        }
    }

    private static void check(String file, String section, Set<String> given, List<String> keys) {
        for (String key : given) {
            if (!keys.contains(key)) {
                throw new ConfigException(
                        file,
                        "unknown key " + section + "." + key + ": "
                                + (keys.isEmpty()
                                        ? "this plugin has no settings; remove it"
                                        : "did you mean " + section + "." + NearestKey.of(key, keys) + "?"));
            }
        }
    }
}
