package io.vledger.broker;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.health.Health;
import io.vledger.api.origin.FirstStart;
import io.vledger.api.origin.Origin;
import io.vledger.api.origin.Origins;
import io.vledger.api.plugin.GroupConfig;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one group once its origin, the data of an earlier broker that it continues, is prepared. That may take as long as copying the
 * data, so the plugin's start waits only a moment for it: the group is then opened later, and its health shows the progress. A
 * preparation that fails leaves the node up and the group down, with the reason, for an operator to decide. On the plugin's
 * context, but for {@link #health}, which any thread may call.
 */
final class GroupStart {
    private static final Logger LOG = LoggerFactory.getLogger(GroupStart.class);
    private static final int MAX_WAIT_MS = 1_000;

    private final GroupConfig config;
    private final @Nullable Origins origins;
    private final Function<@Nullable Origin, Future<Void>> open;
    private final Supplier<Future<?>> close;
    private Future<Void> opening = Future.succeededFuture();
    private boolean stopped;
    private volatile String failure = "";
    private volatile @Nullable Supplier<Health> serving;

    /**
     * The start of a group.
     *
     * @param origins null if no plugin prepares origins
     * @param open opens the group
     * @param close closes it again, if it must not continue
     */
    GroupStart(
            GroupConfig config,
            @Nullable Origins origins,
            Function<@Nullable Origin, Future<Void>> open,
            Supplier<Future<?>> close) {
        this.config = config;
        this.origins = origins;
        this.open = open;
        this.close = close;
    }

    /** Prepares and opens. Completes once the group is open, or once it is clear that it takes longer. */
    Future<Void> begin(Vertx vertx, Context context) {
        Origins preparing = origins;
        if (preparing == null) {
            return refused().compose(none -> open(null));
        }
        Future<Optional<Origin>> prepared = prepare(preparing);
        preparing.objection(config.name()).onSuccess(why -> context.runOnContext(none -> halt(why)));
        if (prepared.isComplete()) {
            return then(prepared);
        }
        Promise<Void> begun = Promise.promise();
        long timer = vertx.setTimer(MAX_WAIT_MS, id -> {
            if (begun.tryComplete()) {
                LOG.info("group {}: not open yet: {}", config.name(), preparing.progress(config.name()));
            }
        });
        prepared.onComplete(result -> context.runOnContext(none -> {
            vertx.cancelTimer(timer);
            then(prepared).onComplete(opened -> {
                if (opened.succeeded()) {
                    begun.tryComplete();
                } else if (!begun.tryFail(opened.cause())) {
                    fail(opened.cause());
                }
            });
        }));
        return begun.future();
    }

    private Future<Void> refused() {
        try {
            UnclaimedData.refuse(config);
            return Future.succeededFuture();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Optional<Origin>> prepare(Origins preparing) {
        try {
            return preparing.prepare(config);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<Void> then(Future<Optional<Origin>> prepared) {
        if (stopped) {
            return Future.succeededFuture();
        }
        Optional<Origin> origin = prepared.result();
        if (origin == null) {
            fail(prepared.cause());
            return Future.succeededFuture();
        }
        return open(origin.orElse(null));
    }

    private Future<Void> open(@Nullable Origin origin) {
        opening = open.apply(origin);
        return opening;
    }

    /** An operator must decide; until then nothing is acknowledged here. */
    private void halt(String why) {
        if (stopped) {
            return;
        }
        opening.onComplete(opened -> {
            serving = null;
            fail(new IllegalStateException(why));
            close.get().onFailure(cause -> LOG.error("group {} could not be closed", config.name(), cause));
        });
    }

    private void fail(@Nullable Throwable cause) {
        String text = cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
        failure = text;
        LOG.error("group {} is not open: {}", config.name(), text);
    }

    /** The group is open; its health is this from now on. */
    void serving(Supplier<Health> health) {
        serving = health;
    }

    /** How far the start is. Any thread. */
    GroupStartStatus.Snapshot status() {
        String why = failure;
        if (!why.isEmpty()) {
            return new GroupStartStatus.Snapshot(why, "", null);
        }
        Origins preparing = origins;
        if (preparing == null || serving != null) {
            return GroupStartStatus.Snapshot.OPENING;
        }
        return new GroupStartStatus.Snapshot(
                "", preparing.progress(config.name()), preparing.firstStart(config.name()));
    }

    /** The health of the group. Any thread. */
    Health health() {
        Supplier<Health> own = serving;
        if (own != null) {
            return own.get();
        }
        GroupStartStatus.Snapshot now = status();
        JsonObject detail = new JsonObject().put("role", now.failure().isEmpty() ? "PREPARING" : "DOWN");
        if (!now.failure().isEmpty()) {
            detail.put("failure", now.failure());
        } else if (!now.progress().isEmpty()) {
            detail.put("progress", now.progress());
        }
        FirstStart first = now.firstStart();
        if (first == null) {
            return new Health(true, true, false, detail);
        }
        detail.put(
                "firstStart",
                new JsonObject().put("waitedMs", first.waitedMs()).put("missing", new JsonArray(first.missing())));
        // Ready, so that an orchestrator that starts members one after another gets to those that are missing.
        return new Health(true, true, Readiness.waitsForFirstStart(first), detail);
    }

    /** Opens nothing from now on; completes once what is being opened is open, or is not. */
    Future<Void> stop() {
        stopped = true;
        return opening.otherwiseEmpty();
    }
}
