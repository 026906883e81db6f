package io.vledger.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The groups that this node is a member of: as configured, and as they are. Any thread. */
final class NodeGroups {
    private final PluginContext plugin;

    NodeGroups(PluginContext plugin) {
        this.plugin = plugin;
    }

    /** All that are configured. */
    List<GroupConfig> configured() {
        return plugin.node().groups();
    }

    NodeInfo node() {
        return plugin.node();
    }

    /** The configuration of a group; a {@link ApiException} that names those there are, if there is none. */
    GroupConfig configured(String name) {
        return configured().stream()
                .filter(config -> config.name().equals(name))
                .findAny()
                .orElseThrow(() -> new ApiException(
                        Response.NOT_FOUND,
                        "this node is not a member of group " + name,
                        "its groups are "
                                + configured().stream().map(GroupConfig::name).toList()));
    }

    /** The group, if it is open. */
    @Nullable
    Group open(GroupConfig config) {
        return plugin.services(Group.class).get(config.name());
    }

    /** The group's status, if it is open. */
    @Nullable
    GroupStatus status(GroupConfig config) {
        Group group = open(config);
        return group == null ? null : group.status();
    }

    /** How far a group is that is not open yet. */
    GroupStartStatus.Snapshot start(GroupConfig config) {
        GroupStartStatus start = plugin.services(GroupStartStatus.class).get(config.name());
        return start == null ? GroupStartStatus.Snapshot.OPENING : start.now();
    }

    /** A group with everything that is known of it here. */
    JsonObject show(GroupConfig config) {
        GroupStatus status = status(config);
        GroupStartStatus.Snapshot start = start(config);
        String fault = status == null ? Readiness.whyNotReady(start) : Readiness.whyNotReady(status);
        JsonObject shown = GroupView.show(config, status)
                .put("node", node().id())
                .put("httpAddress", node().httpAddress(config.host()))
                .put("ready", fault.isEmpty())
                .put("notReadyReason", fault)
                .put("memberCount", config.peers().size())
                .put("preferredLeader", config.raft().preferredLeader())
                .put("warning", GroupView.warning(config.peers().size()));
        if (status == null) {
            shown.put("members", new JsonArray());
            GroupView.showStart(shown, start);
        }
        return shown;
    }

    /** Where the leader is, as far as this node knows. */
    static JsonObject leader(@Nullable GroupStatus status) {
        String leader = status == null ? null : status.leader();
        JsonObject shown = new JsonObject().put("node", leader);
        if (status != null) {
            for (GroupStatus.Member member : status.members()) {
                if (member.node().equals(leader)) {
                    shown.put("httpAddress", member.httpAddress()).put("clientAddress", member.clientAddress());
                }
            }
        }
        return shown;
    }
}
