package io.vledger.audit;

import io.vertx.core.Future;
import io.vledger.api.group.Group;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.PluginVerticle;
import io.vledger.api.tap.CommittedMessages;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a line for each committed message of the chosen topics: one {@link GroupAudit} a group, woken when something was committed. */
public final class AuditPlugin extends PluginVerticle {
    private static final Logger LOG = LoggerFactory.getLogger(AuditPlugin.class);
    /** So that a backlog of one group does not keep the others, or a stop, for long. */
    private static final int STEPS_A_TURN = 16;

    /** What could not be opened, read or written is tried again this much later: nothing says when it can be. */
    private static final long RETRY_MS = 500;

    private final Map<String, Followed> followed = new ConcurrentHashMap<>();
    private Map<String, CommittedMessages> sources = Map.of();
    private String fault = "";
    private boolean openAgain;

    /** Called by the kernel. */
    public AuditPlugin() {}

    @Override
    public Future<?> start() {
        Settings.of(plugin().config(), plugin().node().dataDirectory());
        plugin().provide(MetricSource.class, "audit", this::collect);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> activate() {
        Settings settings = Settings.of(plugin().config(), plugin().node().dataDirectory());
        plugin().watch(CommittedMessages.class, found -> {
            sources = found;
            follow(settings);
        });
        return Future.succeededFuture();
    }

    private void follow(Settings settings) {
        followed.forEach((group, each) -> {
            if (sources.get(group) != each.audit.source()) {
                followed.remove(group);
                each.close();
            }
        });
        sources.forEach((group, source) -> {
            if (!followed.containsKey(group)) {
                open(source, settings);
            }
        });
    }

    /** The plugin's run before this one may still hold the files. */
    private void open(CommittedMessages source, Settings settings) {
        try {
            GroupAudit audit = new GroupAudit(source, settings);
            Followed opened = new Followed(audit);
            followed.put(source.group(), opened);
            plugin().health().register(source.group(), audit::health);
            fault = "";
            opened.wake();
            return;
        } catch (AuditFile.InUse later) {
            LOG.debug("{}", later.getMessage());
        } catch (IOException | RuntimeException e) {
            String words = "group " + source.group() + " is not audited: " + e.getMessage();
            if (!words.equals(fault)) {
                LOG.error("{}", words);
            }
            fault = words;
        }
        if (!openAgain) {
            openAgain = true;
            vertx.setTimer(RETRY_MS, unused -> {
                openAgain = false;
                follow(settings);
            });
        }
    }

    /** So that the next one can take the files over. */
    @Override
    public Future<?> drain() {
        sources = Map.of();
        followed.values().forEach(Followed::close);
        followed.clear();
        return Future.succeededFuture();
    }

    private void collect(MetricSink sink) {
        followed.forEach((group, each) -> {
            Map<String, String> labels = Map.of("group", group);
            GroupAudit audit = each.audit;
            sink.counter("vledger_audit_lines_total", "Lines written.", labels, audit.lines());
            sink.counter(
                    "vledger_audit_skipped_entries_total",
                    "Entries deleted by retention before they were read.",
                    labels,
                    audit.skipped());
            sink.gauge("vledger_audit_lag_entries", "Committed entries that are not read yet.", labels, audit.behind());
        });
    }

    @Override
    public Future<?> stop() {
        return drain();
    }

    /** One group that is followed. On the plugin's thread, but for {@link #wake}. */
    private final class Followed {
        private final GroupAudit audit;
        private final AtomicBoolean woken = new AtomicBoolean();
        private final Group.Registration progress;
        private long retry = -1;
        private boolean closed;

        Followed(GroupAudit audit) {
            this.audit = audit;
            this.progress = audit.source().onProgress(this::wake);
        }

        /** Reads on soon; any thread, however often. */
        private void wake() {
            if (!woken.getAndSet(true)) {
                context.runOnContext(unused -> {
                    woken.set(false);
                    turn();
                });
            }
        }

        private void turn() {
            if (closed) {
                return;
            }
            for (int steps = 0; steps < STEPS_A_TURN; steps++) {
                GroupAudit.Step step = audit.step();
                if (step == GroupAudit.Step.RETRY && retry < 0) {
                    retry = vertx.setTimer(RETRY_MS, unused -> {
                        retry = -1;
                        wake();
                    });
                }
                if (step != GroupAudit.Step.MORE) {
                    return;
                }
            }
            wake();
        }

        void close() {
            closed = true;
            progress.close();
            vertx.cancelTimer(retry);
            audit.close();
        }
    }
}
