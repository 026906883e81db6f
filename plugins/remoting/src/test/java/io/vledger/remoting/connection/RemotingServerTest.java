package io.vledger.remoting.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.FrameLimits;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.Header;
import io.vledger.remoting.frame.HeaderReader;
import io.vledger.remoting.frame.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
@Timeout(60)
class RemotingServerTest {
    private static final Limits SMALL = new Limits(
            new FrameLimits(1 << 20, 1 << 16), 3, 1, 64 << 10, 1 << 20, 2, 500, Limits.STANDARD.maxUnsentTotalBytes());

    private Vertx vertx;
    private Context context;
    private RemotingRpc rpc;
    private final Handlers handlers = new HandlerTable();

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

    @Test
    void aRequestIsServedAndAnsweredInItsEncoding() throws Exception {
        handlers.register(10, request -> {
            assertThat(Vertx.currentContext()).isSameAs(context);
            String text = request.fields().text("a")
                    + request.body().toString(StandardCharsets.UTF_8)
                    + request.version()
                    + request.language()
                    + request.remark();
            request.reply(7, "r", sink -> sink.put("echo", text), Unpooled.wrappedBuffer(new byte[] {1, 2}));
        });
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            RawPeer.Answer answer = peer.call(Frames.json(
                    "{\"code\":10,\"opaque\":3,\"language\":\"GO\",\"version\":401,\"extFields\":{\"a\":\"x\"}}",
                    (byte) 'b'));
            assertThat(answer.code()).isEqualTo(7);
            assertThat(answer.opaque()).isEqualTo(3);
            assertThat(answer.header().getInteger("flag")).isEqualTo(1);
            assertThat(answer.header().getInteger("version")).isEqualTo(513);
            assertThat(answer.header().getString("remark")).isEqualTo("r");
            assertThat(answer.header().getJsonObject("extFields").getString("echo"))
                    .isEqualTo("xb401GOnull");
            assertThat(answer.body()).containsExactly(1, 2);

            peer.send(Frames.binary(10, 0, 4, "q", Map.of("a", "y")));
            byte[] frame = peer.receiveFrame();
            assertThat(frame[0]).isEqualTo(Header.BINARY);
            Header header = new HeaderReader().read(Unpooled.wrappedBuffer(frame), 4, frame.length - 6, Header.BINARY);
            assertThat(header.opaque()).isEqualTo(4);
            assertThat(header.text("echo")).isEqualTo("y409JAVAq");
        }
    }

    @Test
    void refusalsFailuresAndUnknownCodesAreAnswered() throws Exception {
        handlers.register(1, request -> {
            throw new RequestException(17, "no such topic: T");
        });
        handlers.register(2, request -> {
            throw new IllegalArgumentException("secret");
        });
        handlers.register(3, request -> request.reply(request.fields().requiredNumber("n"), null));
        handlers.register(
                4,
                request -> request.reply(
                        0,
                        null,
                        sink -> {
                            throw new IllegalStateException("broken writer");
                        },
                        buffer(100)));
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            assertThat(peer.call(Frames.request(1, 1)).header().getString("remark"))
                    .isEqualTo("no such topic: T");
            RawPeer.Answer failed = peer.call(Frames.request(2, 2));
            assertThat(failed.code()).isEqualTo(1);
            assertThat(failed.header().getString("remark"))
                    .doesNotContain("secret")
                    .doesNotContain("Exception");
            assertThat(peer.call(Frames.request(3, 3)).header().getString("remark"))
                    .contains("field n is missing");
            assertThat(peer.call(Frames.request(4, 4)).code()).isEqualTo(1);
            RawPeer.Answer unknown = peer.call(Frames.request(99, 5));
            assertThat(unknown.code()).isEqualTo(3);
            assertThat(unknown.header().getString("remark")).isEqualTo(" request type 99 not supported");
        }
    }

    @Test
    void whoLooksAfterTheLoopHearsThatMemoryRanOut() throws Exception {
        List<Throwable> heard = new CopyOnWriteArrayList<>();
        context.exceptionHandler(heard::add);
        handlers.register(1, request -> {
            throw new OutOfMemoryError("injected");
        });
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            assertThat(peer.call(Frames.request(1, 1)).header().getString("remark"))
                    .isEqualTo("the broker is out of memory");
            assertThat(heard).singleElement().isInstanceOf(OutOfMemoryError.class);
        }
    }

    @Test
    void onewayRequestsAreNeverAnswered() throws Exception {
        handlers.register(1, request -> request.reply(0, null, FieldWriter.NONE, buffer(10)));
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(Frames.json("{\"code\":1,\"flag\":2,\"opaque\":8}"));
            peer.send(Frames.json("{\"code\":99,\"flag\":2,\"opaque\":9}"));
            assertThat(peer.call(Frames.request(1, 10)).opaque()).isEqualTo(10);
        }
    }

    @Test
    void pipelinedRequestsSplitAnywhereAreAnsweredInOrder() throws Exception {
        handlers.register(
                1,
                request ->
                        request.reply(0, null, FieldWriter.NONE, request.body().copy()));
        RpcServer server = listen();
        byte[] stream = Frames.join(
                Frames.request(1, 1, (byte) 'a'), Frames.request(1, 2), Frames.request(1, 3, new byte[9000]));
        try (RawPeer peer = new RawPeer(server.port())) {
            for (int split = 1; split < 400; split++) {
                peer.send(Arrays.copyOfRange(stream, 0, split));
                peer.send(Arrays.copyOfRange(stream, split, stream.length));
                assertThat(peer.receive().opaque()).isEqualTo(1);
                assertThat(peer.receive().body()).isEmpty();
                assertThat(peer.receive().body()).hasSize(9000);
            }
        }
    }

    @Test
    void aDetachedRequestIsAnsweredLater() throws Exception {
        List<RpcRequest> parked = new ArrayList<>();
        AtomicReference<RpcRequest> notDetached = new AtomicReference<>();
        handlers.register(1, request -> {
            request.body();
            request.detach();
            parked.add(request);
        });
        handlers.register(2, request -> {
            notDetached.set(request);
            parked.forEach(p -> p.reply(0, p.fields().text("k"), FieldWriter.NONE, Unpooled.copiedBuffer(p.body())));
            vertx.runOnContext(v -> {
                assertThatThrownBy(request::fields).hasMessageContaining("detach()");
                request.reply(request.code(), null);
                assertThatThrownBy(() -> request.reply(0, null)).hasMessageContaining("before");
            });
        });
        RpcServer server = listen();
        try (RawPeer one = new RawPeer(server.port());
                RawPeer two = new RawPeer(server.port())) {
            one.send(Frames.json("{\"code\":1,\"opaque\":1,\"extFields\":{\"k\":\"v\\u0041\"}}", (byte) 'x'));
            one.send(Frames.json("{\"code\":1,\"opaque\":2,\"extFields\":{\"k\":\"w\"}}"));
            await(() -> onLoop(parked::size) == 2);
            assertThat(two.call(Frames.request(2, 5)).code()).isEqualTo(2);
            RawPeer.Answer first = one.receive();
            assertThat(first.opaque()).isEqualTo(1);
            assertThat(first.header().getString("remark")).isEqualTo("vA");
            assertThat(first.body()).containsExactly('x');
            assertThat(one.receive().header().getString("remark")).isEqualTo("w");
        }
    }

    @Test
    void repliesOfOneTurnLeaveInOneFlush() throws Exception {
        List<RpcRequest> parked = new ArrayList<>();
        handlers.register(1, request -> parked.add(request));
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            for (int i = 0; i < 50; i++) {
                peer.send(Frames.request(1, i));
            }
            await(() -> onLoop(parked::size) == 50);
            AtomicInteger available = new AtomicInteger();
            onLoop(() -> {
                parked.forEach(request -> request.reply(0, null));
                // Nothing may have left before the turn is over.
                available.set(peer.socket.getInputStream().available());
                return null;
            });
            assertThat(available).hasValue(0);
            for (int i = 0; i < 50; i++) {
                assertThat(peer.receive().opaque()).isEqualTo(i);
            }
        }
    }

    @Test
    void largeBodiesArriveWholeAndInOrder() throws Exception {
        byte[] large = new byte[3 << 20];
        Arrays.fill(large, (byte) 7);
        handlers.register(1, request -> request.reply(0, null, FieldWriter.NONE, Unpooled.wrappedBuffer(large)));
        handlers.register(2, request -> request.reply(0, null, FieldWriter.NONE, buffer(5)));
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(Frames.join(Frames.request(2, 1), Frames.request(1, 2), Frames.request(2, 3)));
            assertThat(peer.receive().body()).hasSize(5);
            assertThat(peer.receive().body()).isEqualTo(large);
            assertThat(peer.receive().opaque()).isEqualTo(3);
        }
    }

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
            await(() ->
                    connection.get() != null && onLoop(() -> connection.get().congested()));
            int before = served.get();
            onLoop(() -> {
                connection.get().onDrain(() -> drained.set(true));
                return null;
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
    void whoWaitsForRoomAgainAndAgainIsToldOnceThatTheClientIsGone() throws Exception {
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
            await(() ->
                    connection.get() != null && onLoop(() -> connection.get().congested()));
            onLoop(() -> {
                waitForRoom(connection.get(), waits);
                return null;
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
        own.get().runOnContext(v -> rpc.listen("127.0.0.1", 0, handlers).onComplete(listening));
        assertThatThrownBy(() -> await(listening.future())).hasMessageContaining("stopped meanwhile");
        assertThat(rpc.listening()).isZero();
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
            busy.socket.setSoTimeout(5000);
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
    void theServerCallsItsClients() throws Exception {
        BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();
        handlers.register(1, request -> {
            RpcConnection connection = request.connection();
            connection.send(40, sink -> sink.put("consumerGroup", "g"), null);
            for (int i = 0; i < 2; i++) {
                connection.call(307, FieldWriter.NONE, buffer(3), 400).onComplete(result -> {
                    assertThat(Vertx.currentContext()).isSameAs(context);
                    outcomes.add(result.succeeded() ? result.result() : result.cause());
                });
            }
        });
        RpcServer server = listen();
        try (RawPeer peer = new RawPeer(server.port())) {
            peer.send(Frames.request(1, 1));
            RawPeer.Answer notice = peer.receive();
            assertThat(notice.header().getInteger("flag")).isEqualTo(2);
            assertThat(notice.header().getJsonObject("extFields").getString("consumerGroup"))
                    .isEqualTo("g");
            RawPeer.Answer question = peer.receive();
            assertThat(question.body()).hasSize(3);
            peer.receive();
            peer.send(Frames.json(
                    "{\"code\":5,\"flag\":1,\"opaque\":" + question.opaque() + ",\"remark\":\"yes\"}", (byte) 9));
            peer.send(Frames.json("{\"code\":5,\"flag\":1,\"opaque\":12345}"));
            RpcClient.RpcAnswer answer = (RpcClient.RpcAnswer) outcomes.poll(5, TimeUnit.SECONDS);
            assertThat(answer.code()).isEqualTo(5);
            assertThat(answer.remark()).isEqualTo("yes");
            assertThat(answer.body()).containsExactly(9);
            assertThat((Throwable) outcomes.poll(5, TimeUnit.SECONDS))
                    .hasMessageContaining("request 307 within 400 ms");
        }
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
        int port = server.get().port();
        try (RawPeer peer = new RawPeer(port)) {
            assertThat(peer.call(Frames.request(1, 1)).code()).isZero();
            await(vertx.undeploy(deployment));
            assertThat(peer.ended()).isTrue();
        }
        assertThat(rpc.listening()).isZero();
        await(listenOn(port));
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

    private static Limits limits(int congested, int unsent, int congestedSeconds) {
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

    private static ByteBuf buffer(int length) {
        return UnpooledByteBufAllocator.DEFAULT.directBuffer(length).writeZero(length);
    }

    private RpcServer listen() throws Exception {
        return await(listenOn(0));
    }

    private Future<RpcServer> listenOn(int port) throws Exception {
        return onLoop(() -> rpc.listen("127.0.0.1", port, handlers));
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
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
        return result.get();
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        CountDownLatch never = new CountDownLatch(1);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            assertThat(never.await(5, TimeUnit.MILLISECONDS)).isFalse();
        }
    }
}
