package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import java.util.List;

/** The node, its groups, and their members. */
final class GroupRoutes {
    static final String NODE = "/v1/node";
    static final String GROUPS = "/v1/groups";
    static final String GROUP = "/v1/groups/{group}";
    static final String MEMBERS = "/v1/groups/{group}/members";

    private GroupRoutes() {}

    static void addTo(Router router, Vertx vertx, NodeGroups groups, HealthReport health) {
        router.get(NODE, call -> ok(node(groups, health)))
                .get(GROUPS, call -> ok(all(groups)))
                .get(GROUP, call -> ok(groups.show(groups.configured(call.parameter("group")))))
                .get(MEMBERS, call -> ok(members(groups, groups.configured(call.parameter("group")))))
                .change(
                        HttpMethod.POST,
                        LeadershipTransfer.PATH,
                        LeadershipTransfer.BODY_BYTES,
                        new LeadershipTransfer(groups));
    }

    private static Future<Response> ok(JsonObject body) {
        return Future.succeededFuture(Response.json(Response.OK, body));
    }

    private static JsonObject node(NodeGroups groups, HealthReport health) {
        NodeInfo node = groups.node();
        HealthReport.Verdict ready = health.ready();
        List<String> names = groups.configured().stream().map(GroupConfig::name).toList();
        return new JsonObject()
                .put("node", node.id())
                .put("cluster", node.cluster())
                .put("version", node.version())
                .put("httpAddress", node.httpAddress(node.httpHost()))
                .put("nameServers", new JsonArray(node.nameServers()))
                .put("groups", new JsonArray(names))
                .put("live", health.live().good())
                .put("started", health.started().good())
                .put("ready", ready.good())
                .put("safeToStop", health.stoppable().good())
                .put("reasons", ready.body().getJsonArray("reasons"));
    }

    private static JsonObject all(NodeGroups groups) {
        JsonArray list = new JsonArray();
        groups.configured().forEach(config -> list.add(groups.show(config)));
        return new JsonObject().put("node", groups.node().id()).put("groups", list);
    }

    private static JsonObject members(NodeGroups groups, GroupConfig config) {
        GroupStatus status = groups.status(config);
        return new JsonObject()
                .put("group", config.name())
                .put("node", groups.node().id())
                .put("leader", status == null ? null : status.leader())
                .put("members", status == null ? new JsonArray() : GroupView.members(status));
    }
}
