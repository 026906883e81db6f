package io.vledger.kernel;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthCheck;
import io.vledger.api.timer.AlignedTimers;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Knows whether every event loop still turns: one timer on each writes down when it last ran. A loop that has been silent
 * for {@value #SILENT_MS} ms makes the process not live; load alone does not keep a loop busy for that long.
 */
final class LoopWatch implements HealthCheck {
    static final long SILENT_MS = 30_000;
    private static final long TICK_MS = 5_000;

    private final Vertx vertx;
    private final AtomicLongArray lastTickNanos;
    private final AtomicInteger next = new AtomicInteger();

    LoopWatch(Vertx vertx, int loops) {
        this.vertx = vertx;
        this.lastTickNanos = new AtomicLongArray(loops);
    }

    /** Places a timer on every loop: Vert.x gives each instance of a verticle the next loop. */
    Future<Void> start() {
        DeploymentOptions options = new DeploymentOptions().setInstances(lastTickNanos.length());
        return vertx.deployVerticle(() -> new Ticker(next.getAndIncrement()), options)
                .mapEmpty();
    }

    @Override
    public Health check() {
        long now = System.nanoTime();
        JsonArray ages = new JsonArray();
        boolean live = true;
        for (int i = 0; i < Math.min(next.get(), lastTickNanos.length()); i++) {
            long ageMs = TimeUnit.NANOSECONDS.toMillis(now - lastTickNanos.get(i));
            live &= ageMs < SILENT_MS;
            ages.add(ageMs);
        }
        return new Health(live, true, live, new JsonObject().put("lastTickAgeMs", ages));
    }

    private final class Ticker implements Deployable {
        private final int loop;

        private Ticker(int loop) {
            this.loop = loop;
            lastTickNanos.set(loop, System.nanoTime());
        }

        @Override
        public Future<?> deploy(Context context) {
            AlignedTimers.setPeriodic(vertx, TICK_MS, () -> lastTickNanos.set(loop, System.nanoTime()));
            return Future.succeededFuture();
        }
    }
}
