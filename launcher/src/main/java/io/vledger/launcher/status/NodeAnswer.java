package io.vledger.launcher.status;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * What a node said of itself.
 *
 * @param address where it was asked, {@code host:port}
 * @param node its {@code /v1/node}
 * @param groups the groups of its {@code /v1/groups}
 */
record NodeAnswer(String address, JsonObject node, JsonArray groups) {
    /** Its id. */
    String id() {
        return node.getString("node", "");
    }
}
