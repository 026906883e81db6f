package io.vledger.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.testkit.HostileHttp2;
import io.vledger.testkit.Seeds;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Calls that no client sends: their messages are none, or are compressed in a way that they do not say. */
@Timeout(60)
class CallsOfStrangersTest {
    private static final int FRAMES = 40;

    @RegisterExtension
    final GrpcRig rig = new GrpcRig();

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
