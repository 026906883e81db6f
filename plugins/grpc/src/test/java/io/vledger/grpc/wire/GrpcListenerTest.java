package io.vledger.grpc.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServerOptions;
import io.vledger.api.tls.TlsContexts;
import io.vledger.api.tls.TlsSettings;
import io.vledger.testkit.Certificates;
import io.vledger.testkit.Eventually;
import io.vledger.testkit.FreePorts;
import io.vledger.testkit.HostileHttp2;
import io.vledger.testkit.Seeds;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GrpcListenerTest {
    @TempDir
    private static Path directory;

    private static JsonObject certificate;
    private final Vertx vertx = Vertx.vertx();
    private int port = FreePorts.next();
    private ConnectionLimits limits = ConnectionLimits.STANDARD;

    @BeforeAll
    static void certificates() {
        Certificates.CertificateFiles own = new Certificates(directory, "authority").valid("own");
        certificate = new JsonObject()
                .put("certificate", own.certificate().toString())
                .put("key", own.key().toString());
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private HttpServer listen(JsonObject tls) throws Exception {
        return listen(tls, request -> request.response()
                .end(request.version() + " from " + request.remoteAddress().hostAddress()));
    }

    private HttpServer listen(JsonObject tls, Handler<HttpServerRequest> serves) throws Exception {
        HttpServer http = vertx.createHttpServer().requestHandler(serves);
        listener(tls, http).listen("127.0.0.1", port).await(20, TimeUnit.SECONDS);
        return http;
    }

    private GrpcListener listener(JsonObject tls, HttpServer http) {
        return new GrpcListener(
                vertx,
                http,
                new TlsContexts(vertx, TlsSettings.of(tls), List.of(GrpcListener.HTTP_2)),
                new NetServerOptions(),
                limits);
    }

    private String ask(boolean encrypted, int at) throws Exception {
        HttpClientOptions options = new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setSsl(encrypted)
                .setUseAlpn(encrypted)
                .setTrustAll(true)
                .setVerifyHost(false);
        HttpClient client = vertx.createHttpClient(options);
        try {
            // The body within the call's context: from another thread its handler may come after it.
            return client.request(HttpMethod.POST, at, "127.0.0.1", "/")
                    .compose(request -> request.send().compose(HttpClientResponse::body))
                    .await(20, TimeUnit.SECONDS)
                    .toString();
        } finally {
            // Also what keeps the client: Vert.x closes one that is collected.
            client.close().await(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void encryptedClientsAndOthersShareThePort() throws Exception {
        listen(certificate);
        assertThat(ask(true, port)).isEqualTo("HTTP_2 from 127.0.0.1");
        assertThat(ask(false, port)).isEqualTo("HTTP_2 from 127.0.0.1");
    }

    @Test
    void whoMustUseTlsIsClosedWithoutIt() throws Exception {
        listen(certificate.copy().put("mode", "enforcing"));
        assertThat(ask(true, port)).isEqualTo("HTTP_2 from 127.0.0.1");
        assertThatThrownBy(() -> ask(false, port)).isNotNull();
    }

    @Test
    void thePortThatTheHttpServerNeedsServesNobody() throws Exception {
        HttpServer http = listen(certificate.copy().put("mode", "enforcing"));
        assertThat(http.actualPort()).isNotEqualTo(port);
        assertThatThrownBy(() -> ask(false, http.actualPort())).isNotNull();
    }

    @Test
    void withoutTlsNobodyIsServedWhoUsesIt() throws Exception {
        listen(new JsonObject());
        assertThat(ask(false, port)).isEqualTo("HTTP_2 from 127.0.0.1");
        assertThatThrownBy(() -> ask(true, port)).isNotNull();
    }

    @Test
    void anAnswerOfManyPartsThatComesLaterIsWrittenAtOnce() throws Exception {
        for (JsonObject tls : List.of(new JsonObject(), certificate)) {
            AtomicInteger flushes = new AtomicInteger();
            HttpServer http = listen(tls, request -> {
                ((HttpServerConnection) request.connection())
                        .channelHandlerContext()
                        .pipeline()
                        .addFirst(new ChannelOutboundHandlerAdapter() {
                            @Override
                            public void flush(ChannelHandlerContext context) {
                                flushes.incrementAndGet();
                                context.flush();
                            }
                        });
                vertx.getOrCreateContext().runOnContext(later -> {
                    request.response().setChunked(true);
                    for (int i = 0; i < 100; i++) {
                        var unused = request.response().write("a part");
                    }
                    var unused = request.response().end();
                });
            });
            assertThat(ask(!tls.isEmpty(), port)).hasSize(100 * "a part".length());
            assertThat(flushes.get()).isLessThan(10);
            http.close().await(20, TimeUnit.SECONDS);
            port = FreePorts.next();
        }
    }

    @Test
    void aCallThatIsUnderWayWhenTheListenerEndsIsAnsweredAndNobodyElseIsServed() throws Exception {
        for (JsonObject tls : List.of(new JsonObject(), certificate)) {
            Promise<HttpServerRequest> came = Promise.promise();
            GrpcListener listener = listener(tls, vertx.createHttpServer().requestHandler(came::complete));
            listener.listen("127.0.0.1", port).await(20, TimeUnit.SECONDS);
            int at = port;
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
                try {
                    return ask(!tls.isEmpty(), at);
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            HttpServerRequest call = came.future().await(20, TimeUnit.SECONDS);
            Future<?> ended = listener.shutdown(30_000);
            assertThatThrownBy(() -> ask(!tls.isEmpty(), port)).isNotNull();
            call.response().end("served").await(20, TimeUnit.SECONDS);
            assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("served");
            ended.await(20, TimeUnit.SECONDS);
            port = FreePorts.next();
        }
    }

    @Test
    void listenersOfOneProcessDoNotMixUpTheirServers() throws Exception {
        listen(certificate);
        int other = FreePorts.next();
        HttpServer second = vertx.createHttpServer()
                .requestHandler(request -> request.response().end("second"));
        new GrpcListener(
                        vertx,
                        second,
                        new TlsContexts(vertx, TlsSettings.of(certificate), List.of(GrpcListener.HTTP_2)),
                        new NetServerOptions(),
                        limits)
                .listen("127.0.0.1", other)
                .await(20, TimeUnit.SECONDS);
        assertThat(Set.of(ask(true, port), ask(true, other)))
                .containsExactlyInAnyOrder("HTTP_2 from 127.0.0.1", "second");
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static boolean isClosed(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAddressHasAsManyConnectionsAsItMayAndGetsThemBack(boolean withTls) throws Exception {
        limits = new ConnectionLimits(2, 20_000);
        listen(withTls ? certificate : new JsonObject());
        Socket first = connect();
        try (Socket second = connect();
                Socket third = connect()) {
            assertThat(isClosed(third)).isTrue();
            assertThat(second.isConnected()).isTrue();
        } finally {
            first.close();
        }
        Eventually.await("a connection in place of those that ended", () -> served(withTls));
    }

    private boolean served(boolean encrypted) {
        try {
            return ask(encrypted, port).startsWith("HTTP_2");
        } catch (Exception stillFull) {
            return false;
        }
    }

    @Test
    void whoSaysNothingIsGivenUpAndWhoSpeaksHttpIsNot() throws Exception {
        limits = new ConnectionLimits(100, 3_000);
        listen(certificate);
        try (Socket speaking = connect()) {
            assertThat(answer(speaking)).startsWith("HTTP/1.1 200");
            try (Socket silent = connect()) {
                assertThat(isClosed(silent)).isTrue();
            }
            assertThat(answer(speaking)).startsWith("HTTP/1.1 200");
        }
    }

    private static String answer(Socket socket) throws IOException {
        socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: n\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        byte[] bytes = new byte[1_024];
        return new String(bytes, 0, socket.getInputStream().read(bytes), StandardCharsets.US_ASCII);
    }

    /** Well-formed frames of HTTP/2 that mean no good, with a client beside them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void framesOfStrangersDisturbNobody(boolean withTls) throws Exception {
        listen(withTls ? certificate : new JsonObject());
        long seed = Long.getLong("vledger.seed", 12);
        System.out.println("frames of seed " + seed);
        HostileHttp2 hostile = new HostileHttp2(new Random(seed));
        for (int connection = 0; connection < Seeds.count(50); connection++) {
            try (Socket stranger = connect()) {
                OutputStream out = stranger.getOutputStream();
                out.write(HostileHttp2.begin());
                for (int i = 0; i < 100; i++) {
                    out.write(hostile.frame());
                }
            } catch (SocketException closed) {
                // Which is what the node may do.
            }
            if (connection % 10 == 0) {
                assertThat(ask(withTls, port)).isEqualTo("HTTP_2 from 127.0.0.1");
            }
        }
        assertThat(ask(withTls, port)).isEqualTo("HTTP_2 from 127.0.0.1");
    }
}
