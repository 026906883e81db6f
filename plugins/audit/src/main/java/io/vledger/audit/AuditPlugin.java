package io.vledger.audit;

import io.vertx.core.Future;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.tap.CommittedMessages;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows every group of the node and writes a line for each committed message of the chosen topics. */
public final class AuditPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(AuditPlugin.class);
    private static final long PERIOD_MS = 100;
    /** So that a backlog of one group does not keep the others, or a stop, for long. */
    private static final int STEPS_A_TURN = 16;

    private final Map<String, GroupAudit> audits = new ConcurrentHashMap<>();
    private Map<String, CommittedMessages> sources = Map.of();
    private String fault = "";

    /** Called by the kernel. */
    public AuditPlugin() {}

    @Override
    public Future<?> start() {
        Settings.of(plugin().config(), plugin().node().dataDirectory());
        plugin().provide(MetricSource.class, "audit", this::collect);
        return Future.succeededFuture();
    }

    /** The one before may still hold the files: they are tried again each turn. */
    @Override
    public Future<?> activate() {
        Settings settings = Settings.of(plugin().config(), plugin().node().dataDirectory());
        plugin().watch(CommittedMessages.class, found -> sources = found);
        vertx.setPeriodic(PERIOD_MS, unused -> {
            follow(settings);
            turn();
        });
        return Future.succeededFuture();
    }

    private void follow(Settings settings) {
        audits.forEach((group, audit) -> {
            if (sources.get(group) != audit.source()) {
                audits.remove(group);
                audit.close();
            }
        });
        sources.forEach((group, source) -> {
            if (!audits.containsKey(group)) {
                open(source, settings);
            }
        });
    }

    private void open(CommittedMessages source, Settings settings) {
        try {
            GroupAudit audit = new GroupAudit(source, settings);
            audits.put(source.group(), audit);
            plugin().health().register(source.group(), audit::health);
            fault = "";
        } catch (AuditFile.InUse later) {
            LOG.debug("{}", later.getMessage());
        } catch (IOException | RuntimeException e) {
            String words = "group " + source.group() + " is not audited: " + e.getMessage();
            if (!words.equals(fault)) {
                LOG.error("{}", words);
            }
            fault = words;
        }
    }

    /** So that the next one can take the files over. */
    @Override
    public Future<?> drain() {
        sources = Map.of();
        audits.values().forEach(GroupAudit::close);
        audits.clear();
        return Future.succeededFuture();
    }

    private void turn() {
        for (GroupAudit audit : audits.values()) {
            int steps = 0;
            while (steps < STEPS_A_TURN && audit.step()) {
                steps++;
            }
        }
    }

    private void collect(MetricSink sink) {
        audits.forEach((group, audit) -> {
            Map<String, String> labels = Map.of("group", group);
            sink.counter("vledger_audit_lines_total", "Lines written.", labels, audit.lines());
            sink.counter(
                    "vledger_audit_skipped_entries_total",
                    "Entries that went with retention before they were read.",
                    labels,
                    audit.skipped());
            sink.gauge("vledger_audit_behind_entries", "Entries not read yet.", labels, audit.behind());
        });
    }

    @Override
    public Future<?> stop() {
        return drain();
    }
}
