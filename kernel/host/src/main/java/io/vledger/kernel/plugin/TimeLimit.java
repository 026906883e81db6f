package io.vledger.kernel.plugin;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Bounds in time what a plugin does, by a clock that no plugin can hold up: not a timer of an event loop. What comes next runs
 * in a thread of no plugin: Vert.x takes what is deployed from a plugin's context for a part of that plugin, and would
 * undeploy it with it.
 */
final class TimeLimit {
    private TimeLimit() {}

    /** The outcome of {@code work}, or after {@code seconds} a failure with {@code late}. */
    static <T> Future<T> within(Future<T> work, int seconds, Supplier<PluginException> late) {
        CompletableFuture<T> first = new CompletableFuture<>();
        var timeout = first.orTimeout(seconds, TimeUnit.SECONDS);
        Promise<T> promise = Promise.promise();
        var unused = timeout.whenCompleteAsync((value, failure) -> {
            if (failure == null) {
                promise.complete(value);
            } else if (failure instanceof TimeoutException
                    || (failure instanceof CompletionException && failure.getCause() instanceof TimeoutException)) {
                promise.fail(late.get());
            } else {
                promise.fail(failure);
            }
        });
        work.onComplete(done -> {
            if (done.succeeded()) {
                first.complete(done.result());
            } else {
                first.completeExceptionally(done.cause());
            }
        });
        return promise.future();
    }
}
