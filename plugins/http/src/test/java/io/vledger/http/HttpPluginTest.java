package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.health.Health;
import io.vledger.api.health.HealthChecks;
import io.vledger.api.health.HealthRegistry;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.plugin.PluginContext;
import io.vledger.api.store.Durability;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpPluginTest {
    private final Map<String, Health> checks = new TreeMap<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private Vertx vertx;
    private int port;
    private @Nullable GroupStatus status;

    @BeforeEach
    void listen() throws Exception {
        vertx = Vertx.vertx();
        port = freePort();
        checks.put("kernel/loops", Health.up(new JsonObject().put("x", 1)));
        deploy();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aNodeWhoseGroupIsNotOpenIsLiveButNeitherStartedNorReady() throws Exception {
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/started").statusCode()).isEqualTo(503);
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.headers().firstValue("Content-Type")).contains("application/json");
        JsonObject body = new JsonObject(ready.body());
        assertThat(body.getString("status")).isEqualTo("DOWN");
        assertThat(body.getJsonArray("reasons")).containsExactly("group broker-a is opening its store");
    }

    @ParameterizedTest
    @CsvSource({
        "LEADER,          n0, 0,     200, 200, 200, ''",
        "FOLLOWER,        n1, 10000, 200, 200, 200, ''",
        "FOLLOWER,        n1, 10001, 200, 200, 503, group broker-a has 10001 committed entries to apply",
        "FOLLOWER,        ,   0,     200, 200, 503, group broker-a knows no leader",
        "CANDIDATE,       ,   0,     200, 200, 503, group broker-a is CANDIDATE: why",
        "LEADER_STARTING, n0, 0,     200, 200, 503, group broker-a is LEADER_STARTING: why",
        "RECOVERING,      n1, 0,     200, 200, 503, group broker-a is RECOVERING: why",
        "STARTING,        ,   0,     200, 503, 503, group broker-a is STARTING: why",
        "FAILED,          ,   0,     503, 200, 503, group broker-a is FAILED: why",
    })
    void theRoleOfTheGroupDecides(
            GroupRole role, @Nullable String leader, long lag, int live, int started, int ready, String reason)
            throws Exception {
        status = status(role, leader, lag);
        assertThat(get("/health/live").statusCode()).isEqualTo(live);
        assertThat(get("/healthz").statusCode()).isEqualTo(live);
        assertThat(get("/health/started").statusCode()).isEqualTo(started);
        assertThat(get("/readyz").statusCode()).isEqualTo(ready);
        JsonObject body = new JsonObject(get("/health/ready").body());
        assertThat(String.join(
                        ";",
                        body.getJsonArray("reasons").stream()
                                .map(String::valueOf)
                                .toList()))
                .isEqualTo(reason);
        JsonObject group = body.getJsonArray("groups").getJsonObject(0);
        assertThat(group.getString("role")).isEqualTo(role.name());
        assertThat(group.getLong("term")).isEqualTo(7);
        assertThat(group.getString("leader")).isEqualTo(leader);
        assertThat(group.getLong("lag")).isEqualTo(lag);
        assertThat(group.getString("durability")).isEqualTo("sync");
        assertThat(group.getString("store")).isEqualTo("mmap");
        assertThat(body.getJsonObject("plugins")).isEqualTo(new JsonObject().put("raft", "ACTIVE"));
    }

    @Test
    void aCheckThatFailsIsNamed() throws Exception {
        status = status(GroupRole.LEADER, "n0", 0);
        checks.put("raft/lane", new Health(false, true, false, new JsonObject().put("error", "stuck")));
        HttpResponse<String> live = get("/health/live");
        assertThat(live.statusCode()).isEqualTo(503);
        assertThat(live.body()).contains("check raft/lane is not live").contains("stuck");
        assertThat(get("/health/started").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void aNodeMayBeStoppedWhileTheOthersAreAMajority() throws Exception {
        status = status(GroupRole.LEADER, "n0", 0);
        assertThat(get("/health/quorum").statusCode()).isEqualTo(412);
        status = null;
        assertThat(get("/health/quorum").statusCode()).isEqualTo(200);
    }

    @Test
    void otherPathsAndMethodsAreAnsweredInJson() throws Exception {
        HttpResponse<String> unknown = get("/x");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(unknown.body()).getJsonArray("paths")).contains("/health/ready");
        HttpResponse<String> posted = client.send(
                HttpRequest.newBuilder(uri("/health/live"))
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("Allow")).contains("GET, HEAD");
        assertThat(new JsonObject(posted.body()).getString("error")).contains("only GET");
    }

    @Test
    void requestsThatAreTooLongAreRefused() throws Exception {
        assertThat(raw("GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n")).matches("HTTP/1.[01] 414");
        assertThat(raw("GET / HTTP/1.1\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"))
                .matches("HTTP/1.[01] 431");
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void aPortInUseIsNamedWithItsKey() throws Exception {
        // Vert.x lets several servers of its own share a port, so somebody else has to hold it.
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = other.getLocalPort();
            assertThatThrownBy(this::deploy)
                    .hasMessageContaining("http.port = " + port + ": cannot listen on 127.0.0.1:" + port)
                    .hasMessageContaining("free the port or name another one");
        }
    }

    private void deploy() throws Exception {
        HttpPlugin plugin = new HttpPlugin();
        plugin.bind(new FakeContext());
        vertx.deployVerticle(plugin).await(10, TimeUnit.SECONDS);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(12);
            return new String(answer, StandardCharsets.US_ASCII);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static GroupStatus status(GroupRole role, @Nullable String leader, long lag) {
        List<GroupStatus.Member> members = List.of(
                new GroupStatus.Member("n0", "h:1", "h:2", true, true, 100),
                new GroupStatus.Member("n1", "h:3", "h:4", true, true, 100),
                new GroupStatus.Member("n2", "h:5", "", false, true, 5));
        return new GroupStatus(
                "broker-a",
                "n0",
                role,
                7,
                leader,
                20_000,
                20_000 - lag,
                20_001,
                1,
                4096,
                members,
                leader == null || role != GroupRole.FOLLOWER ? "why" : "",
                true,
                12,
                3);
    }

    private final class FakeContext implements PluginContext {
        @Override
        public String id() {
            return "http";
        }

        @Override
        public Vertx vertx() {
            return vertx;
        }

        @Override
        public NodeInfo node() {
            GroupConfig group = new GroupConfig(
                    "broker-a",
                    Path.of("unused"),
                    "127.0.0.1",
                    "127.0.0.1",
                    10911,
                    Map.of("n0", "127.0.0.1:40911"),
                    Durability.SYNC,
                    "mmap",
                    1 << 28,
                    new GroupConfig.RaftTiming(75, 450, 1 << 20, 1 << 23, 1 << 25, 1 << 26, 30_000, ""),
                    new GroupConfig.Retention(72, 0, 75, 90),
                    new GroupConfig.BrokerSettings(true, true, 8, 4 << 20, "1s", 6),
                    new JsonObject());
            return new NodeInfo("n0", "C", Path.of("unused"), List.of(), List.of(group), "127.0.0.1", port, "1");
        }

        @Override
        public JsonObject config() {
            return new JsonObject();
        }

        @Override
        public <T> void provide(Class<T> type, String name, T service) {
            throw new IllegalStateException("nothing is offered");
        }

        @Override
        public <T> T service(Class<T> type, String name) {
            return type.cast(new HealthRegistry() {
                @Override
                public Map<String, Health> checkAll() {
                    return checks;
                }

                @Override
                public Map<String, String> plugins() {
                    return Map.of("raft", "ACTIVE");
                }
            });
        }

        @Override
        public <T> Map<String, T> services(Class<T> type) {
            return status == null ? Map.of() : Map.of("broker-a", type.cast(group()));
        }

        @Override
        public <T> AutoCloseable watch(Class<T> type, java.util.function.Consumer<Map<String, T>> listener) {
            listener.accept(services(type));
            return () -> {};
        }

        @Override
        public boolean replaced() {
            return false;
        }

        @Override
        public HealthChecks health() {
            return (name, check) -> {};
        }
    }

    private Group group() {
        return (Group) Proxy.newProxyInstance(
                Group.class.getClassLoader(),
                new Class<?>[] {Group.class},
                (proxy, method, args) -> method.getName().equals("status") ? status : Future.failedFuture("not asked"));
    }
}
