package io.vledger.kernel;

import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.kernel.audit.AuditSettings;
import io.vledger.kernel.config.NodeConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Configurations of nodes without groups, for tests of what runs plugins. */
final class TestNodes {
    private TestNodes() {}

    /** Plugins without sections, of a directory that is not there. */
    static NodeConfig.Plugins plugins() {
        return new NodeConfig.Plugins(Path.of("none"), new JsonObject(), 5, 50, List.of());
    }

    static NodeConfig config(NodeConfig.Plugins plugins, int shutdownSeconds) {
        NodeInfo node = new NodeInfo("n0", "C", Path.of("unused"), List.of(), List.of(), "127.0.0.1", -1, "1");
        AuditSettings audit = new AuditSettings(Path.of("target", "audit.log"), 1 << 20, 1, 10);
        return new NodeConfig(node, "f", plugins, shutdownSeconds, List.of(), List.of(), audit, Map.of());
    }
}
