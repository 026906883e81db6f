package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.FrameLimits;
import io.vledger.remoting.frame.Frames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What clients may not do to a server: read nothing, send rubbish, keep connections. */
class ServerBoundsTest extends ServerFixture {
    private static final Limits SMALL = new Limits(
            new FrameLimits(1 << 20, 1 << 16), 3, 1, 64 << 10, 1 << 20, 2, 500, Limits.STANDARD.maxUnsentTotalBytes());

    @Test
    void aClientThatDoesNotReadIsNotServedUntilItDoes() throws Exception {
        AtomicInteger served = new AtomicInteger();
        AtomicReference<RpcConnection> connection = new AtomicReference<>();
        AtomicBoolean drained = new AtomicBoolean();
        handlers.register(1, request -> {
            served.incrementAndGet();
            connection.set(request.connection());
            request.reply(0, null, FieldWriter.NONE, buffer(100_000));
        });
        rpc = new RemotingRpc(vertx, limits(64 << 10, 8 << 20, 60), HandlerTable::new);
        RpcServer server = listen();
        int requests = 400;
        try (RawPeer peer = new RawPeer(server.port())) {
            byte[][] all = new byte[requests][];
            for (int i = 0; i < requests; i++) {
                all[i] = Frames.request(1, i);
            }
            peer.send(Frames.join(all));
            await(() -> connection.get() != null
                    && onLoop(() -> requireNonNull(connection.get()).congested()));
            int before = served.get();
            onLoop(() -> {
                requireNonNull(connection.get()).onDrain(() -> drained.set(true));
                return true;
            });
            assertThat(before).isLessThan(requests);
            for (int i = 0; i < requests; i++) {
                RawPeer.Answer answer = peer.receive();
                assertThat(answer.opaque()).isEqualTo(i);
                assertThat(answer.body()).hasSize(100_000);
            }
            assertThat(drained).isTrue();
            assertThat(served).hasValue(requests);
        }
    }

    @Test
    void clientsThatDoNotReadShareWhatAllTogetherMayHaveUnsent() throws Exception {
        Set<RpcConnection> served = ConcurrentHashMap.newKeySet();
        handlers.register(1, request -> {
            served.add(request.connection());
            request.reply(0, null, FieldWriter.NONE, buffer(100_000));
        });
        rpc = new RemotingRpc(
                vertx,
                new Limits(new FrameLimits(16 << 20, 1 << 20), 100, 100, 8 << 20, 64 << 20, 60, 500, 1 << 20),
                HandlerTable::new);
        RpcServer server = listen();
        byte[][] all = new byte[300][];
        for (int i = 0; i < all.length; i++) {
            all[i] = Frames.request(1, i);
        }
        List<RawPeer> peers = new ArrayList<>();
        int count = 6;
        for (int i = 0; i < count; i++) {
            RawPeer peer = new RawPeer(server.port());
            peers.add(peer);
            peer.send(Frames.join(all));
        }
        await(() -> served.size() == count && onLoop(() -> served.stream().allMatch(RpcConnection::congested)));
        // The first may have had its own bound before the others came; none after it.
        assertThat(rpc.unsentBytes()).isLessThan((8 << 20) + count * (512L << 10));
        for (RawPeer peer : peers) {
            for (int i = 0; i < all.length; i++) {
                assertThat(peer.receive().opaque()).isEqualTo(i);
            }
            peer.close();
        }
        await(() -> rpc.unsentBytes() == 0);
    }

