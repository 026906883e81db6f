package io.vledger.kernel.config;

import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.kernel.audit.AuditSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A validated configuration.
 *
 * @param node the node, as plugins see it
 * @param file the file it was read from, for messages
 * @param plugins what concerns the plugins
 * @param shutdownSeconds bound of draining or stopping one plugin, seconds
 * @param notes what a person should know about the file, one log line each
 * @param warnings what a person should look at in the file, one log line each
 * @param audit where changes of state are recorded
 * @param effective every key with the value in force, in the file's own spelling
 */
public record NodeConfig(
        NodeInfo node,
        String file,
        Plugins plugins,
        int shutdownSeconds,
        List<String> notes,
        List<String> warnings,
        AuditSettings audit,
        Map<String, String> effective) {

    /**
     * The plugins of the node.
     *
     * @param directory where further plugin jars are; need not exist
     * @param sections the plugins' own sections by plugin id
     * @param startSeconds bound of starting one plugin, seconds
     * @param pollMs interval between two looks at the directory, milliseconds; 0 for none
     * @param later ids of plugins that may come while the node runs
     */
    public record Plugins(Path directory, JsonObject sections, int startSeconds, int pollMs, List<String> later) {}
}
