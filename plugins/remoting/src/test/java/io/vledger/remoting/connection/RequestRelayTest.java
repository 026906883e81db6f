package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.Handlers;
import io.vledger.api.rpc.RelayableRequest;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RequestHandler;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRelay;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.HandlerTable;
import io.vledger.remoting.frame.Envelope;
import io.vledger.remoting.frame.FrameLimits;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.Header;
import io.vledger.remoting.frame.HeaderReader;
import io.vledger.remoting.frame.LeakWatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client's node relays everything to another. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class RequestRelayTest {
    private final Handlers there = new HandlerTable();
    private final Handlers here = new HandlerTable();
    private final List<String> undone = new CopyOnWriteArrayList<>();
    private RequestHandler afterwards = request -> {};
    private int timeoutMs = 20_000;
    private Vertx vertx;
    private Context context;
    private RemotingRpc rpc;
    private RpcServer leader;
    private RpcServer node;
    private RpcRelay relay;

    private static RelayableRequest relayable(RpcRequest request) {
        return (RelayableRequest) request;
    }

    private final RpcRelay.Undone listener = new RpcRelay.Undone() {
        @Override
        public void givenBack(RelayableRequest request) {
            undone.add("back " + request.opaque());
            request.serve(afterwards);
        }

        @Override
        public void lost(RelayableRequest request, String why) {
            undone.add("lost " + request.opaque());
            request.reply(1, why);
        }
    };

    @BeforeEach
    void open() throws Exception {
        open(Limits.STANDARD);
    }

    private void open(Limits limits) throws Exception {
        vertx = Vertx.vertx();
        context = vertx.getOrCreateContext();
        rpc = new RemotingRpc(vertx, limits, HandlerTable::new);
        leader = onLoop(() -> rpc.listen("127.0.0.1", 0, there));
        node = onLoop(() -> rpc.listen("127.0.0.1", 0, here));
        relay = onLoop(() -> {
            RpcRelay made = rpc.relay("127.0.0.1:" + leader.port());
            return made.connect().map(made);
        });
        for (int code = 1; code <= 9; code++) {
            here.replace(code, request -> {
                if (!relay.relay(relayable(request), true, timeoutMs, listener)) {
                    request.reply(2, "busy");
                }
            });
        }
    }

    @AfterEach
    void close() throws Exception {
        await(rpc.close());
        await(vertx.close());
    }

    private <T> T onLoop(Supplier<Future<T>> task) throws Exception {
        Promise<T> done = Promise.promise();
        context.runOnContext(v -> task.get().onComplete(done));
        return await(done.future());
    }

    @Test
    void whatARelayAsksByItselfAndWhoTheClientIsGoOverTheSameConnection() throws Exception {
        List<RpcConnection> carriers = new CopyOnWriteArrayList<>();
        there.register(8, request -> {
            carriers.add(relayable(request).carrier());
            request.replyBody(new byte[] {(byte) (request.body().getByte(0) + 1)});
        });
        there.register(1, request -> {
            carriers.add(relayable(request).carrier());
            request.reply(0, relayable(request).identity());
        });
        here.replace(1, request -> {
            relayable(request).identify("alice");
            relay.relay(relayable(request), true, timeoutMs, listener);
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            assertThat(peer.call(Frames.json("{\"code\":1,\"opaque\":3}"))
                            .header()
                            .getString("remark"))
                    .isEqualTo("alice");
            assertThat(onLoop(() -> relay.call(8, FieldWriter.NONE, new byte[] {6}, timeoutMs))
                            .body())
                    .containsExactly(7);
            assertThat(peer.call(Frames.json("{\"code\":1,\"opaque\":4}")).opaque())
                    .isEqualTo(4);
        }
        assertThat(carriers).hasSize(3).containsOnly(carriers.get(0));
    }

    @Test
    void aRelayedRequestIsAnsweredAsIfItHadBeenSentThere() throws Exception {
        there.register(1, request -> {
            String text = request.fields().text("a")
                    + request.version()
                    + request.language()
                    + relayable(request).hops()
                    + request.connection().remote().getPort();
            request.reply(
                    7, "r\u00e4", sink -> sink.put("echo", text), request.body().retainedDuplicate());
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            int port = peer.socket.getLocalPort();
            for (int size : new int[] {0, 1, 4000, 5000, 70_000, 3_000_000}) {
                byte[] body = new byte[size];
                new Random(size).nextBytes(body);
                RawPeer.Answer answer = peer.call(Frames.json(
                        "{\"code\":1,\"opaque\":3,\"language\":\"GO\",\"version\":401,"
                                + "\"extFields\":{\"a\":\"x\\u00e4\"}}",
                        body));
                assertThat(answer.code()).isEqualTo(7);
                assertThat(answer.opaque()).isEqualTo(3);
                assertThat(answer.header().getInteger("flag")).isEqualTo(1);
                assertThat(answer.header().getString("remark")).isEqualTo("r\u00e4");
                assertThat(answer.header().getJsonObject("extFields").getString("echo"))
                        .isEqualTo("x\u00e4401GO1" + port);
                assertThat(answer.body()).isEqualTo(body);
            }
            peer.send(Frames.binary(1, 0, 4, "q", Map.of("a", "y"), new byte[10]));
            byte[] frame = peer.receiveFrame();
            assertThat(frame[0]).isEqualTo(Header.BINARY);
            Header header = new HeaderReader().read(Unpooled.wrappedBuffer(frame), 4, frame.length - 14, Header.BINARY);
            assertThat(header.opaque()).isEqualTo(4);
            assertThat(header.text("echo")).isEqualTo("y409JAVA1" + port);
        }
    }

    @Test
    void requestsOfAllClientsArriveInTheirOrderAndAnswersGoToWhoAsked() throws Exception {
        List<Integer> arrived = new CopyOnWriteArrayList<>();
        List<RpcRequest> kept = new ArrayList<>();
        there.register(1, request -> {
            arrived.add(request.opaque());
            request.detach();
            kept.add(request);
            if (kept.size() == 50) { // answered from the last to the first
                for (int i = kept.size() - 1; i >= 0; i--) {
                    RpcRequest one = kept.get(i);
                    one.reply(0, one.connection().remote().getPort() + "-" + one.opaque());
                }
                kept.clear();
            }
        });
        try (RawPeer first = new RawPeer(node.port());
                RawPeer second = new RawPeer(node.port())) {
            List<byte[]> frames = new ArrayList<>();
            for (int i = 1; i <= 1000; i++) {
                frames.add(Frames.request(1, i, new byte[i % 7 == 0 ? 6000 : i]));
            }
            second.send(Frames.request(1, 5000));
            await(() -> arrived.size() == 1);
            first.send(Frames.join(frames.toArray(new byte[0][])));
            for (int i = 5001; i <= 5049; i++) {
                second.send(Frames.request(1, i));
            }
            for (int i = 0; i < 1000; i++) {
                RawPeer.Answer answer = first.receive();
                assertThat(answer.header().getString("remark"))
                        .isEqualTo(first.socket.getLocalPort() + "-" + answer.opaque());
            }
            for (int i = 0; i < 50; i++) {
                assertThat(second.receive().header().getString("remark"))
                        .startsWith(second.socket.getLocalPort() + "-50");
            }
        }
        assertThat(arrived.stream().filter(opaque -> opaque <= 1000)).isSorted().hasSize(1000);
        assertThat(arrived.stream().filter(opaque -> opaque >= 5000)).isSorted().hasSize(50);
        assertThat(relay.orderedInFlight()).isZero();
    }

    @Test
    void oneWayRequestsAreRelayedWithoutAnAnswer() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        there.register(1, request -> {
            seen.addAndGet(request.oneway() ? 1 : 100);
            request.reply(0, null);
        });
        there.register(2, request -> request.reply(0, "second"));
        try (RawPeer peer = new RawPeer(node.port())) {
            peer.send(Frames.json("{\"code\":1,\"opaque\":1,\"flag\":2,\"language\":\"JAVA\",\"version\":409}"));
            assertThat(peer.call(Frames.request(2, 2)).header().getString("remark"))
                    .isEqualTo("second");
        }
        assertThat(seen).hasValue(1);
    }

    @Test
    void whatAHandlerThrowsThereIsAnsweredToTheClient() throws Exception {
        there.register(1, request -> {
            throw new RequestException(17, "no such topic");
        });
        there.register(2, request -> {
            throw new IllegalStateException("secret");
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            assertThat(peer.call(Frames.request(1, 1)).code()).isEqualTo(17);
            RawPeer.Answer failed = peer.call(Frames.request(2, 2));
            assertThat(failed.code()).isEqualTo(1);
            assertThat(failed.header().getString("remark")).doesNotContain("secret");
            assertThat(peer.call(Frames.request(3, 3)).code()).isEqualTo(3);
        }
    }

    @Test
    void whatAHandlerAttachesToARelayedRequestsConnectionStaysAttached() throws Exception {
        there.register(1, request -> {
            request.connection().attach("client 1");
            request.reply(0, String.valueOf(request.connection().attachment()));
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            assertThat(peer.call(Frames.request(1, 1)).header().getString("remark"))
                    .isEqualTo("client 1");
        }
    }

    @Test
    void aRequestThatIsGivenBackCanBeServedHere() throws Exception {
        there.register(1, request -> relayable(request).giveBack());
        there.register(2, request -> {
            relayable(request).keep();
            context.runOnContext(v -> relayable(request).giveBack());
        });
        afterwards = request -> request.reply(
                0, request.fields().text("a"), FieldWriter.NONE, request.body().retainedDuplicate());
        try (RawPeer peer = new RawPeer(node.port())) {
            for (int size : new int[] {0, 3, 9000}) {
                for (int code = 1; code <= 2; code++) {
                    byte[] body = new byte[size];
                    Arrays.fill(body, (byte) 5);
                    RawPeer.Answer answer = peer.call(Frames.json(
                            "{\"code\":" + code + ",\"opaque\":" + size + ",\"extFields\":{\"a\":\"\\\"x\"}}", body));
                    assertThat(answer.header().getString("remark")).isEqualTo("\"x");
                    assertThat(answer.body()).isEqualTo(body);
                }
            }
        }
        assertThat(undone).containsExactly("back 0", "back 0", "back 3", "back 3", "back 9000", "back 9000");
    }

    @Test
    void aKeptRequestCanBeRelayedAgainAfterItWasLost() throws Exception {
        int port = leader.port();
        AtomicReference<Future<Void>> closed = new AtomicReference<>();
        here.replace(1, request -> {
            relayable(request).keep();
            relay.relay(relayable(request), false, 20_000, new RpcRelay.Undone() {
                @Override
                public void givenBack(RelayableRequest same) {
                    throw new AssertionError("not given back");
                }

                @Override
                public void lost(RelayableRequest same, String why) {
                    undone.add("lost");
                    requireNonNull(closed.get())
                            .onComplete(none -> context.runOnContext(v -> rpc.listen("127.0.0.1", port, there)
                                    .compose(server -> relay.connect())
                                    .onSuccess(open -> relay.relay(same, false, 20_000, listener))
                                    .onFailure(cause -> same.reply(1, cause.getMessage()))));
                }
            });
        });
        AtomicInteger served = new AtomicInteger();
        there.register(1, request -> {
            if (served.incrementAndGet() == 1) {
                closed.set(leader.close());
            } else {
                request.reply(0, request.body().toString(StandardCharsets.UTF_8));
            }
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            assertThat(peer.call(Frames.request(1, 1, (byte) 'x')).header().getString("remark"))
                    .isEqualTo("x");
        }
        assertThat(undone).containsExactly("lost");
    }

    @Test
    void whenTheConnectionBreaksEverythingUnansweredIsLostInOrder() throws Exception {
        List<RpcRequest> kept = new CopyOnWriteArrayList<>();
        there.register(1, request -> {
            request.detach();
            kept.add(request);
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            for (int i = 1; i <= 20; i++) {
                peer.send(Frames.request(1, i));
            }
            await(() -> kept.size() == 20);
            await(leader.close());
            for (int i = 1; i <= 20; i++) {
                RawPeer.Answer answer = peer.receive();
                assertThat(answer.code()).isEqualTo(1);
                assertThat(answer.header().getString("remark")).contains("broke");
                assertThat(undone.get(i - 1)).isEqualTo("lost " + i);
            }
            assertThat(relay.connected()).isFalse();
            assertThat(relay.orderedInFlight()).isZero();
            assertThat(peer.call(Frames.request(1, 30)).code()).isEqualTo(2);
        }
    }

    @Test
    void anAnswerThatDoesNotComeInTimeIsGivenUpAndALateOneDropped() throws Exception {
        timeoutMs = 100;
        List<RpcRequest> kept = new CopyOnWriteArrayList<>();
        there.register(1, request -> {
            request.detach();
            kept.add(request);
        });
        there.register(2, request -> {
            kept.get(0).reply(0, "too late");
            request.reply(0, "second");
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            assertThat(peer.call(Frames.request(1, 1)).header().getString("remark"))
                    .contains("in time");
            timeoutMs = 20_000;
            assertThat(peer.call(Frames.request(2, 2)).header().getString("remark"))
                    .isEqualTo("second");
        }
    }

    @Test
    void moreThanTheBoundIsNotTaken() throws Exception {
        close();
        open(new Limits(
                new FrameLimits(16 << 20, 1 << 20),
                100,
                100,
                64 << 10,
                64 << 20,
                60,
                500,
                Limits.STANDARD.maxUnsentTotalBytes()));
        List<RpcRequest> kept = new CopyOnWriteArrayList<>();
        there.register(1, request -> {
            request.detach();
            kept.add(request);
        });
        try (RawPeer peer = new RawPeer(node.port())) {
            for (int i = 1; i <= 7; i++) {
                peer.send(Frames.request(1, i, new byte[10_000]));
            }
            RawPeer.Answer refused = peer.receive();
            assertThat(refused.code()).isEqualTo(2);
            assertThat(refused.opaque()).isEqualTo(7);
            await(() -> kept.size() == 6);
            context.runOnContext(v -> kept.forEach(request -> request.reply(0, null)));
            for (int i = 1; i <= 6; i++) {
                assertThat(peer.receive().opaque()).isEqualTo(i);
            }
            // one that is larger than the bound goes alone
            peer.send(Frames.request(1, 8, new byte[100_000]));
            await(() -> kept.size() == 7);
            context.runOnContext(v -> kept.get(6).reply(0, "eighth"));
            assertThat(peer.receive().header().getString("remark")).isEqualTo("eighth");
        }
    }

    @Test
    void aHandlerThereCanCloseTheClientsConnectionAndNoOther() throws Exception {
        there.register(1, request -> request.connection().close());
        there.register(2, request -> request.reply(0, "alive"));
        try (RawPeer first = new RawPeer(node.port());
                RawPeer second = new RawPeer(node.port())) {
            first.send(Frames.request(1, 1));
            assertThat(first.ended()).isTrue();
            assertThat(second.call(Frames.request(2, 2)).header().getString("remark"))
                    .isEqualTo("alive");
        }
    }

    @Test
    void whatIsNoEnvelopeIsAnsweredInWordsAndHarmsNobody() throws Exception {
        there.register(
                1,
                request -> request.reply(
                        0,
                        "served for "
                                + request.connection().remote().getAddress().getHostAddress()));
        byte[] inner = Frames.request(1, 77);
        List<byte[]> bad = new ArrayList<>();
        bad.add(new byte[0]);
        bad.add(envelope(2, 1, inner)); // a version that is not known
        bad.add(envelope(1, 0, inner));
        bad.add(envelope(1, 4, inner)); // too many hops: a loop
        bad.add(envelope(1, 1, Arrays.copyOf(inner, inner.length - 1)));
        bad.add(envelope(1, 1, Arrays.copyOf(inner, inner.length + 1)));
        bad.add(envelope(1, 1, ByteBuffer.allocate(8).putInt(4).putInt(0xFFFFFF).array()));
        bad.add(envelope(1, 1, Frames.json("{\"code\":1,\"flag\":1,\"opaque\":1}"))); // an answer
        bad.add(envelope(1, 1, Frames.json("{\"code\":1,")));
        bad.add(envelope(1, 1, Frames.frame((byte) 9, new byte[30])));
        bad.add(envelope(
                1, 1, Frames.binary(Envelope.CODE, 0, 1, "", Map.of(), envelope(1, 1, inner)))); // one in another
        try (RawPeer peer = new RawPeer(leader.port())) {
            int opaque = 0;
            for (byte[] body : bad) {
                RawPeer.Answer answer = outer(peer, ++opaque, body);
                assertThat(answer.code()).isEqualTo(1);
                assertThat(answer.header().getString("remark")).isNotEmpty().doesNotContain("Exception");
            }
            Random random = new Random(7);
            for (int i = 0; i < 3000; i++) {
                byte[] body = envelope(1, 1, inner);
                for (int n = random.nextInt(4); n >= 0; n--) {
                    body[random.nextInt(body.length)] = (byte) random.nextInt();
                }
                // one-way: not answered, and whatever comes of it, the connection stays
                peer.send(Frames.json(
                        "{\"code\":" + Envelope.CODE + ",\"flag\":2,\"opaque\":" + i + "}",
                        Arrays.copyOf(body, random.nextInt(body.length + 1))));
            }
            RawPeer.Answer good = outer(peer, 9999, envelope(1, 1, inner));
            assertThat(good.code()).isZero();
            assertThat(new String(good.body(), StandardCharsets.UTF_8)).contains("served for 1.2.3.4");
        }
    }

    /** Sends an envelope with a JSON header and reads its answer, whose header is binary if it is good. */
    private static RawPeer.Answer outer(RawPeer peer, int opaque, byte[] body) throws Exception {
        peer.send(Frames.json("{\"code\":" + Envelope.CODE + ",\"flag\":0,\"opaque\":" + opaque + "}", body));
        byte[] frame = peer.receiveFrame();
        assertThat(frame[0]).isEqualTo(Header.BINARY);
        ByteBuf in = Unpooled.wrappedBuffer(frame);
        int headerLength = in.getInt(0) & 0xFFFFFF;
        Header header = new HeaderReader().read(in, 4, headerLength, Header.BINARY);
        assertThat(header.opaque()).isEqualTo(opaque);
        assertThat(header.response()).isTrue();
        return new RawPeer.Answer(
                new io.vertx.core.json.JsonObject().put("code", header.code()).put("remark", header.remark()),
                Arrays.copyOfRange(frame, 4 + headerLength, frame.length));
    }

    private static byte[] envelope(int version, int hops, byte[] frame) throws Exception {
        InetSocketAddress client = new InetSocketAddress(InetAddress.getByName("1.2.3.4"), 5678);
        return ByteBuffer.allocate(9 + frame.length)
                .put((byte) version)
                .put((byte) hops)
                .put((byte) 4)
                .put(client.getAddress().getAddress())
                .putShort((short) client.getPort())
                .put(frame)
                .array();
    }
}