    @Test
    void aReplyThatWaitsForRoomAgainAndAgainLearnsOnceThatTheClientIsGone() throws Exception {
        AtomicInteger waits = new AtomicInteger();
        AtomicReference<RpcConnection> connection = new AtomicReference<>();
        handlers.register(1, request -> {
            connection.set(request.connection());
            request.reply(0, null, FieldWriter.NONE, buffer(7 << 20));
        });
        rpc = new RemotingRpc(vertx, limits(64 << 10, 32 << 20, 60), HandlerTable::new);
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(Frames.request(1, 1));
            await(() -> connection.get() != null
                    && onLoop(() -> requireNonNull(connection.get()).congested()));
            onLoop(() -> {
                waitForRoom(requireNonNull(connection.get()), waits);
                return true;
            });
        }
        await(() -> server.connections() == 0);
        assertThat(waits).hasValue(1);
    }

    /** As a pull does that finds the connection congested. */
    private static void waitForRoom(RpcConnection connection, AtomicInteger waits) {
        if (connection.congested()) {
            connection.onDrain(() -> {
                waits.incrementAndGet();
                waitForRoom(connection, waits);
            });
        }
    }

    @Test
    void aClientThatStaysCongestedIsClosed() throws Exception {
        handlers.register(1, request -> request.reply(0, null, FieldWriter.NONE, buffer(900_000)));
        rpc = new RemotingRpc(vertx, limits(64 << 10, 500 << 20, 1), HandlerTable::new);
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            for (int i = 0; i < 20; i++) {
                peer.send(Frames.request(1, i));
            }
            await(() -> server.connections() == 1);
            await(() -> server.connections() == 0);
        }
    }

    @Test
    void tooMuchUnsentEndsTheConnectionAndReleasesAll() throws Exception {
        List<ByteBuf> bodies = new ArrayList<>();
        handlers.register(1, request -> {
            for (int i = 0; i < 200; i++) {
                ByteBuf body = buffer(100_000);
                bodies.add(body);
                request.connection().send(40, FieldWriter.NONE, body);
            }
            request.reply(0, null);
        });
        rpc = new RemotingRpc(vertx, limits(64 << 10, 4 << 20, 60), HandlerTable::new);
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(Frames.request(1, 1));
            await(() -> onLoop(() -> bodies.size() == 200 && bodies.stream().allMatch(b -> b.refCnt() == 0)));
            assertThat(peer.ended()).isTrue();
            await(() -> server.connections() == 0);
        }
    }

    @Test
    void badBytesCloseOnlyTheirConnection() throws Exception {
        handlers.register(1, request -> request.reply(0, null));
        RpcServer server = listen();
        try (RawPeer good = new RawPeer(server.port())) {
            for (byte[] bad : List.of(
                    new byte[] {0x16, 3, 1, 0, 1},
                    "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                    new byte[] {-1, -1, -1, -1},
                    Frames.json("{"),
                    Frames.frame((byte) 7, new byte[9]),
                    new byte[] {0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0, 0})) {
                try (RawPeer peer = new RawPeer(server.port())) {
                    peer.send(bad);
                    assertThat(peer.ended()).isTrue();
                }
            }
            assertThat(good.call(Frames.request(1, 1)).code()).isZero();
        }
    }

    @Test
    void halfClosedAndDroppedConnectionsAreClosed() throws Exception {
        CountDownLatch closed = new CountDownLatch(2);
        handlers.register(1, request -> {
            request.connection().onClose(closed::countDown);
            request.reply(0, null);
        });
        RpcServer server = listen();
        try (RawPeer half = new RawPeer(server.port());
                RawPeer mid = new RawPeer(server.port())) {
            half.call(Frames.request(1, 1));
            half.socket.shutdownOutput();
            assertThat(half.ended()).isTrue();
            mid.call(Frames.request(1, 1));
            mid.send(new byte[] {0, 0, 1});
        }
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        await(() -> server.connections() == 0);
    }

    @Test
    void idleConnectionsAreClosedAndBusyOnesAreNot() throws Exception {
        handlers.register(1, request -> request.reply(0, null));
        rpc = new RemotingRpc(vertx, SMALL, HandlerTable::new);
        RpcServer server = listen();
        try (RawPeer idle = new RawPeer(server.port());
                RawPeer busy = new RawPeer(server.port())) {
            AtomicInteger calls = new AtomicInteger();
            long start = System.nanoTime();
            busy.socket.setSoTimeout(20_000);
            await(() -> {
                busy.call(Frames.request(1, calls.incrementAndGet()));
                return server.connections() == 1;
            });
            assertThat(idle.ended()).isTrue();
            assertThat(busy.call(Frames.request(1, 77)).opaque()).isEqualTo(77);
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isGreaterThan(900);
        }
    }

    @Test
    void connectionsAboveTheBoundAreRefused() throws Exception {
        handlers.register(1, request -> request.reply(0, null));
        rpc = new RemotingRpc(vertx, SMALL, HandlerTable::new);
        RpcServer server = listen();
        try (RawPeer a = new RawPeer(server.port());
                RawPeer b = new RawPeer(server.port());
                RawPeer c = new RawPeer(server.port())) {
            for (RawPeer peer : List.of(a, b, c)) {
                assertThat(peer.call(Frames.request(1, 1)).code()).isZero();
            }
            try (RawPeer d = new RawPeer(server.port())) {
                assertThat(d.ended()).isTrue();
            }
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void thousandsOfIdleConnectionsAreHeld() throws Exception {
        handlers.register(1, request -> request.reply(0, null));
        RpcServer server = listen();
        List<RawPeer> peers = new ArrayList<>();
        try {
            for (int i = 0; i < 1500; i++) {
                peers.add(new RawPeer(server.port()));
            }
            await(() -> server.connections() == 1500);
            assertThat(peers.get(700).call(Frames.request(1, 1)).code()).isZero();
        } finally {
            for (RawPeer peer : peers) {
                peer.close();
            }
        }
        await(() -> server.connections() == 0);
    }
}
