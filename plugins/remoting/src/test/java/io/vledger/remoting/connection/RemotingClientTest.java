package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.LeakWatch;
import io.vledger.testkit.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
@Timeout(60)
class RemotingClientTest {
    private Vertx vertx;
    private RemotingRpc rpc;
    private final Handlers handlers = new HandlerTable();

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
    }

    @AfterEach
    void close() throws Exception {
        Await.await(rpc.close());
        Await.await(vertx.close());
    }

    @Test
    void callsAreAnsweredOverOneLazyConnection() throws Exception {
        handlers.register(
                5,
                request -> request.reply(
                        9,
                        "ok",
                        sink -> sink.put(
                                "got",
                                request.fields().text("k") + request.fields().requiredLong("n")),
                        Unpooled.copiedBuffer(request.body())));
        RpcServer server = listen(0);
        Calls calls = new Calls(server.port());
        assertThat(calls.connected()).isFalse();
        byte[] body = "body".getBytes(StandardCharsets.UTF_8);
        Future<RpcClient.RpcAnswer> waiting =
                calls.call(5, sink -> sink.put("k", "\u00e9").put("n", 3).put("f", true), body, 3000);
        RpcClient.RpcAnswer answer = Await.await(waiting);
        assertThat(answer.code()).isEqualTo(9);
        assertThat(answer.remark()).isEqualTo("ok");
        assertThat(answer.fields().text("got")).isEqualTo("\u00e93");
        assertThat(answer.body()).isEqualTo(body);
        assertThat(calls.connected()).isTrue();
        assertThat(Await.await(calls.call(5, sink -> sink.put("n", 1), null, 3000))
                        .fields()
                        .text("got"))
                .isEqualTo("null1");
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void nobodyListeningFailsWithTheAddress() throws Exception {
        int port = FreePorts.next();
        Calls calls = new Calls(port);
        assertThatThrownBy(() -> Await.await(calls.call(5, FieldWriter.NONE, null, 3000)))
                .hasMessageContaining("cannot connect to 127.0.0.1:" + port);
    }

    @Test
    void silenceEndsInATimeout() throws Exception {
        handlers.register(5, request -> {});
        RpcServer server = listen(0);
        Calls calls = new Calls(server.port());
        assertThatThrownBy(() -> Await.await(calls.call(5, FieldWriter.NONE, null, 100)))
                .hasMessageContaining("no answer from 127.0.0.1:" + server.port());
    }

    @Test
    void aConnectionOverWhichNothingComesAnyMoreIsNotUsedAgain() throws Exception {
        handlers.register(6, request -> request.reply(0, null));
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Calls calls = new Calls(silent.getLocalPort());
            assertThatThrownBy(() -> Await.await(calls.call(6, FieldWriter.NONE, null, 300)))
                    .hasMessageContaining("no answer from");
            // Both wait in the queue of connections, which nobody accepts or closes.
            assertThatThrownBy(() -> Await.await(calls.call(6, FieldWriter.NONE, null, 300)))
                    .hasMessageContaining("no answer from");
            int connections = 0;
            silent.setSoTimeout(20_000);
            for (; connections < 2; connections++) {
                silent.accept().close();
            }
            assertThat(connections)
                    .as("the second call made a connection of its own")
                    .isEqualTo(2);
        }
    }

    @Test
    void aConnectionThatAnswersOthersIsKeptThoughOneCallGetsNone() throws Exception {
        handlers.register(5, request -> {});
        handlers.register(6, request -> request.reply(0, null));
        RpcServer server = listen(0);
        Calls calls = new Calls(server.port());
        Future<RpcClient.RpcAnswer> none = calls.call(5, FieldWriter.NONE, null, 500);
        Await.await(calls.call(6, FieldWriter.NONE, null, 3000));
        assertThatThrownBy(() -> Await.await(none)).hasMessageContaining("no answer from");
        assertThat(calls.connected()).isTrue();
    }

    @Test
    void aLostConnectionFailsCallsInFlightAndTheNextCallReconnects() throws Exception {
        handlers.register(5, request -> {});
        handlers.register(6, request -> request.reply(0, null));
        RpcServer server = listen(0);
        int port = server.port();
        Calls calls = new Calls(port);
        Await.await(calls.call(6, FieldWriter.NONE, null, 3000));
        CountDownLatch lost = new CountDownLatch(1);
        calls.run(() -> {
            calls.client.onDisconnect(lost::countDown);
            return Future.succeededFuture();
        });
        Future<RpcClient.RpcAnswer> inFlight = calls.call(5, FieldWriter.NONE, null, 60_000);
        Await.await(server.close());
        assertThatThrownBy(() -> Await.await(inFlight)).hasMessageContaining("was closed");
        assertThat(lost.await(20, TimeUnit.SECONDS)).isTrue();
        listen(port);
        assertThat(Await.await(calls.call(6, FieldWriter.NONE, null, 3000)).code())
                .isZero();
    }

    @Test
    void aClosedClientFailsItsCalls() throws Exception {
        handlers.register(5, request -> {});
        RpcServer server = listen(0);
        Calls calls = new Calls(server.port());
        Future<RpcClient.RpcAnswer> inFlight = calls.call(5, FieldWriter.NONE, null, 60_000);
        Await.await(() -> server.connections() == 1);
        calls.run(() -> {
            calls.client.close();
            return Future.succeededFuture();
        });
        assertThatThrownBy(() -> Await.await(inFlight)).hasMessageContaining("closed");
        assertThatThrownBy(() -> Await.await(calls.call(5, FieldWriter.NONE, null, 1000)))
                .hasMessageContaining("closed");
    }

    @Test
    void addressesAreChecked() {
        for (String bad : new String[] {"host", "host:", ":1", "host:x", "host:0", "host:65536", ""}) {
            assertThatThrownBy(() -> rpc.client(bad)).as(bad).hasMessageContaining("\"" + bad + "\"");
        }
        rpc.client("[::1]:9876").close();
    }

    private RpcServer listen(int port) throws Exception {
        return Await.await(rpc.listen("127.0.0.1", port, handlers));
    }

    /** A client on a loop of its own. */
    private final class Calls {
        private final io.vertx.core.Context context = vertx.getOrCreateContext();
        private final RpcClient client;

        Calls(int port) throws Exception {
            CompletableFuture<RpcClient> made = new CompletableFuture<>();
            context.runOnContext(v -> made.complete(rpc.client("127.0.0.1:" + port)));
            client = made.get(20, TimeUnit.SECONDS);
        }

        boolean connected() throws Exception {
            return Await.await(run(() -> Future.succeededFuture(client.connected())));
        }

        Future<RpcClient.RpcAnswer> call(int code, FieldWriter fields, byte @Nullable [] body, int timeoutMs) {
            return run(() -> client.call(code, fields, body, timeoutMs));
        }

        <T> Future<T> run(Supplier<Future<T>> task) {
            io.vertx.core.Promise<T> promise = io.vertx.core.Promise.promise();
            context.runOnContext(v -> task.get().onComplete(promise));
            return promise.future();
        }
    }
}
