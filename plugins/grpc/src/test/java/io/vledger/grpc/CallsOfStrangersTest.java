package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vledger.testkit.HostileHttp2;
import io.vledger.testkit.Seeds;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that no client sends: their messages are none, or are compressed in a way that they do not say. */
@Timeout(60)
class CallsOfStrangersTest {
    private static final int FRAMES = 40;

    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

    /** A few bytes that become so many that the process would end, from somebody of whom nothing is known. */
    @Test
    void aMessageIsNotInflatedForAStranger() throws Exception {
        ByteArrayOutputStream inflated = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(inflated)) {
            out.write(new byte[1 << 20]);
        }
        Buffer message =
                Buffer.buffer().appendByte((byte) 1).appendInt(inflated.size()).appendBytes(inflated.toByteArray());
        HttpClient http = rig.vertx()
                .createHttpClient(new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setHttp2ClearTextUpgrade(false));
        HttpClientResponse refused = http.request(
                        HttpMethod.POST, rig.port(), "127.0.0.1", "/apache.rocketmq.v2.MessagingService/QueryRoute")
                .compose(call -> call.putHeader("content-type", "application/grpc")
                        .putHeader("grpc-encoding", "gzip")
                        .send(message))
                .await(20, TimeUnit.SECONDS);
        assertThat(refused.getHeader("grpc-status")).isEqualTo("12");
        assertThat(refused.getHeader("grpc-accept-encoding")).isEqualTo("identity");
        http.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void callsOfStrangersAreNoFaultsOfThisProcessAndDisturbNobody() throws Exception {
        long seed = Long.getLong("vledger.seed", 12);
        System.out.println("calls of seed " + seed);
        HostileHttp2 hostile = new HostileHttp2(new Random(seed));
        for (int connection = 0; connection < Seeds.count(200); connection++) {
            try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), rig.port())) {
                stranger.setSoTimeout(20_000);
                stranger.getOutputStream().write(hostile.connection(FRAMES));
                stranger.shutdownOutput();
                stranger.getInputStream().readAllBytes();
            } catch (SocketException closed) {
                // Which is what the node may do.
            }
            if (connection % 20 == 0) {
                rig.client().roundTrip().await(20, TimeUnit.SECONDS);
            }
        }
        rig.client().roundTrip().await(20, TimeUnit.SECONDS);
        assertThat(rig.unexpected()).isEmpty();
    }
}
