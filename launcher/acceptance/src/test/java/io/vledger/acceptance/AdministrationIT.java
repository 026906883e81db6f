package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import io.vledger.acceptance.fixture.ApiDescription;
import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.JavaProcess;
import io.vledger.acceptance.fixture.SmallPlugin;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What people and programs do to real nodes over HTTP, and what {@code status} shows of them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdministrationIT {
    private static final String TOKEN = "a-token-nobody-guesses";
    private static final String TRANSFER = "/v1/groups/broker-a/transfer";
    private static final Duration SOON = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(AdministrationIT.class);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private VledgerCluster cluster;
    private int statusRuns;

    private record Shown(int exitCode, String text) {}

    @BeforeAll
    void start() {
        cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory);
        cluster.startAll();
        cluster.awaitReady();
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    @Test
    void leadershipGoesWhereItIsSentAndAFollowerNamesTheLeader() throws Exception {
        for (int round = 0; round < 3; round++) {
            VledgerNode from = cluster.leader();
            VledgerNode to = cluster.nodes().get((cluster.nodes().indexOf(from) + 1) % 3);
            HttpResponse<String> moved = post(from, TRANSFER, "{\"to\":\"" + to.id() + "\"}");
            assertThat(moved.statusCode()).describedAs(moved.body()).isEqualTo(200);
            assertThat(json(moved).getJsonObject("leader").getString("node")).isEqualTo(to.id());
            assertThat(json(moved).getJsonObject("leader").getString("httpAddress"))
                    .isEqualTo(to.httpAddress());
            assertThat(cluster.leaderOtherThan(from)).isSameAs(to);

            HttpResponse<String> refused =
                    Await.until("it knows who leads", SOON, () -> post(from, TRANSFER, ""), answer -> json(answer)
                            .getString("hint", "")
                            .equals("ask " + to.id() + " on http://" + to.httpAddress()));
            assertThat(refused.statusCode()).isEqualTo(409);
        }
    }

    @Test
    void everyReadOfEveryNodeIsAnsweredAsItsOwnDescriptionSays() throws Exception {
        for (VledgerNode node : cluster.nodes()) {
            ApiDescription description =
                    new ApiDescription(node.get("/openapi.json").body());
            assertThat(description.readable()).contains("/v1/groups/{group}/members", "/metrics", "/health/ready");
            for (String path : description.readable()) {
                String real = path.replace("{group}", "broker-a").replace("{id}", "broker");
                assertThat(description.fault("GET", path, node.get(real))).isEmpty();
                String missing = path.replace("{group}", "none").replace("{id}", "none");
                assertThat(description.fault("GET", path, node.get(missing))).isEmpty();
            }
            assertThat(description.fault("POST", TRANSFER.replace("broker-a", "{group}"), post(node, TRANSFER, "{")))
                    .isEmpty();
        }
        List<String> expected =
                cluster.nodes().stream().map(VledgerNode::httpAddress).toList();
        Await.until(
                "the leader has heard where each member serves HTTP",
                SOON,
                () -> json(cluster.leader().get("/v1/groups/broker-a/members")).getJsonArray("members").stream()
                        .map(each -> String.valueOf(((JsonObject) each).getString("httpAddress")))
                        .toList(),
                expected::equals);
    }

    @Test
    void aPluginIsDeployedReplacedAndRemoved() throws Exception {
        VledgerNode node = cluster.nodes().get(1);
        assertThat(node.get("/v1/plugins/grpc").statusCode())
                .as("5.x clients, which nobody asked for")
                .isEqualTo(404);
        String succeed = "return Future.succeededFuture();";
        HttpResponse<String> first = upload(node, SmallPlugin.jar(directory, "small", "1", succeed));
        assertThat(first.statusCode()).describedAs(first.body()).isEqualTo(200);
        assertThat(plugin(node)).hasValueSatisfying(small -> {
            assertThat(small.getString("state")).isEqualTo("ACTIVE");
            assertThat(small.getString("version")).isEqualTo("1");
        });
        HttpResponse<String> second = upload(node, SmallPlugin.jar(directory, "small", "2", succeed));
        assertThat(json(second).getString("version")).isEqualTo("2");

        HttpResponse<String> broken =
                upload(node, SmallPlugin.jar(directory, "small", "3", "throw new Exception(\"not today\");"));
        assertThat(broken.statusCode()).isEqualTo(422);
        assertThat(json(broken).getString("error")).contains("small").contains("not today");
        assertThat(broken.body()).doesNotContain("\tat ");
        HttpResponse<String> noJar = upload(node, new byte[] {1, 2, 3});
        assertThat(noJar.statusCode()).isEqualTo(422);
        assertThat(json(node.get("/v1/plugins")).getJsonArray("plugins").stream()
                        .map(JsonObject.class::cast)
                        .filter(shown -> shown.getString("id").equals("small")
                                && shown.getString("state").equals("ACTIVE"))
                        .map(shown -> shown.getString("version")))
                .containsExactly("2");

        HttpResponse<String> removed = send(request(node, "/v1/plugins/small").DELETE());
        assertThat(removed.statusCode()).describedAs(removed.body()).isEqualTo(200);
        assertThat(plugin(node)).isEmpty();
        HttpResponse<String> bundled = send(request(node, "/v1/plugins/broker").DELETE());
        assertThat(bundled.statusCode()).isEqualTo(409);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void theEndpointReplacesItself() throws Exception {
        VledgerNode node = cluster.nodes().get(2);
        byte[] jar = bundledHttp();
        HttpResponse<String> answer = upload(node, jar);
        assertThat(answer.statusCode()).describedAs(answer.body()).isIn(200, 202);
        Await.until("the deployed jar is the one that answers", SOON, () -> json(node.get("/v1/plugins/http"))
                .getBoolean("bundled")
                .equals(false));
        assertThat(send(request(node, "/v1/plugins/http").DELETE()).statusCode())
                .isIn(200, 202);
        Await.until("the bundled one answers again", SOON, () -> json(node.get("/v1/plugins/http"))
                .getBoolean("bundled"));
    }

    @Test
    void statusIsUsefulWhileNodesAreDown() {
        Await.until(
                "all is well",
                SOON,
                () -> status("-conf", cluster.nodes().get(0).configuration().toString()),
                all -> all.exitCode() == 0 && all.text().contains("3 of 3 members count; 1 more may be lost"));
        VledgerNode leader = cluster.leader();
        List<VledgerNode> others = new ArrayList<>(cluster.nodes());
        others.remove(leader);
        VledgerNode dead = others.get(0);
        Await.until("the node has written down where the others are", SOON, () -> Files.readString(
                        dead.dataDirectory().resolve("http-members.json"))
                .contains(leader.httpAddress()));
        dead.kill();
        try {
            Shown one = Await.until(
                    "its loss shows",
                    SOON,
                    () -> status("-conf", dead.configuration().toString()),
                    shown -> shown.exitCode() == 1 && shown.text().contains(" down"));
            assertThat(one.text().replaceAll("\\s+", " "))
                    .contains(leader.id() + " leads in term ")
                    .contains("2 of 3 members count; the loss of one more stops it")
                    .contains(dead.id() + " (" + dead.httpAddress() + ") refuses connections")
                    .contains("the leader knows it to have index");
            assertThat(one.text().lines()).allMatch(line -> line.length() <= 100, "100 columns");
            others.get(1).kill();
            Shown two = Await.until(
                    "the loss of the quorum shows",
                    SOON,
                    () -> status("--http", leader.httpAddress()),
                    shown -> shown.exitCode() == 2);
            assertThat(two.text().replaceAll("\\s+", " "))
                    .contains("NO QUORUM")
                    .contains("2 of 3 members are needed, 1 answers; missing: ");
        } finally {
            others.stream().filter(node -> !node.isRunning()).forEach(VledgerNode::start);
            cluster.awaitReady();
        }
    }

    @Test
    void withATokenOnlyThoseWhoHaveItChangeAnything() throws Exception {
        try (VledgerCluster single = VledgerCluster.ofOne(directory.resolve("token"))) {
            VledgerNode node = single.nodes().get(0);
            amend(node, "\"http\": {", "\"http\": {\"token\": \"" + TOKEN + "\", ");
            single.startAll();
            single.awaitReady();
            assertThat(post(node, TRANSFER, "{\"to\":\"n0\"}").statusCode()).isEqualTo(401);
            HttpRequest.Builder wrong = request(node, TRANSFER).header("Authorization", "Bearer " + TOKEN + "x");
            assertThat(send(wrong.POST(BodyPublishers.noBody())).statusCode()).isEqualTo(401);
            HttpRequest.Builder right = request(node, TRANSFER).header("Authorization", "Bearer " + TOKEN);
            assertThat(send(right.POST(BodyPublishers.ofString("{\"to\":\"n0\"}")))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(node.get("/v1/groups").statusCode()).isEqualTo(200);
            assertThat(node.log()).doesNotContain(TOKEN);
            JavaProcess print = launch("-conf", node.configuration().toString(), "-p");
            print.awaitExit(SOON);
            assertThat(print.output()).contains("http.token=(not shown)").doesNotContain(TOKEN);
        }
    }

    @Test
    void whereLoopbackIsTrustedOnlyThisMachineOnLoopbackChangesAnything() throws Exception {
        Optional<InetAddress> outside = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
        Assumptions.assumeTrue(outside.isPresent(), "this machine has loopback addresses only");
        try (VledgerCluster single = VledgerCluster.ofOne(directory.resolve("outside"))) {
            VledgerNode node = single.nodes().get(0);
            amend(
                    node,
                    "\"http\": {\"host\": \"127.0.0.1\"",
                    "\"http\": {\"trustLoopback\": true, \"host\": \"0.0.0.0\"");
            single.startAll();
            single.awaitReady();
            String port = node.httpAddress().substring(node.httpAddress().indexOf(':'));
            String address = "http://" + outside.get().getHostAddress() + port;
            assertThat(send(HttpRequest.newBuilder(URI.create(address + "/v1/groups"))
                                    .GET())
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> refused =
                    send(HttpRequest.newBuilder(URI.create(address + TRANSFER)).POST(BodyPublishers.noBody()));
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(json(refused).getString("hint")).contains("http.token");
            assertThat(send(request(node, TRANSFER)
                                    .header("Origin", "http://evil.example")
                                    .POST(BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(403);
            assertThat(post(node, TRANSFER, "{\"to\":\"n0\"}").statusCode()).isEqualTo(200);
        }
    }

    /** The plugin's own jar, out of the launcher's. */
    private static byte[] bundledHttp() throws Exception {
        try (ZipFile launcher = new ZipFile(VledgerNode.launcherJar().toFile())) {
            ZipEntry entry = launcher.getEntry("bundled-plugins/vledger-http.jar");
            return launcher.getInputStream(entry).readAllBytes();
        }
    }

    private Optional<JsonObject> plugin(VledgerNode node) throws Exception {
        HttpResponse<String> answer = node.get("/v1/plugins/small");
        return answer.statusCode() == 200 ? Optional.of(json(answer)) : Optional.empty();
    }

    private Shown status(String... arguments) {
        List<String> all = new ArrayList<>(List.of("status"));
        all.addAll(List.of(arguments));
        JavaProcess process = launch(all.toArray(String[]::new));
        return new Shown(process.awaitExit(SOON), process.output());
    }

    private JavaProcess launch(String... arguments) {
        Path log = directory.resolve("run-" + statusRuns++ + ".log");
        return VledgerNode.runLauncher(directory, log, List.of(arguments));
    }

    private static void amend(VledgerNode node, String before, String after) throws Exception {
        String text = Files.readString(node.configuration());
        assertThat(text).contains(before);
        Files.writeString(node.configuration(), text.replace(before, after));
    }

    private HttpResponse<String> upload(VledgerNode node, byte[] jar) throws Exception {
        return send(request(node, "/v1/plugins").POST(BodyPublishers.ofByteArray(jar)));
    }

    private HttpResponse<String> post(VledgerNode node, String path, String body) throws Exception {
        return send(request(node, path).POST(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(SOON).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(VledgerNode node, String path) throws IOException {
        return node.authorized(HttpRequest.newBuilder(URI.create("http://" + node.httpAddress() + path)));
    }

    private static JsonObject json(HttpResponse<String> answer) {
        return new JsonObject(answer.body());
    }
}
