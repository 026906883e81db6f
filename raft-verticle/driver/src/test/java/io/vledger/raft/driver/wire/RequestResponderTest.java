package io.vledger.raft.driver.wire;

import static io.vledger.raft.driver.wire.LocalTransports.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vledger.api.net.PeerChannel;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How requests of other members are answered, over real sockets on loopback. */
class RequestResponderTest extends TransportFixture {
    @Test
    void requestsOfOneMemberAreAnsweredOneAfterAnother() throws Exception {
        PeerChannel asked = start("n0");
        Promise<Void> held = Promise.promise();
        AtomicInteger begun = new AtomicInteger();
        asked.serve(request -> {
            begun.incrementAndGet();
            return held.future().map(none -> Buffer.buffer("re: ").appendBuffer(request));
        });
        PeerChannel asking = start("n1");
        List<Future<Buffer>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(ask(asking, "question " + i));
        }
        PeerChannel another = start("n2");
        Future<Buffer> other = ask(another, "other");
        while (begun.get() < 2) {
            Thread.onSpinWait();
        }
        assertThat(begun).as("one request of each connection").hasValue(2);
        held.complete();
        for (int i = 0; i < 20; i++) {
            assertThat(answer(answers.get(i))).isEqualTo("re: question " + i);
        }
        assertThat(answer(other)).isEqualTo("re: other");
    }

    @Test
    void aHandlerThatThrowsOrAnswersTooMuchCostsTheConnection() throws Exception {
        PeerChannel asked = start("n0");
        PeerChannel asking = start("n1");
        asked.serve(request -> {
            throw new IllegalStateException("cannot");
        });
        assertThatThrownBy(() -> answer(ask(asking, "a"))).hasMessageContaining("closed the connection");
        asked.serve(request -> Future.succeededFuture(Buffer.buffer(new byte[PeerChannel.MAX_RESPONSE_BYTES + 1])));
        assertThatThrownBy(() -> answer(ask(asking, "b"))).hasMessageContaining("closed the connection");
        asked.serve(request -> Future.succeededFuture(Buffer.buffer(new byte[PeerChannel.MAX_RESPONSE_BYTES])));
        assertThat(ask(asking, "c").await(20, TimeUnit.SECONDS).length()).isEqualTo(PeerChannel.MAX_RESPONSE_BYTES);
    }

    @Test
    void whoAsksAndDoesNotReadCostsOneResponseAndNotOneForEachRequest() throws Exception {
        PeerChannel asked = start("n0");
        AtomicInteger answered = new AtomicInteger();
        asked.serve(request -> {
            answered.incrementAndGet();
            return Future.succeededFuture(Buffer.buffer(new byte[PeerChannel.MAX_RESPONSE_BYTES]));
        });
        CountDownLatch others = new CountDownLatch(20);
        try (Socket silent = connect("n0")) {
            silent.setReceiveBufferSize(1 << 16);
            for (int i = 0; i < 60; i++) {
                send(silent, request("q" + i));
            }
            PeerChannel asking = start("n1");
            for (int i = 0; i < 20; i++) {
                ask(asking, "q").onSuccess(response -> others.countDown());
            }
            assertThat(others.await(20, TimeUnit.SECONDS)).isTrue();
            // What the system buffers of both sides is some MiB.
            assertThat(answered.get() - 20).isLessThan(30);
        }
    }

    @Test
    void tooManyRequestsThatDoNotWaitForTheirResponsesCostTheConnection() throws Exception {
        PeerChannel asked = start("n0");
        asked.serve(request -> Promise.<Buffer>promise().future());
        try (Socket socket = connect("n0")) {
            for (int i = 0; i < 66; i++) {
                send(socket, request("q" + i));
            }
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
