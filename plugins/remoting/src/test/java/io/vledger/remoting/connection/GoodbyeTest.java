package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.LeakWatch;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** How connections end when a server closes. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class GoodbyeTest {
    private Vertx vertx;
    private Context context;
    private RemotingRpc rpc;
    private RpcServer server;
    private final List<RpcRequest> owed = new CopyOnWriteArrayList<>();
    private final List<Integer> served = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        context = vertx.getOrCreateContext();
        rpc = new RemotingRpc(vertx, Limits.STANDARD, HandlerTable::new);
        Handlers handlers = new HandlerTable();
        handlers.register(1, request -> {
            served.add(request.opaque());
            request.reply(0, "served");
        });
        handlers.register(2, request -> {
            request.detach();
            owed.add(request);
        });
        server = on(() -> rpc.listen("broker/a", "127.0.0.1", 0, handlers));
    }

    @AfterEach
    void close() throws Exception {
        await(rpc.close());
        await(vertx.close());
    }

    private <T> T on(Supplier<Future<T>> task) throws Exception {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> task.get().onComplete(done));
        return await(done.future());
    }

    private static byte[] request(int code, int opaque, String language) {
        return Frames.json(
                "{\"code\":" + code + ",\"opaque\":" + opaque + ",\"language\":\"" + language + "\",\"version\":400}");
    }

    @Test
    void aJavaClientGetsWhatItIsOwedAndThenAHeaderThatItCannotRead() throws Exception {
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(request(2, 1, "JAVA"));
            Await.await(() -> owed.size() == 1);
            await(server.suspend());
            peer.send(request(1, 2, "JAVA"));
            Promise<Void> closed = Promise.promise();
            context.runOnContext(v -> {
                owed.get(0).reply(0, "late");
                server.close().onComplete(closed);
            });
            assertThat(peer.receive().opaque()).isEqualTo(1);
            assertThat(peer.receive().header().getValue("code")).isEqualTo("this node stops");
            peer.send(request(1, 3, "JAVA"));
            assertThat(peer.ended()).isTrue();
            await(closed.future());
        }
        assertThat(served).as("what was not answered was not done").isEmpty();
    }

    @Test
    void aClientThatComesBackAfterTheGoodbyeIsRefused() throws Exception {
        int port = server.port();
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(peer.call(request(1, 1, "JAVA")).opaque()).isEqualTo(1);
            Future<Void> closed = server.close();
            assertThat(peer.receive().header().getValue("code")).isEqualTo("this node stops");
            // The server still waits for the peer to close its connection.
            assertThatThrownBy(() -> new RawPeer(port)).isInstanceOf(ConnectException.class);
            await(closed);
        }
    }

    @Test
    void aClientOfAnotherLanguageGetsTheEndOfTheStream() throws Exception {
        try (RawPeer peer = new RawPeer(server.port())) {
            assertThat(peer.call(request(1, 1, "GO")).opaque()).isEqualTo(1);
            await(server.suspend());
            peer.send(request(1, 2, "GO"));
            Future<Void> closed = server.close();
            assertThatThrownBy(peer::receive).isInstanceOf(EOFException.class);
            await(closed);
        }
        assertThat(served).containsExactly(1);
    }

    @Test
    void whereNothingWasServedTheConnectionIsReset() throws Exception {
        try (RawPeer peer = new RawPeer(server.port())) {
            Await.await(() -> server.connections() == 1);
            await(server.suspend());
            peer.send(request(1, 1, "JAVA"));
            await(server.close());
            assertThatThrownBy(peer::receive).isInstanceOf(SocketException.class);
        }
        assertThat(served).isEmpty();
    }

    @Test
    void ourOwnClientClosesQuietlyAndTheServerIsNotHeldUp() throws Exception {
        var client = on(() -> Future.succeededFuture(rpc.client("127.0.0.1:" + server.port())));
        assertThat(on(() -> client.call(1, sink -> {}, null, 5_000)).remark()).isEqualTo("served");
        Promise<Object> asked = Promise.promise();
        context.runOnContext(v -> client.call(2, sink -> {}, null, 50_000)
                .onComplete(done -> asked.complete(done.failed() ? done.cause() : done.result())));
        Await.await(() -> owed.size() == 1);
        await(server.close());
        assertThat(await(asked.future())).isInstanceOf(IOException.class);
    }
}
