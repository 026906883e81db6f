package io.vledger.kernel.plugin;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.NodeInfo;

/**
 * What every plugin of a node is deployed into.
 *
 * @param pluginConfigs the plugins' sections of the configuration by id
 * @param startSeconds bound of the time for which a start makes no progress, and of activating
 */
public record DeploymentEnvironment(
        Vertx vertx,
        NodeInfo node,
        JsonObject pluginConfigs,
        int startSeconds,
        ServiceRegistry services,
        HealthCheckRegistry health,
        ClassLoader kernelLoader) {}
