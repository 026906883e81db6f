package io.vledger.importer.exchange;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The groups of this node, each prepared on a thread of its own. Safe for use by any thread. */
public final class Preparations implements Origins {
    private static final int READERS = 4;

    private final Vertx vertx;
    private final String node;
    private final BaseMaker.Factory makers;
    private final long graceMs;
    private final WorkerExecutor readers;
    private final WorkerExecutor runners;
    private final Map<String, Preparation> groups = new ConcurrentHashMap<>();

    /**
     * Of one node.
     *
     * @param node its node id
     */
    public Preparations(Vertx vertx, String node) {
        this(vertx, node, KeptBase::new, OriginConfirmation.GRACE_MS);
    }

    Preparations(Vertx vertx, String node, BaseMaker.Factory makers, long graceMs) {
        this.vertx = vertx;
        this.node = node;
        this.makers = makers;
        this.graceMs = graceMs;
        // Reading terabytes takes hours, and that is no reason to warn of a thread that hangs.
        this.readers = vertx.createSharedWorkerExecutor("importer-read-" + node, READERS, 1, TimeUnit.DAYS);
        this.runners = vertx.createSharedWorkerExecutor("importer-run-" + node, READERS * 4, 30, TimeUnit.DAYS);
    }

    @Override
    public Future<Optional<Origin>> prepare(GroupConfig config) {
        Preparation next = new Preparation(vertx, readers, node, config, makers, graceMs);
        Preparation before = groups.put(config.name(), next);
        Future<Void> free = before == null ? Future.succeededFuture() : before.close();
        return free.transform(closed -> runners.executeBlocking(next::run, false));
    }

    @Override
    public Future<String> objection(String group) {
        Preparation preparation = groups.get(group);
        return preparation == null ? Promise.<String>promise().future() : preparation.objection();
    }

    @Override
    public String progress(String group) {
        Preparation preparation = groups.get(group);
        return preparation == null ? "" : preparation.progress();
    }

    @Override
    public GroupStatus.@Nullable FirstStart firstStart(String group) {
        Preparation preparation = groups.get(group);
        return preparation == null ? null : preparation.firstStart();
    }

    @Override
    public Future<Buffer> answer(String group, Buffer request) {
        Preparation preparation = groups.get(group);
        return preparation == null
                ? Future.failedFuture(new IOException("group " + group + " is not prepared here"))
                : preparation.queryHandler().answer(request);
    }

    /** Ends what runs, and frees ports and threads. */
    public Future<Void> close() {
        return Future.join(groups.values().stream().map(Preparation::close).toList())
                .transform(closed -> readers.close())
                .eventually(runners::close);
    }
}
