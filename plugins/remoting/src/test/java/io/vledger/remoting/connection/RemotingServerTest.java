package io.vledger.remoting.connection;

import static io.vledger.remoting.connection.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vledger.api.rpc.FieldWriter;
import io.vledger.api.rpc.RequestException;
import io.vledger.api.rpc.RpcClient;
import io.vledger.api.rpc.RpcConnection;
import io.vledger.api.rpc.RpcRequest;
import io.vledger.api.rpc.RpcServer;
import io.vledger.remoting.frame.Frames;
import io.vledger.remoting.frame.Header;
import io.vledger.remoting.frame.HeaderReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RemotingServerTest extends ServerFixture {
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
    void theLoopsExceptionHandlerLearnsThatMemoryRanOut() throws Exception {
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
                return true;
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
            RpcClient.RpcAnswer answer = (RpcClient.RpcAnswer) outcomes.poll(20, TimeUnit.SECONDS);
            assertThat(answer.code()).isEqualTo(5);
            assertThat(answer.remark()).isEqualTo("yes");
            assertThat(answer.body()).containsExactly(9);
            assertThat((Throwable) outcomes.poll(20, TimeUnit.SECONDS))
                    .hasMessageContaining("request 307 within 400 ms");
        }
    }
}
