package io.vledger.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.plugin.GroupConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands the leadership of a group over on request, and answers who leads then. */
final class LeadershipTransfer implements Endpoint {
    static final String PATH = "/v1/groups/{group}/transfer";
    static final int BODY_BYTES = 4096;
    /** The successor is leader before it is known here; an election takes less than this. */
    private static final long LEADER_KNOWN_MS = 3_000;

    private final NodeGroups groups;

    LeadershipTransfer(NodeGroups groups) {
        this.groups = groups;
    }

    @Override
    public Future<Response> answer(ApiRequest call) {
        GroupConfig config = groups.configured(call.parameter("group"));
        String to = target(call.body(), config);
        Group group = groups.open(config);
        if (group == null) {
            throw new ApiException(
                    Response.UNAVAILABLE, "group " + config.name() + " is not open yet", "try again when it is ready");
        }
        GroupStatus before = group.status();
        if (!group.node().equals(before.leader())) {
            throw new ApiException(notHere(before));
        }
        if (group.node().equals(to)) {
            return Future.succeededFuture(done(config, before, group.node(), false));
        }
        return group.transferLeadership(to)
                .compose(
                        handedOver -> group.awaitStatus(GroupStatus::ledByAnother, LEADER_KNOWN_MS),
                        failure -> Future.failedFuture(new ApiException(refused(group.status(), failure))))
                .map(after -> after.ledByAnother()
                        ? done(config, after, group.node(), true)
                        : refused(after, new IllegalStateException("no other member has taken over")));
    }

    private static @Nullable String target(Buffer body, GroupConfig config) {
        JsonObject wish = JsonBody.parse(body, Set.of("to"));
        Object to = wish.getValue("to");
        if (to == null) {
            return null;
        }
        if (!(to instanceof String node) || !config.peers().containsKey(node)) {
            throw new ApiException(
                    Response.BAD_REQUEST,
                    "to = " + JsonBody.shown(to) + " is not a member of group " + config.name(),
                    "the members are " + config.peers().keySet() + "; without to, the best candidate is chosen");
        }
        return node;
    }

    private static Response done(GroupConfig config, GroupStatus status, String from, boolean moved) {
        return Response.json(
                Response.OK,
                new JsonObject()
                        .put("group", config.name())
                        .put("from", from)
                        .put("leader", NodeGroups.leader(status))
                        .put("term", status.term())
                        .put("moved", moved));
    }

    private static Response notHere(GroupStatus status) {
        JsonObject leader = NodeGroups.leader(status);
        String http = leader.getString("httpAddress", "");
        boolean known = status.leader() != null;
        return Response.json(
                Response.CONFLICT,
                new JsonObject()
                        .put(
                                "error",
                                known ? "this node does not lead, " + status.leader() + " does" : "no leader is known")
                        .put(
                                "hint",
                                !known
                                        ? "try again when there is a leader"
                                        : http.isEmpty()
                                                ? "ask " + status.leader()
                                                : "ask " + status.leader() + " on http://" + http)
                        .put("leader", leader));
    }

    private static Response refused(GroupStatus status, Throwable why) {
        return Response.json(
                Response.CONFLICT,
                new JsonObject()
                        .put("error", "leadership was not transferred: " + why.getMessage())
                        .put("hint", "the new leader must be a connected voter that is nearly in sync; see members")
                        .put("leader", NodeGroups.leader(status)));
    }
}
