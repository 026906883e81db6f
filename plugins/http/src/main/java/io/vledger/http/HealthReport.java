package io.vledger.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges the node by its checks and its groups, and says why.
 *
 * <p><b>Live</b>: every loop turns and nothing has failed for good; never a matter of load, peers or disk space.
 * <b>Started</b>: everything is deployed and every group's store is open. <b>Ready</b>: every group leads, or follows a known
 * leader closely.
 */
final class HealthReport {
    /** Committed entries that a follower may have to apply and still count as ready. */
    static final long READY_LAG = 10_000;

    private final NodeInfo node;
    private final PluginContext plugin;
    private final HealthRegistry registry;

    /**
     * An answer.
     *
     * @param good whether it is a yes
     * @param body why
     */
    record Verdict(boolean good, JsonObject body) {}

    HealthReport(PluginContext plugin, HealthRegistry registry) {
        this.node = plugin.node();
        this.plugin = plugin;
        this.registry = registry;
    }

    Verdict live() {
        return judge("not live", Health::live, HealthReport::whyNotLive);
    }

    Verdict started() {
        return judge("not started", Health::started, HealthReport::whyNotStarted);
    }

    Verdict ready() {
        return judge("not ready", Health::ready, HealthReport::whyNotReady);
    }

    /** Whether this node may be stopped without taking the majority from a group. */
    Verdict stoppable() {
        return judge("needed", health -> true, this::whyNeeded);
    }

    /** Finds fault with a group; empty if there is none. The status is null while the group is not open. */
    private interface GroupJudge {
        String fault(@Nullable GroupStatus status);
    }

    private Verdict judge(String word, Predicate<Health> checkIsGood, GroupJudge groupJudge) {
        List<String> reasons = new ArrayList<>();
        JsonObject checks = new JsonObject();
        Map<String, Health> found = registry.checkAll();
        found.forEach((name, health) -> {
            if (!checkIsGood.test(health)) {
                reasons.add("check " + name + " is " + word);
            }
            checks.put(name, show(health));
        });
        Map<String, Group> open = plugin.services(Group.class);
        JsonArray groups = new JsonArray();
        for (GroupConfig config : node.groups()) {
            Group group = open.get(config.name());
            GroupStatus status = group == null ? null : group.status();
            String fault = groupJudge.fault(status);
            String closed = status == null ? whyNotOpen(found, config.name()) : "";
            if (!fault.isEmpty()) {
                reasons.add("group " + config.name() + " " + (closed.isEmpty() ? fault : closed));
            }
            JsonObject shown = GroupView.show(config, status);
            groups.add(closed.isEmpty() ? shown : shown.put("reason", closed));
        }
        JsonObject plugins = new JsonObject();
        registry.plugins().forEach(plugins::put);
        boolean good = reasons.isEmpty();
        JsonObject body = new JsonObject()
                .put("status", good ? "UP" : "DOWN")
                .put("reasons", new JsonArray(reasons))
                .put("node", node.id())
                .put("cluster", node.cluster())
                .put("version", node.version())
                .put("groups", groups)
                .put("plugins", plugins)
                .put("checks", checks);
        return new Verdict(good, body);
    }

    /** What keeps a group from being opened, by the checks of whoever opens it; empty if they do not say. */
    static String whyNotOpen(Map<String, Health> checks, String group) {
        for (Map.Entry<String, Health> check : checks.entrySet()) {
            if (check.getKey().endsWith("/" + group)) {
                JsonObject detail = check.getValue().detail();
                String failure = detail.getString("failure", "");
                String progress = detail.getString("progress", "");
                if (!failure.isEmpty()) {
                    return "is not open: " + failure;
                }
                if (!progress.isEmpty()) {
                    return "is not open yet: " + progress;
                }
            }
        }
        return "";
    }

    private static String whyNotLive(@Nullable GroupStatus status) {
        return status != null && status.role() == GroupRole.FAILED ? "has failed: " + status.reason() : "";
    }

    private static String whyNotStarted(@Nullable GroupStatus status) {
        return status == null || status.role() == GroupRole.STARTING ? "is opening its store" : "";
    }

    /** What keeps a group from being ready; empty if nothing does. */
    static String whyNotReady(@Nullable GroupStatus status) {
        if (status == null) {
            return "is opening its store";
        }
        if (status.role() == GroupRole.LEADER) {
            return "";
        }
        if (status.role() != GroupRole.FOLLOWER) {
            return "is " + status.role() + (status.reason().isEmpty() ? "" : ": " + status.reason());
        }
        if (status.leader() == null) {
            return "knows no leader";
        }
        return status.lag() > READY_LAG ? "has " + status.lag() + " committed entries to apply" : "";
    }

    private String whyNeeded(@Nullable GroupStatus status) {
        if (status == null) {
            return "";
        }
        long voters =
                status.members().stream().filter(GroupStatus.Member::voter).count();
        long others = status.members().stream()
                .filter(member ->
                        member.voter() && member.connected() && !member.node().equals(node.id()))
                .count();
        return others > voters / 2
                ? ""
                : "would have " + others + " of " + voters + " voters without this node, which is no majority";
    }

    private static JsonObject show(Health health) {
        return new JsonObject()
                .put("live", health.live())
                .put("started", health.started())
                .put("ready", health.ready())
                .put("detail", health.detail());
    }
}
