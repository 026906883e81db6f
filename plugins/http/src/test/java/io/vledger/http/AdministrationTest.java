package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vledger.api.audit.AuditEvent;
import io.vledger.api.audit.AuditLog;
import io.vledger.api.group.GroupRole;
import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import io.vledger.http.FakeNode.FakePlugins;
import io.vledger.testkit.FreePorts;
import io.vledger.testkit.fake.ThreeMembers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdministrationTest {
    private static final String TOKEN = "correct-horse-battery";
    private static final String TRANSFER = "/v1/groups/broker-a/transfer";

    @TempDir
    Path data;

    private FakeNode node;

    @BeforeEach
    void make() throws Exception {
        node = new FakeNode(data);
        node.peers.put("n1", ThreeMembers.raftAddress("n1"));
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void theGroupIsShownAsThisNodeSeesIt() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        JsonObject group = json(node.get("/v1/groups/broker-a"));
        assertThat(group.getString("role")).isEqualTo("LEADER");
        assertThat(group.getBoolean("ready")).isTrue();
        assertThat(group.getString("httpAddress")).isEqualTo("127.0.0.1:" + node.port);
        JsonObject second = group.getJsonArray("members").getJsonObject(1);
        assertThat(second.getString("httpAddress")).isEqualTo(ThreeMembers.httpAddress("n1"));
        assertThat(second.getLong("lagBytes")).isZero();
        assertThat(json(node.get("/v1/groups")).getJsonArray("groups")).containsExactly(group);
        assertThat(json(node.get("/v1/groups/broker-a/members")).getJsonArray("members"))
                .isEqualTo(group.getJsonArray("members"));
        assertThat(json(node.get("/v1/node")).getBoolean("ready")).isTrue();
    }

    @Test
    void aGroupOfTwoIsWarnedOf() throws Exception {
        node.deploy();
        assertThat(json(node.get("/v1/groups/broker-a")).getString("warning"))
                .contains("the loss of either node stops the group");
        node.peers.put("n2", ThreeMembers.raftAddress("n2"));
        assertThat(json(node.get("/v1/groups/broker-a")).getString("warning")).isEmpty();
    }

    @Test
    void aTransferTellsWhoLeadsThen() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        AtomicReference<String> asked = new AtomicReference<>();
        node.transfer = to -> {
            asked.set(String.valueOf(to));
            node.become(FakeNode.status(GroupRole.FOLLOWER, null, 0));
            // The successor becomes known a little later than the hand-over is done.
            node.vertx().setTimer(50, unused -> node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0)));
            return Future.succeededFuture();
        };
        HttpResponse<String> answer = node.post(TRANSFER, "{\"to\":\"n1\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(asked.get()).isEqualTo("n1");
        assertThat(json(answer).getString("from")).isEqualTo("n0");
        assertThat(json(answer).getBoolean("moved")).isTrue();
        assertThat(json(answer).getJsonObject("leader"))
                .isEqualTo(new JsonObject()
                        .put("node", "n1")
                        .put("httpAddress", ThreeMembers.httpAddress("n1"))
                        .put("clientAddress", ThreeMembers.clientAddress("n1")));
    }

    @Test
    void aTransferToTheLeaderItselfChangesNothing() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        HttpResponse<String> answer = node.post(TRANSFER, "{\"to\":\"n0\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).getBoolean("moved")).isFalse();
    }

    @Test
    void aNodeThatDoesNotLeadNamesTheOneThatDoes() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0));
        HttpResponse<String> answer = node.post(TRANSFER, "");
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(json(answer).getString("error")).isEqualTo("this node does not lead, n1 does");
        assertThat(json(answer).getString("hint")).isEqualTo("ask n1 on http://" + ThreeMembers.httpAddress("n1"));
    }

    @Test
    void aTransferThatFailsSaysWhy() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        node.transfer = to -> Future.failedFuture(to + " is not fit to take over");
        HttpResponse<String> answer = node.post(TRANSFER, "{\"to\":\"n1\"}");
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(json(answer).getString("error"))
                .isEqualTo("leadership was not transferred: n1 is not fit to take over");
        assertThat(json(answer).getJsonObject("leader").getString("node")).isEqualTo("n0");
    }

    @Test
    void aBodyThatIsNotUnderstoodIsNamed() throws Exception {
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        for (String body : new String[] {"{to}", "[1]", "7", "\"n1\"", "{\"to\":\"n1\"", "\u0000"}) {
            HttpResponse<String> answer = node.post(TRANSFER, body);
            assertThat(answer.statusCode()).describedAs(body).isEqualTo(400);
            assertThat(json(answer).getString("error")).startsWith("the body is not a JSON object");
        }
        assertThat(json(node.post(TRANSFER, "{\"too\":\"n1\"}")).getString("error"))
                .isEqualTo("the body has the unknown key too");
        assertThat(json(node.post(TRANSFER, "{\"to\":5}")).getString("error"))
                .isEqualTo("to = 5 is not a member of group broker-a");
        assertThat(json(node.post(TRANSFER, "{\"to\":\"n7\"}")).getString("hint"))
                .contains("[n0, n1]");
    }

    @Test
    void pathsAreMatchedWholeAndDecoded() throws Exception {
        node.deploy();
        node.plugins.add("half written.jar", false);
        assertThat(node.get("/v1/plugins/half%20written.jar").statusCode()).isEqualTo(200);
        assertThat(node.get("/v1/groups/broker-a/").statusCode()).isEqualTo(404);
        assertThat(node.get("/v1/groups//members").statusCode()).isEqualTo(404);
        assertThat(raw("GET /v1/plugins/%zz HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 400");
        HttpResponse<String> put = node.send(node.request("/v1/groups").PUT(BodyPublishers.noBody()));
        assertThat(put.statusCode()).isEqualTo(405);
        assertThat(put.headers().firstValue("Allow")).contains("GET, HEAD");
        HttpResponse<String> patch =
                node.send(node.request("/v1/plugins").method("PATCH", BodyPublishers.ofString("x")));
        assertThat(patch.headers().firstValue("Allow")).contains("GET, HEAD, POST, PUT");
        HttpResponse<String> none = node.get("/v2/groups");
        assertThat(json(none).getJsonArray("paths")).contains("/v1/groups/{group}/transfer");
    }

    @Test
    void aJarIsHandedOverWholeAndOnlyOneAtATime() throws Exception {
        node.deploy();
        Promise<PluginStatus> deployed = Promise.promise();
        AtomicReference<byte[]> jar = new AtomicReference<>();
        CountDownLatch arrived = new CountDownLatch(1);
        node.plugins.deploy = bytes -> {
            jar.set(bytes);
            arrived.countDown();
            return deployed.future();
        };
        String content = "jar".repeat(100_000);
        CompletableFuture<HttpResponse<String>> first = CompletableFuture.supplyAsync(() -> upload(content));
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(upload("second").statusCode()).isEqualTo(409);
        deployed.complete(FakePlugins.status("tap", false));
        assertThat(first.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(new String(jar.get(), StandardCharsets.UTF_8)).isEqualTo(content);
        assertThat(json(node.get("/v1/plugins")).getJsonArray("plugins")).hasSize(1);
        node.plugins.deploy = bytes -> Future.succeededFuture(FakePlugins.status("tap", false));
        assertThat(upload("third").statusCode()).isEqualTo(200);
    }

    @Test
    void aBodyBeyondTheBoundIsRefusedBeforeItIsSentAndWhileItIs() throws Exception {
        node.deploy();
        String head = "POST " + TRANSFER + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
        assertThat(raw(head + "Content-Length: 9999999999\r\n\r\n")).startsWith("HTTP/1.1 413");
        assertThat(raw(head + "Transfer-Encoding: chunked\r\n\r\n2000\r\n" + "x".repeat(0x2000)))
                .startsWith("HTTP/1.1 413");
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void aRequestThatReplacesTheEndpointItselfIsAnswered() throws Exception {
        String deployment = node.deploy();
        CountDownLatch arrived = new CountDownLatch(1);
        node.plugins.deploy = bytes -> {
            arrived.countDown();
            return Promise.<PluginStatus>promise().future();
        };
        CompletableFuture<HttpResponse<String>> answer = CompletableFuture.supplyAsync(() -> upload("http"));
        assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
        node.undeploy(deployment);
        assertThat(answer.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(202);
    }

    @Test
    void withATokenChangesNeedItAndReadsDoNot() throws Exception {
        node.config().put("token", TOKEN);
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        HttpResponse<String> without = node.post(TRANSFER, "{\"to\":\"n0\"}");
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(without.body()).doesNotContain(TOKEN);
        assertThat(node.send(node.request(TRANSFER)
                                .header("Authorization", "Bearer " + TOKEN)
                                .POST(BodyPublishers.ofString("{\"to\":\"n0\"}")))
                        .statusCode())
                .isEqualTo(200);
        for (String read : new String[] {"/v1/groups", "/v1/plugins", "/v1/node", "/openapi.json"}) {
            assertThat(node.get(read).statusCode()).isEqualTo(200);
            assertThat(node.get(read).body()).doesNotContain(TOKEN);
        }
    }

    @Test
    void whatIsChangedAndWhatIsRefusedIsTakenDownWithoutTheToken() throws Exception {
        List<AuditEvent> events = new CopyOnWriteArrayList<>();
        node.context().offer(AuditLog.class, "", events::add);
        node.config().remove("trustLoopback");
        node.config().put("token", TOKEN);
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        node.post(TRANSFER, "{\"to\":\"n0\"}");
        node.send(node.request(TRANSFER)
                .header("Authorization", "Bearer " + TOKEN)
                .POST(BodyPublishers.ofString("{\"to\":\"n0\"}")));
        node.get("/v1/groups");
        assertThat(events).hasSize(2);
        assertThat(events.get(0).refused()).isTrue();
        assertThat(events.get(0).result()).startsWith("401");
        assertThat(events.get(1).refused()).isFalse();
        assertThat(events.get(1).who()).isEqualTo("administer token");
        assertThat(events.get(1).what()).isEqualTo("POST " + TRANSFER);
        assertThat(events.get(1).from()).startsWith("127.0.0.1:");
        assertThat(events.toString()).doesNotContain(TOKEN);
    }

    @Test
    void whoGuessesTokensIsAnsweredLaterAndLater() throws Exception {
        node.config().remove("trustLoopback");
        node.config().put("token", TOKEN);
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        long begunNanos = System.nanoTime();
        for (int i = 0; i < 24; i++) {
            assertThat(node.send(node.request(TRANSFER)
                                    .header("Authorization", "Bearer guess-" + i)
                                    .POST(BodyPublishers.ofString("{}")))
                            .statusCode())
                    .isEqualTo(401);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begunNanos)).isGreaterThan(Duration.ofMillis(500));
        assertThat(node.send(node.request(TRANSFER)
                                .header("Authorization", "Bearer " + TOKEN)
                                .POST(BodyPublishers.ofString("{\"to\":\"n0\"}")))
                        .statusCode())
                .as("who knows it is not slowed")
                .isEqualTo(200);
    }

    @Test
    void theTokenMayBeInAFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("token"), TOKEN + "\n");
        node.config().put("tokenFile", file.toString());
        node.deploy();
        assertThat(node.post(TRANSFER, "").statusCode()).isEqualTo(401);

        node.port = FreePorts.next();
        Files.writeString(file, "short");
        assertThatThrownBy(node::deploy)
                .hasMessageContaining("http.tokenFile = " + file + ": must hold 16 to 512")
                .message()
                .doesNotContain("short");
        node.config().put("tokenFile", directory.resolve("none").toString());
        assertThatThrownBy(node::deploy).hasMessageContaining("there is no such file");
    }

    @Test
    void aNodeWithoutATokenMakesOneThatOnlyItsUserCanRead() throws Exception {
        node.config().remove("trustLoopback");
        node.deploy();
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        Path file = data.resolve("http.token");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        String token = Files.readString(file).strip();
        assertThat(token).hasSizeGreaterThan(40);
        assertThat(node.post(TRANSFER, "{\"to\":\"n0\"}").statusCode()).isEqualTo(401);
        assertThat(node.send(node.request(TRANSFER)
                                .header("Authorization", "Bearer " + token)
                                .POST(BodyPublishers.ofString("{\"to\":\"n0\"}")))
                        .statusCode())
                .isEqualTo(200);
        node.port = FreePorts.next();
        node.deploy();
        assertThat(Files.readString(file).strip()).as("after another start").isEqualTo(token);
    }

    @Test
    void pluginsAreDeployedOverHttpOnlyWhereThatIsConfigured() throws Exception {
        node.config().remove("deployPlugins");
        node.deploy();
        for (HttpResponse<String> refused : List.of(
                upload("jar"), node.send(node.request("/v1/plugins/http").DELETE()))) {
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("http.deployPlugins");
        }
    }

    private HttpResponse<String> upload(String jar) {
        try {
            return node.post("/v1/plugins", jar);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        }
    }

    private static JsonObject json(HttpResponse<String> answer) {
        return new JsonObject(answer.body());
    }
}
