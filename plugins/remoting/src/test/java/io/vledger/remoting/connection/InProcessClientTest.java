package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vledger.api.net.HostPort;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.testkit.FreePorts;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class InProcessClientTest extends ServerFixture {
    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 1234);

    private final Handlers asked = new HandlerTable();

    private RpcClient client(Context loop, int port) throws Exception {
        CompletableFuture<RpcClient> made = new CompletableFuture<>();
        loop.runOnContext(
                v -> made.complete(rpc.inProcess("broker/a", new HostPort("127.0.0.1", port), CLIENT, asked)));
        return made.get();
    }

    private RpcServer listen(Context loop, Handlers served, int port) throws Exception {
        return await(on(loop, () -> rpc.listen("broker/a", "127.0.0.1", port, served)));
    }

    private static <T> Future<T> on(Context loop, Supplier<Future<T>> task) {
        Promise<T> done = Promise.promise();
        loop.runOnContext(v -> task.get().onComplete(done));
        return done.future();
    }

    @Test
    void callsReachTheHandlersWithTheGivenAddress() throws Exception {
        int port = FreePorts.next();
        List<InetSocketAddress> remotes = new ArrayList<>();
        handlers.register(5, request -> {
            remotes.add(request.connection().remote());
            request.reply(
                    9,
                    "ok",
                    sink -> sink.put("k", request.fields().requiredText("k")),
                    Unpooled.copiedBuffer(request.body()));
        });
        listen(context, handlers, port);
        Context loop = vertx.getOrCreateContext();
        RpcClient client = client(loop, port);
        for (int bytes : new int[] {0, 3, 6_000_000}) {
            RpcClient.RpcAnswer answer = await(on(
                    loop,
                    () -> client.request(5, sink -> sink.put("k", "v"), bytes == 0 ? null : buffer(bytes), 5_000)));
            assertThat(answer.code()).isEqualTo(9);
            assertThat(answer.fields().text("k")).isEqualTo("v");
            assertThat(answer.body()).hasSize(bytes);
        }
        assertThat(remotes).containsExactly(CLIENT, CLIENT, CLIENT);
    }

    @Test
    void theListenerAsksTheClient() throws Exception {
        int port = FreePorts.next();
        List<RpcConnection> connections = new ArrayList<>();
        handlers.register(5, request -> {
            connections.add(request.connection());
            request.reply(0, null);
        });
        asked.register(39, request -> request.reply(7, request.fields().text("id")));
        listen(context, handlers, port);
        Context loop = vertx.getOrCreateContext();
        RpcClient client = client(loop, port);
        await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000)));
        RpcClient.RpcAnswer answer =
                await(on(context, () -> connections.get(0).call(39, sink -> sink.put("id", "x"), null, 5_000)));
        assertThat(answer.code()).isEqualTo(7);
        assertThat(answer.remark()).isEqualTo("x");
    }

    @Test
    void manyCallsAreAnsweredInOrderThroughTheBoundOfUnreadBytes() throws Exception {
        int port = FreePorts.next();
        handlers.register(5, request -> request.replyBody(new byte[100_000]));
        listen(context, handlers, port);
        Context loop = vertx.getOrCreateContext();
        RpcClient client = client(loop, port);
        List<Integer> order = new ArrayList<>();
        Future<?> all = on(loop, () -> {
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                int number = i;
                ByteBuf body = buffer(20_000);
                calls.add(client.request(5, FieldWriter.NONE, body, 20_000).onSuccess(done -> order.add(number)));
            }
            return Future.join(calls);
        });
        await(all);
        assertThat(order).hasSize(300).isSorted();
    }

    @Test
    void theNextOwnerOfTheListenerServesTheSameConnection() throws Exception {
        int port = FreePorts.next();
        handlers.register(5, request -> request.reply(1, null));
        listen(context, handlers, port);
        Context loop = vertx.getOrCreateContext();
        RpcClient client = client(loop, port);
        assertThat(await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000)))
                        .code())
                .isEqualTo(1);
        Handlers next = new HandlerTable();
        next.register(5, request -> request.reply(2, null));
        RpcServer server = listen(vertx.getOrCreateContext(), next, port);
        assertThat(await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000)))
                        .code())
                .isEqualTo(2);
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void aListenerThatClosesEndsTheConnectionAndTheNextCallFindsItsSuccessor() throws Exception {
        int port = FreePorts.next();
        handlers.register(5, request -> request.reply(1, null));
        RpcServer server = listen(context, handlers, port);
        Context loop = vertx.getOrCreateContext();
        RpcClient client = client(loop, port);
        await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000)));
        CompletableFuture<Void> lost = new CompletableFuture<>();
        loop.runOnContext(v -> client.onDisconnect(() -> lost.complete(null)));
        await(server.close());
        lost.get();
        assertThatThrownBy(() -> await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000))))
                .hasMessageContaining("nobody listens there");
        listen(context, handlers, port);
        assertThat(await(on(loop, () -> client.call(5, FieldWriter.NONE, null, 5_000)))
                        .code())
                .isEqualTo(1);
    }
}
