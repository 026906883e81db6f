package io.vledger.remoting.connection;

import io.vertx.core.Future;
import io.vledger.testkit.Eventually;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits in tests for futures, and for conditions that have no event. */
final class Await {
    private Await() {}

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    static void await(Callable<Boolean> condition) {
        Eventually.await("the condition holds", () -> {
            try {
                return condition.call();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }
}
