package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vledger.api.rpc.RpcClient.RpcAnswer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that wait for their answers. */
@Timeout(30)
class PendingCallsTest {
    private final Vertx vertx = Vertx.vertx();
    private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    private final PendingCalls calls = new PendingCalls(context);
    private final FakeCaller one = new FakeCaller();
    private final FakeCaller two = new FakeCaller();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private Promise<RpcAnswer> call(int opaque, FakeCaller caller, int timeoutMs) throws Exception {
        Promise<RpcAnswer> promise = Promise.promise();
        onLoop(() -> calls.add(opaque, caller, 34, timeoutMs, promise));
        return promise;
    }

    private void onLoop(Runnable task) throws Exception {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            task.run();
            done.complete();
        });
        done.future().await(20, TimeUnit.SECONDS);
    }

    @Test
    void anAnswerIsTakenOnceAndOnlyByTheConnectionThatAsked() throws Exception {
        Promise<RpcAnswer> promise = call(7, one, 20_000);
        onLoop(() -> {
            assertThat(calls.take(7, two)).as("another connection's number").isNull();
            assertThat(calls.take(7, one)).isSameAs(promise);
            assertThat(calls.take(7, one)).as("a second answer").isNull();
        });
    }

    @Test
    void theEndOfAConnectionFailsItsOwnCallsOnly() throws Exception {
        Promise<RpcAnswer> first = call(1, one, 20_000);
        Promise<RpcAnswer> second = call(2, two, 20_000);
        onLoop(() -> calls.failAll(one, new IOException("closed")));
        assertThat(first.future().cause()).hasMessage("closed");
        assertThat(second.future().isComplete()).isFalse();
    }

    @Test
    void aCallWithoutAnAnswerFailsInTimeAndItsConnectionLearnsOfIt() throws Exception {
        one.reads = 5;
        Promise<RpcAnswer> promise = call(1, one, 10);
        assertThatThrownBy(() -> promise.future().await(20, TimeUnit.SECONDS))
                .hasMessage("no answer from 10.0.0.1:1 to request 34 within 10 ms");
        onLoop(() -> assertThat(one.unanswered).containsExactly(5L));
        onLoop(() -> assertThat(calls.take(1, one)).as("a late answer").isNull());
    }

    private static final class FakeCaller implements PendingCalls.Caller {
        private final List<Long> unanswered = new ArrayList<>();
        private long reads;

        @Override
        public String peer() {
            return "10.0.0.1:1";
        }

        @Override
        public long reads() {
            return reads;
        }

        @Override
        public void unanswered(long readsBefore) {
            unanswered.add(readsBefore);
        }
    }
}
