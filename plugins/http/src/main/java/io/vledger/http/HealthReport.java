package io.vledger.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges the node by its checks and its groups, and says why.
 *
 * <p><b>Live</b>: every loop turns and nothing has failed for good; never a matter of load, peers or disk space.
 * <b>Started</b>: the start is complete, or progresses, however long it takes. <b>Ready</b>: see {@link Readiness}.
 */
final class HealthReport {
    private final NodeInfo node;
    private final NodeGroups groups;
    private final HealthRegistry registry;

    /**
     * An answer.
     *
     * @param good whether it is a yes
     * @param body why
     */
    record Verdict(boolean good, JsonObject body) {}

    HealthReport(NodeGroups groups, HealthRegistry registry) {
        this.node = groups.node();
        this.groups = groups;
        this.registry = registry;
    }

    Verdict live() {
        return judge("not live", Health::live, HealthReport::whyNotLive, start -> "");
    }

    Verdict started() {
        return judge("not started", Health::started, status -> "", start -> "");
    }

    Verdict ready() {
        return judge("not ready", Health::ready, Readiness::whyNotReady, Readiness::whyNotReady);
    }

    /** Whether a majority of every group is there and in sync without this node. */
    Verdict stoppable() {
        return judge("needed", health -> true, Readiness::whyNeeded, start -> "");
    }

    private Verdict judge(
            String word,
            Predicate<Health> checkIsGood,
            Function<@Nullable GroupStatus, String> faultOfOpen,
            Function<GroupStartStatus.Snapshot, String> faultOfClosed) {
        List<String> reasons = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        JsonObject checks = new JsonObject();
        registry.checkAll().forEach((name, health) -> {
            if (!checkIsGood.test(health)) {
                reasons.add("check " + name + " is " + word);
            }
            checks.put(name, show(health));
        });
        JsonArray shownGroups = new JsonArray();
        boolean waiting = false;
        for (GroupConfig config : groups.configured()) {
            String name = "group " + config.name();
            GroupStatus status = groups.status(config);
            GroupStartStatus.Snapshot start = status == null ? groups.start(config) : GroupStartStatus.Snapshot.OPENING;
            String fault = status == null ? faultOfClosed.apply(start) : faultOfOpen.apply(status);
            JsonObject shown = GroupView.show(config, status);
            if (!fault.isEmpty()) {
                reasons.add(name + " " + fault);
            }
            if (status == null) {
                GroupView.showStart(shown, start);
            }
            if (start.waits() || (status != null && status.firstStart() != null)) {
                waiting = true;
                notes.add(name + ": " + (status == null ? start.text() : status.reason()));
            }
            if (status != null) {
                status.problems().forEach(problem -> notes.add(name + ": " + problem));
            }
            shownGroups.add(shown);
        }
        JsonObject plugins = new JsonObject();
        registry.plugins().forEach(plugins::put);
        boolean good = reasons.isEmpty();
        JsonObject body = new JsonObject()
                .put("status", !good ? "DOWN" : waiting ? "WAITING" : "UP")
                .put("reasons", new JsonArray(reasons))
                .put("notes", new JsonArray(notes))
                .put("node", node.id())
                .put("cluster", node.cluster())
                .put("version", node.version())
                .put("groups", shownGroups)
                .put("plugins", plugins)
                .put("checks", checks);
        return new Verdict(good, body);
    }

    private static String whyNotLive(@Nullable GroupStatus status) {
        return status != null && status.role() == GroupRole.FAILED ? "has failed: " + status.reason() : "";
    }

    private static JsonObject show(Health health) {
        return new JsonObject()
                .put("live", health.live())
                .put("started", health.started())
                .put("ready", health.ready())
                .put("details", health.detail());
    }
}
