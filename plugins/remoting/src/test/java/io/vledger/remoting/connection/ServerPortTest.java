package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.frame.Frames;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Whose a port is, and for how long. */
class ServerPortTest extends ServerFixture {
    @Test
    void aPortIsFreeWhenItsServerHasClosed() throws Exception {
        for (int i = 0; i < 500; i++) {
            RpcServer server = listen();
            int port = server.port();
            await(server.close());
            await(await(listenOn(port)).close());
        }
    }

    @Test
    void aPortThatWasBoundForAPluginThatIsGoneIsFreed() throws Exception {
        AtomicReference<Context> own = new AtomicReference<>();
        Future<String> failed = vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                own.set(context);
                return Future.failedFuture("something else");
            }
        });
        await(failed::isComplete);
        Promise<RpcServer> listening = Promise.promise();
        requireNonNull(own.get())
                .runOnContext(v -> rpc.listen("127.0.0.1", 0, handlers).onComplete(listening));
        assertThatThrownBy(() -> await(listening.future())).hasMessageContaining("stopped meanwhile");
        assertThat(rpc.listening()).isZero();
    }

    @Test
    void aPortIsTakenOnce() throws Exception {
        RpcServer server = listen();
        assertThatThrownBy(() -> await(listenOn(server.port()))).hasMessageContaining("127.0.0.1:" + server.port());
        try (java.net.ServerSocket other = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> await(listenOn(other.getLocalPort()))).hasMessageContaining("cannot listen on");
        }
        int port = server.port();
        await(server.close());
        await(await(listenOn(port)).close());
    }

    @Test
    void closingAServerClosesItsConnections() throws Exception {
        handlers.register(1, request -> request.reply(0, null));
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.call(Frames.request(1, 1));
            await(server.close());
            assertThat(peer.ended()).isTrue();
        }
        assertThat(rpc.listening()).isZero();
    }

    @Test
    void aServerEndsWithTheContextThatItWasMadeIn() throws Exception {
        AtomicReference<RpcServer> server = new AtomicReference<>();
        handlers.register(1, request -> request.reply(0, null));
        String deployment = await(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return rpc.listen("127.0.0.1", 0, handlers).onSuccess(server::set);
            }
        }));
        int port = requireNonNull(server.get()).port();
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(peer.call(Frames.request(1, 1)).code()).isZero();
            await(vertx.undeploy(deployment));
            assertThat(peer.ended()).isTrue();
        }
        assertThat(rpc.listening()).isZero();
        await(listenOn(port));
    }
}
