package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.CallsSideBySide;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.Differences;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.RealProxy;
import io.vledger.acceptance.fixture.SideBySide;
import io.vledger.acceptance.fixture.SideBySide.Request;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The same calls of the gRPC service to the stock proxy 5.5.0 before a RocketMQ broker, and to ours: well-formed, and with one field after
 * the other left out or wrong. The answers are the same in codes and fields, but for the differences that
 * {@code beside/call-differences.txt} gives a reason for.
 */
class CallsBesideRocketmqIT {
    private final Path directory = WorkDirectory.of(CallsBesideRocketmqIT.class);

    @Test
    void everyCallIsAnsweredAsByTheStockProxyOrDiffersForAReason() throws IOException {
        int port = Ports.next();
        String ours = "127.0.0.1:" + port;
        Differences differences = Differences.read("beside/call-differences.txt");
        try (SideBySide both = SideBySide.start(
                directory, "timerWheelEnable=true", "recallMessageEnable=true", "grpcServerPort=" + port)) {
            topic(both, "normal", "NORMAL");
            topic(both, "plain", "NORMAL");
            topic(both, "empty-normal", "NORMAL");
            topic(both, "fifo", "FIFO");
            topic(both, "delay", "DELAY");
            topic(both, "transaction", "TRANSACTION");
            both.done(Request.of(200).body("{\"groupName\":\"calls\"}"));
            both.done(Request.of(200).body("{\"groupName\":\"calls-fifo\",\"consumeMessageOrderly\":true}"));
            // The proxy does not start before it finds the cluster, and each of its routes may be a second old.
            both.awaitRocketmqRoute("transaction");
            try (RealProxy proxy = RealProxy.start(SideBySide.CLUSTER, both.rocketmqNameServer(), directory);
                    ClientProcess caller = ClientProcess.startAtEndpoints(ours, directory);
                    CallsSideBySide calls = new CallsSideBySide(caller, proxy.endpoints(), ours)) {
                assertThat(calls.compare("beside/calls.txt", differences)).isGreaterThan(400);
            }
        }
        Files.write(directory.resolve("differences.log"), differences.unexplained());
        assertThat(differences.unexplained()).isEmpty();
        assertThat(differences.unused())
                .as("entries of call-differences.txt that nothing needs")
                .isEmpty();
    }

    private static void topic(SideBySide both, String name, String type) {
        both.done(Request.topic(name, 1, 6).with("attributes", "+message.type=" + type));
    }
}
