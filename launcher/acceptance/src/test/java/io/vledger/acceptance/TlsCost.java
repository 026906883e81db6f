package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import io.vledger.testkit.Certificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What TLS costs, in CPU time of all nodes for a million asynchronous sends of 1 KiB: without, with that of the JDK, and with OpenSSL where
 * {@code -Dtls.openssl} names the two jars of netty-tcnative, newer than 2.0.74, with a colon between. Clients and members use it. Run by hand:
 * {@code -Dit.test=TlsCost}, with {@code -Dtls.messages=300000} for another number than this.
 */
class TlsCost {
    private static final int BYTES = 1024;
    private static final int IN_FLIGHT = 1000;

    private final Path directory = WorkDirectory.of(TlsCost.class);
    private final Certificates authority = new Certificates(directory, "authority");

    @Test
    void tlsCostsThatMuch() throws IOException {
        double plain = cost("plain", false, "");
        double jdk = cost("jdk", true, "");
        System.out.printf("TLS of the JDK costs %.2f times as much as none%n", jdk / plain);
        String openSsl = System.getProperty("tls.openssl", "");
        if (!openSsl.isEmpty()) {
            double own = cost("openssl", true, openSsl);
            System.out.printf("TLS of OpenSSL costs %.2f times as much as none%n", own / plain);
        }
        assertThat(plain).isPositive();
    }

    private double cost(String name, boolean tls, String openSsl) throws IOException {
        int messages = Integer.getInteger("tls.messages", 300_000);
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory.resolve(name))) {
            for (VledgerNode node : cluster.nodes()) {
                List<String> jvm = new ArrayList<>(List.of("-Xmx512m"));
                if (!openSsl.isEmpty()) {
                    jvm.add("-Xbootclasspath/a:" + openSsl);
                }
                node.jvm(jvm.toArray(String[]::new));
                if (tls) {
                    encrypt(node);
                }
            }
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(
                    ClientRelease.V5, cluster.nameServer(), directory.resolve(name), "-Dtls.enable=" + tls)) {
                client.createTopic("cost", 8);
                flood(client, messages);
                long before = cluster.cpuMs();
                Line answer = flood(client, messages);
                double cost = (cluster.cpuMs() - before) * 1000.0 / answer.number("acked");
                System.out.printf(
                        "%s: %d sends acknowledged, %.1f CPU seconds of all nodes for a million%n",
                        name, answer.number("acked"), cost);
                return cost;
            }
        }
    }

    private static Line flood(ClientProcess client, int messages) {
        return client.call(
                "flood", "topic", "cost", "mode", "async", "inflight", IN_FLIGHT, "count", messages, "bytes", BYTES);
    }

    private void encrypt(VledgerNode node) throws IOException {
        node.tls(authority, new JsonObject().put("mode", "enforcing"));
        JsonArray groups = new JsonObject(Files.readString(node.configuration())).getJsonArray("groups");
        groups.getJsonObject(0).getJsonObject("peerSecurity").put("tls", "required");
        node.nodeSection("groups", groups);
    }
}
