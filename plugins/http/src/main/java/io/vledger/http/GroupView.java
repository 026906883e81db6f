package io.vledger.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.plugin.GroupConfig;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows a group as JSON, for health and for administration alike. Any thread. */
final class GroupView {
    private GroupView() {}

    /** A group by its configuration and, once it is open, its status. */
    static JsonObject show(GroupConfig config, @Nullable GroupStatus status) {
        JsonObject shown = new JsonObject()
                .put("group", config.name())
                .put("clientAddress", config.clientAddress())
                .put("durability", config.durability().name().toLowerCase(Locale.ROOT))
                .put("store", config.storeType());
        if (status == null) {
            return shown.put("role", GroupRole.STARTING.name()).put("reason", "not open yet");
        }
        FirstStart first = status.firstStart();
        if (first != null) {
            shown.put("firstStart", firstStart(first));
        }
        return shown.put("role", status.role().name())
                .put("term", status.term())
                .put("leader", status.leader())
                .put("commitIndex", status.commitIndex())
                .put("appliedIndex", status.appliedIndex())
                .put("leaderCommitIndex", status.catchUp().leaderCommitIndex())
                .put("lagEntries", status.lag())
                .put("lagBytes", status.catchUp().lagBytes())
                .put("lagMs", status.catchUp().lagMs())
                .put("inSync", status.catchUp().inSync())
                .put("firstIndex", status.firstIndex())
                .put("lastIndex", status.lastIndex())
                .put("endPosition", status.endPosition())
                .put("writable", status.writable())
                .put("diskUsedPercent", status.diskUsedPercent())
                .put("elections", status.elections())
                .put("reason", status.reason())
                .put("problems", new JsonArray(status.problems()))
                .put("members", members(status));
    }

    /** Adds how far a group is that is not open yet. */
    static void showStart(JsonObject shown, GroupStartStatus.Snapshot start) {
        if (!start.text().isEmpty()) {
            shown.put("reason", start.text());
        }
        FirstStart first = start.firstStart();
        if (start.waits() && first != null) {
            shown.put("firstStart", firstStart(first));
        }
    }

    private static JsonObject firstStart(FirstStart first) {
        return new JsonObject().put("waitedMs", first.waitedMs()).put("missing", new JsonArray(first.missing()));
    }

    /** Every member as this node sees it. */
    static JsonArray members(GroupStatus status) {
        JsonArray members = new JsonArray();
        for (GroupStatus.Member member : status.members()) {
            members.add(new JsonObject()
                    .put("node", member.node())
                    .put("raftAddress", member.raftAddress())
                    .put("clientAddress", member.clientAddress())
                    .put("httpAddress", member.httpAddress())
                    .put("connected", member.connected())
                    .put("voter", member.voter())
                    .put("matchIndex", member.matchIndex())
                    .put("lagBytes", member.lagBytes())
                    .put("inSync", member.inSync())
                    .put("problem", member.problem()));
        }
        return members;
    }

    /** What the number of members means, where that is not what people expect of a group; else empty. */
    static String warning(int members) {
        return switch (members) {
            case 1 -> "the group has one member: its loss stops the group";
            case 2 -> "the group has two members: the loss of either node stops the group";
            default -> "";
        };
    }
}
