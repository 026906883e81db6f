package io.vledger.kernel.plugin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Watches one start of a plugin: it may take as long as it likes while it says that it gets ahead, and is given up once it has
 * said nothing for too long. The clock is one that no plugin can hold up, as in {@link TimeLimit}. Safe for use by any thread.
 */
final class StartSupervisor {
    private final String plugin;
    private final int seconds;
    private volatile long progressNanos = System.nanoTime();
    private volatile String doing = "";
    private volatile boolean over;

    /**
     * A watch that begins now.
     *
     * @param seconds longest time without progress
     */
    StartSupervisor(String plugin, int seconds) {
        this.plugin = plugin;
        this.seconds = seconds;
    }

    /** The start gets ahead. */
    void progress(String what) {
        doing = what;
        progressNanos = System.nanoTime();
    }

    /** What the start said last that it does; empty if it said nothing. */
    String doing() {
        return doing;
    }

    /** Whether the start is under way and has made no progress for half of the time after which it is given up. */
    boolean stalled() {
        return !over && silentNanos() >= TimeUnit.SECONDS.toNanos(seconds) / 2;
    }

    private long silentNanos() {
        return System.nanoTime() - progressNanos;
    }

    /** The outcome of {@code work}, or a failure once it has made no progress for too long. */
    <T> Future<T> watch(Future<T> work) {
        CompletableFuture<T> first = new CompletableFuture<>();
        work.onComplete(done -> {
            over = true;
            if (done.succeeded()) {
                first.complete(done.result());
            } else {
                first.completeExceptionally(done.cause());
            }
        });
        lookLater(first, TimeUnit.SECONDS.toNanos(seconds));
        Promise<T> promise = Promise.promise();
        var unused = first.whenCompleteAsync((value, failure) -> {
            if (failure == null) {
                promise.complete(value);
            } else {
                promise.fail(failure);
            }
        });
        return promise.future();
    }

    private void lookLater(CompletableFuture<?> first, long nanos) {
        Executor later = CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS);
        later.execute(() -> {
            if (first.isDone()) {
                return;
            }
            long left = TimeUnit.SECONDS.toNanos(seconds) - silentNanos();
            if (left > 0) {
                lookLater(first, left);
            } else {
                over = true;
                first.completeExceptionally(late());
            }
        });
    }

    private PluginException late() {
        return new PluginException(
                "plugin " + plugin + " did not start within " + seconds
                        + " s: it has made no progress for that long"
                        + (doing.isEmpty() ? "" : " (the last was: " + doing + ")")
                        + "; if it only needs more time, raise plugins.startSeconds (vledgerPluginStartSeconds in a broker.conf)");
    }
}
