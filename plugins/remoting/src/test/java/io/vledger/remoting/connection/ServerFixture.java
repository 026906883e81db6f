package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.FrameLimits;
import io.vledger.remoting.frame.LeakWatch;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A node's RPC on one event loop, for tests that talk to it over real sockets. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
abstract class ServerFixture {
    Vertx vertx;
    Context context;
    RemotingRpc rpc;
    final Handlers handlers = new HandlerTable();

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        context = vertx.getOrCreateContext();
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
    }

    @AfterEach
    void close() throws Exception {
        await(rpc.close());
        await(vertx.close());
    }

    static Limits limits(int congested, int unsent, int congestedSeconds) {
        return new Limits(
                new FrameLimits(16 << 20, 1 << 20),
                100,
                100,
                congested,
                unsent,
                congestedSeconds,
                500,
                Limits.STANDARD.maxUnsentTotalBytes());
    }

    static ByteBuf buffer(int length) {
        return UnpooledByteBufAllocator.DEFAULT.directBuffer(length).writeZero(length);
    }

    RpcServer listen() throws Exception {
        return await(listenOn(0));
    }

    Future<RpcServer> listenOn(int port) throws Exception {
        return onLoop(() -> rpc.listen("127.0.0.1", port, handlers));
    }

    /** The result of a task on the loop; it is not null. */
    <T> T onLoop(Callable<T> task) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        AtomicReference<T> result = new AtomicReference<>();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        context.runOnContext(v -> {
            try {
                result.set(task.call());
            } catch (Throwable e) {
                failure.set(e);
            }
            done.countDown();
        });
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
        return requireNonNull(result.get());
    }
}
