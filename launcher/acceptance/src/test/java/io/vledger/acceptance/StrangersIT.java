package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadBalancer;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.MemberCertificate;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.RawConnection;
import io.vledger.acceptance.fixture.Stranger;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.testkit.Certificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;

/**
 * A group gets a secret and TLS while it works, and then somebody who was not asked in tries every port. A producer beside is served all the
 * time.
 */
class StrangersIT {
    private static final double SEEDS = Double.parseDouble(System.getProperty("vledger.seeds", "1"));
    /** Of each port. */
    private static final int FRAMES = SEEDS >= 20 ? 100_000 : 1_000;
    /** Inside TLS: each costs a handshake. */
    private static final int ENCRYPTED = FRAMES / 20;

    /** Between nodes for discovery, where each is taken by a thread. */
    private static final int CONNECTIONS = FRAMES / 10;

    private static final long SEED = Long.getLong("vledger.seed", 11);
    private static final int SILENT = 150;
    /** The rest of a challenge of one secret: type and length are read before. */
    private static final int CHALLENGE_BYTES = 32 + 1 + 32;

    private static final String BALANCER = "127.0.4.1";

    private final Path directory = WorkDirectory.of(StrangersIT.class);
    private final Certificates authority = new Certificates(directory, "authority");

    @Test
    void nobodyGetsInAndNobodyIsDisturbed() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory)) {
            String secret = secretOf(cluster.nodes().get(0));
            for (VledgerNode node : cluster.nodes()) {
                node.nodeSection("groups", peerSecurity(node, new JsonObject()));
                node.nodeSection("proxyProtocolFrom", BALANCER);
            }
            String[] more = addPorts(cluster.nodes().get(0), secret);
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("strangers", 4);
                LoadRun load = LoadRun.startPatient(client, "load", "strangers", directory);
                load.awaitMore(25);
                turnOn(cluster, "permissive", secret);
                turnOn(cluster, "required", secret);
                assertThat(load.failures()).as("a secret and TLS are turned on").isEqualTo("{}");
                tryEveryPort(cluster.leader());
                aCertificateIsNotEnough(cluster);
                loadBalancersSayWhoSends(cluster, client);
                load.awaitMore(25);
                scan(cluster, more);
                load.awaitMore(25);
                assertThat(load.failures()).as("strangers at every port").isEqualTo("{}");
                Path acks = load.end();
                Evidence evidence = Evidence.readBack(client, "strangers", directory.resolve("strangers.log"));
                evidence.queueOffsetsAreDense();
                assertThat(evidence.holdsAll(acks)).isPositive();
            }
            for (VledgerNode node : cluster.nodes()) {
                assertThat(node.health("ready").statusCode()).isEqualTo(200);
                assertThat(node.log()).doesNotContain("\tat ");
                assertThat(node.log().lines().filter(line -> line.contains(" WARN ") || line.contains(" ERROR ")))
                        .as("strangers do not fill the log")
                        .hasSizeLessThan(60);
            }
        }
    }

    /** The addresses of what not every node has: for 5.x clients, and for discovery. */
    private static String[] addPorts(VledgerNode node, String secret) throws IOException {
        int grpc = Ports.next();
        int discovery = Ports.next();
        node.nodeSection("grpc", new JsonObject().put("port", grpc));
        node.nodeSection(
                "plugins",
                new JsonObject()
                        .put(
                                "hazelcast",
                                new JsonObject().put("port", discovery).put("secretFile", secret)));
        return new String[] {"127.0.0.1:" + grpc, "127.0.0.1:" + discovery};
    }

    private static JsonArray peerSecurity(VledgerNode node, JsonObject security) throws IOException {
        JsonArray groups = new JsonObject(Files.readString(node.configuration())).getJsonArray("groups");
        groups.getJsonObject(0).put("peerSecurity", security);
        return groups;
    }

    private static String secretOf(VledgerNode node) throws IOException {
        return new JsonObject(Files.readString(node.configuration()))
                .getJsonArray("groups")
                .getJsonObject(0)
                .getJsonObject("peerSecurity")
                .getString("secretFile");
    }

    /** One member after the other is restarted with this mode, the one that leads last. */
    private void turnOn(VledgerCluster cluster, String mode, String secret) throws IOException {
        VledgerNode leader = cluster.leader();
        List<VledgerNode> order = new ArrayList<>(cluster.nodes());
        order.remove(leader);
        order.add(leader);
        for (VledgerNode node : order) {
            node.tls(authority, new JsonObject().put("mode", "permissive").put("members", mode.equals("required")));
            node.nodeSection(
                    "groups",
                    peerSecurity(
                            node,
                            new JsonObject()
                                    .put("secretFile", secret)
                                    .put("mode", mode)
                                    .put("tls", mode)));
            node.stop();
            node.start();
            node.awaitReady();
        }
    }

    /** The attacks of the issue, one by one. */
    private static void tryEveryPort(VledgerNode node) throws IOException {
        String raft = raftAddress(node);
        // A small frame to a Raft port: an order to campaign, and a hello in a member's name.
        for (byte[] frame :
                new byte[][] {{0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0, 0, 1}, {0, 0, 0, 3, 1, 0, 0}, {127, 127, 127, 127}}) {
            try (RawConnection connection = new RawConnection(raft)) {
                connection.send(frame);
                assertThat(connection.receiveUntilClosed()).isEmpty();
            }
        }
        // Somebody else's address, said by who is no load balancer.
        try (RawConnection connection = new RawConnection(node.clientAddress())) {
            connection.send("PROXY TCP4 10.0.0.7 127.0.0.1 51000 10911\r\n".getBytes(StandardCharsets.UTF_8));
            assertThat(connection.receiveUntilClosed()).isEmpty();
        }
        String token =
                Files.readString(node.dataDirectory().resolve("http.token")).strip();
        String bearer = "Authorization: Bearer " + token + "\r\n";
        assertThat(post(node, "/v1/plugins", "")).contains(" 401 ").doesNotContain(token);
        assertThat(post(node, "/v1/plugins", "Authorization: Bearer guessed-guessed\r\n"))
                .contains(" 401 ");
        assertThat(post(node, "/v1/plugins", bearer + "X-Forwarded-For: 127.0.0.1\r\n"))
                .contains(" 403 ");
        assertThat(post(node, "/v1/plugins", bearer + "Origin: http://evil.example\r\n"))
                .contains(" 403 ");
        assertThat(post(node, "/v1/plugins", bearer + "Content-Type: text/plain\r\n"))
                .contains(" 403 ");
        for (String page : new String[] {"/health", "/openapi.json", "/metrics", "/v1/groups"}) {
            assertThat(node.get(page).body()).doesNotContain(token);
        }
        assertThat(node.log()).doesNotContain(token);
        assertThat(Files.readString(node.dataDirectory().resolve("audit.log")))
                .contains("POST /v1/plugins", "\"refused\":true")
                .doesNotContain(token);
    }

    /** Who has a member's certificate comes through TLS, and is asked for the secret. */
    private void aCertificateIsNotEnough(VledgerCluster cluster) throws IOException {
        VledgerNode node = cluster.leader();
        String member = another(cluster, node).id();
        SocketFactory sockets = certified(member);
        try (RawConnection connection = new RawConnection(raftAddress(node), sockets)) {
            connection.send(Stranger.claim(group(node), member, node.id()));
            assertThat(connection.receive(5)).as("a challenge").endsWith(20);
            connection.send(Stranger.guess());
            assertThat(connection.receiveUntilClosed()).hasSize(CHALLENGE_BYTES);
        }
        try (RawConnection connection = new RawConnection(raftAddress(node), sockets)) {
            connection.send(new Stranger(SEED).raftFrame());
            assertThat(connection.receiveUntilClosed()).isEmpty();
        }
    }

    private static VledgerNode another(VledgerCluster cluster, VledgerNode than) {
        return cluster.nodes().stream().filter(node -> node != than).findAny().orElseThrow();
    }

    private SocketFactory certified(String member) throws IOException {
        return MemberCertificate.sockets(directory.resolve(member + ".p12"));
    }

    private static String group(VledgerNode node) throws IOException {
        return new JsonObject(Files.readString(node.configuration()))
                .getJsonArray("groups")
                .getJsonObject(0)
                .getString("name");
    }

    /** Version 1 before the node that leads, version 2 before one that forwards; and from an address that is no load balancer's. */
    private static void loadBalancersSayWhoSends(VledgerCluster cluster, ClientProcess client) throws IOException {
        VledgerNode leader = cluster.leader();
        VledgerNode follower = another(cluster, leader);
        byte[] text = "PROXY TCP4 10.0.0.7 192.168.0.1 51000 10911\r\n".getBytes(StandardCharsets.US_ASCII);
        byte[] binary = HexFormat.of()
                .parseHex("0D0A0D0A000D0A515549540A" + "2111000C" + "0A000008" + "C0A80001" + "C739" + "2A9F");
        try (LoadBalancer first = new LoadBalancer(leader.clientAddress(), BALANCER, text);
                LoadBalancer second = new LoadBalancer(follower.clientAddress(), BALANCER, binary);
                LoadBalancer unknown = new LoadBalancer(leader.clientAddress(), "127.0.4.2", text);
                RawConnection refused = new RawConnection(unknown.address())) {
            assertThat(bornHost(client, first)).isEqualTo("10.0.0.7:51000");
            assertThat(bornHost(client, second)).isEqualTo("10.0.0.8:51001");
            refused.send(RawConnection.frame(RawConnection.header(28, 1)));
            assertThat(refused.receiveUntilClosed()).isEmpty();
        }
    }

    private static String bornHost(ClientProcess client, LoadBalancer through) throws IOException {
        try (RawConnection connection = new RawConnection(through.address())) {
            String fields = "{\"a\":\"p\",\"b\":\"strangers\",\"c\":\"TBW102\",\"d\":\"4\",\"e\":\"0\",\"f\":\"0\","
                    + "\"g\":\"0\",\"h\":\"0\",\"i\":\"\",\"j\":\"0\",\"k\":\"false\",\"m\":\"false\"}";
            String header = "{\"code\":310,\"flag\":0,\"language\":\"JAVA\",\"opaque\":1,\"version\":485,\"extFields\":"
                    + fields + "}";
            connection.send(RawConnection.frame(header, "through a load balancer"));
            JsonObject answer = new JsonObject(connection.receiveHeader());
            assertThat(answer.getInteger("code")).isZero();
            String id = answer.getJsonObject("extFields").getString("msgId");
            return client.call("view", "topic", "strangers", "id", id).text("bornHost");
        }
    }

    private static String post(VledgerNode node, String path, String headers) throws IOException {
        try (RawConnection connection = new RawConnection(node.httpAddress())) {
            connection.send(("POST " + path + " HTTP/1.1\r\nHost: " + node.httpAddress() + "\r\nConnection: close\r\n"
                            + headers + "Content-Length: 2\r\n\r\n{}")
                    .getBytes(StandardCharsets.UTF_8));
            return new String(connection.receiveUntilClosed(), StandardCharsets.UTF_8);
        }
    }

    private static String raftAddress(VledgerNode node) throws IOException {
        return new JsonObject(Files.readString(node.configuration()))
                .getJsonArray("groups")
                .getJsonObject(0)
                .getJsonObject("peers")
                .getString(node.id());
    }

    /** Of one port, beside the others; the Raft port looks at one frame of a connection. */
    private static CompletableFuture<Integer> scan(
            String port, Stranger stranger, String address, int frames, int together, Function<Stranger, byte[]> next) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                long began = System.nanoTime();
                int sent = stranger.scan(address, frames, together, next);
                System.out.printf("%s port: %d frames in %d ms%n", port, sent, (System.nanoTime() - began) / 1_000_000);
                return sent;
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        });
    }

    /**
     * Thousands of frames to each port of the leader, while others hold connections and say nothing.
     *
     * @param more ports that another node may have, for 5.x clients and for discovery
     */
    private void scan(VledgerCluster cluster, String[] more) throws IOException {
        VledgerNode node = cluster.leader();
        SocketFactory sockets = certified(another(cluster, node).id());
        List<Socket> silent = new ArrayList<>();
        try {
            for (String address : List.of(
                    raftAddress(node), node.clientAddress(), cluster.nameServer(), node.httpAddress(), more[0])) {
                for (int i = 0; i < SILENT / 3; i++) {
                    int colon = address.lastIndexOf(':');
                    silent.add(new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
                }
            }
            System.out.println("frames of seed " + SEED);
            List<CompletableFuture<Integer>> scans = List.of(
                    scan("raft", new Stranger(SEED), raftAddress(node), FRAMES, 1, Stranger::raftFrame),
                    scan(
                            "raft in TLS",
                            new Stranger(SEED, sockets),
                            raftAddress(node),
                            ENCRYPTED,
                            1,
                            Stranger::raftFrame),
                    scan("client", new Stranger(SEED + 1), node.clientAddress(), FRAMES, 100, Stranger::request),
                    scan("name service", new Stranger(SEED + 2), cluster.nameServer(), FRAMES, 100, Stranger::request),
                    scan("http", new Stranger(SEED + 3), node.httpAddress(), FRAMES, 100, Stranger::httpRequest),
                    scan(
                            "gRPC",
                            new Stranger(SEED + 4),
                            more[0],
                            FRAMES / Stranger.HTTP2_FRAMES,
                            1,
                            Stranger::http2Frames),
                    scan("discovery", new Stranger(SEED + 5), more[1], CONNECTIONS, 1, Stranger::discoveryFrame));
            scans.forEach(scan -> assertThat(scan.join()).isPositive());
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }
}
