package io.vledger.grpc.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.StreamResetException;
import io.vledger.testkit.Eventually;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UnfinishedMessagesTest {
    private static final int MOST = 100_000;
    private static final int PART = 40_000;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong received = new AtomicLong();
    /** The server answers a call that ends with the bytes that have come of it. */
    private final UnfinishedMessages bounded = new UnfinishedMessages(
            request -> {
                long[] bytes = {0};
                request.handler(part -> {
                    bytes[0] += part.length();
                    received.addAndGet(part.length());
                });
                request.endHandler(end -> request.response().end(Long.toString(bytes[0])));
            },
            MOST);

    private final HttpClient client = vertx.createHttpClient(
            new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    private int port;

    @BeforeEach
    void listen() throws Exception {
        HttpServer http = vertx.createHttpServer().requestHandler(bounded);
        port = http.listen(0, "127.0.0.1").await(20, TimeUnit.SECONDS).actualPort();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    /** A call with the beginning of a message; it is not ended. */
    private HttpClientRequest begin(Buffer beginning) throws Exception {
        HttpClientRequest call = client.request(HttpMethod.POST, port, "127.0.0.1", "/")
                .await(20, TimeUnit.SECONDS)
                .setChunked(true);
        send(call, beginning);
        return call;
    }

    /** Has that arrive before anything that comes after it. */
    private void send(HttpClientRequest call, Buffer part) throws Exception {
        long before = received.get();
        call.write(part).await(20, TimeUnit.SECONDS);
        Eventually.await("the part has arrived", () -> received.get() >= before + part.length());
    }

    private static Buffer partOfMessage(int bytes) {
        return Buffer.buffer().appendByte((byte) 0).appendInt(10 * bytes).appendBytes(new byte[bytes - 5]);
    }

    private static CompletableFuture<String> answer(HttpClientRequest call) {
        return call.response()
                .compose(response -> response.body())
                .map(Buffer::toString)
                .toCompletionStage()
                .toCompletableFuture();
    }

    /** Ends a call, and what it is answered then. */
    private static CompletableFuture<String> ended(HttpClientRequest call) throws Exception {
        CompletableFuture<String> answer = answer(call);
        call.end().await(20, TimeUnit.SECONDS);
        return answer;
    }

    @Test
    void whoBeganFirstAndIsNotDoneGivesWay() throws Exception {
        HttpClientRequest oldest = begin(partOfMessage(PART));
        HttpClientRequest next = begin(partOfMessage(PART));
        assertThat(bounded.heldBytes()).isEqualTo(2 * PART);
        HttpClientRequest last = begin(partOfMessage(PART));
        assertThat(answer(oldest))
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(StreamResetException.class, reset -> assertThat(reset.getCode())
                        .isEqualTo(0xb));
        assertThat(bounded.heldBytes()).isEqualTo(2 * PART);
        assertThat(ended(next)).succeedsWithin(20, TimeUnit.SECONDS).isEqualTo("" + PART);
        assertThat(bounded.heldBytes()).isEqualTo(PART);
        last.reset();
        Eventually.await("a call that is gone holds nothing", () -> bounded.heldBytes() == 0);
    }

    @Test
    void wholeMessagesDoNotCountHoweverManyThereAreAndHoweverTheyAreCut() throws Exception {
        Buffer messages = Buffer.buffer();
        for (int i = 0; i < 30; i++) {
            messages.appendByte((byte) 0).appendInt(i * 500).appendBytes(new byte[i * 500]);
        }
        assertThat(messages.length()).isGreaterThan(2 * MOST);
        HttpClientRequest call = begin(messages.slice(0, 3));
        assertThat(bounded.heldBytes()).isEqualTo(3);
        for (int at = 3, step = 1; at < messages.length(); step = step * 3 % 15_001) {
            int to = Math.min(messages.length(), at + step);
            send(call, messages.slice(at, to));
            at = to;
            assertThat(bounded.heldBytes()).isLessThan(15_005);
        }
        assertThat(bounded.heldBytes()).isZero();
        assertThat(ended(call)).succeedsWithin(20, TimeUnit.SECONDS).isEqualTo("" + messages.length());
    }
}
