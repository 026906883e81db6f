package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.group.GroupStartStatus;
import io.vledger.api.group.GroupStatus;
import io.vledger.api.group.Readiness;
import io.vledger.api.health.Health;
import io.vledger.api.origin.FirstStart;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpPluginTest {
    @TempDir
    Path data;

    private FakeNode node;

    @BeforeEach
    void listen() throws Exception {
        node = new FakeNode(data);
        node.deploy();
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void aGroupThatWaitsForOldDataSaysSo() throws Exception {
        node.start = new GroupStartStatus.Snapshot("", "copying 3 of 9 GiB from n1", null);
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        JsonObject body = new JsonObject(get("/health/ready").body());
        assertThat(body.getJsonArray("reasons")).contains("group broker-a is not open yet: copying 3 of 9 GiB from n1");
        JsonObject group = new JsonObject(get("/v1/groups/broker-a").body());
        assertThat(group.getString("notReadyReason")).isEqualTo("is not open yet: copying 3 of 9 GiB from n1");
        node.start = new GroupStartStatus.Snapshot("n0 and n1 differ", "", null);
        assertThat(new JsonObject(get("/health/ready").body()).getJsonArray("reasons"))
                .contains("group broker-a is not open: n0 and n1 differ");
    }

    @Test
    void aNodeWhoseGroupIsNotOpenYetIsLiveAndStartsAndIsNotReady() throws Exception {
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/health/started").statusCode()).isEqualTo(200);
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
        "FOLLOWER,        n1, 10001, 200, 200, 503, 'group broker-a is behind the leader n1 by 10001 entries (1000100 bytes), and last was caught up 12000 ms ago'",
        "FOLLOWER,        ,   -1,    200, 200, 503, group broker-a knows no leader: why",
        "CANDIDATE,       ,   -1,    200, 200, 503, group broker-a is CANDIDATE: why",
        "LEADER_STARTING, n0, 0,     200, 200, 503, group broker-a is LEADER_STARTING: why",
        "RECOVERING,      n1, 0,     200, 200, 503, group broker-a is RECOVERING: why",
        "STARTING,        ,   -1,    200, 200, 503, group broker-a is STARTING: why",
        "FAILED,          ,   -1,    503, 200, 503, group broker-a is FAILED: why",
    })
    void theRoleOfTheGroupDecides(
            GroupRole role, @Nullable String leader, long lag, int live, int started, int ready, String reason)
            throws Exception {
        node.become(FakeNode.status(role, leader, lag));
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
        assertThat(group.getLong("lagEntries")).isEqualTo(lag);
        assertThat(group.getString("durability")).isEqualTo("sync");
        assertThat(group.getString("store")).isEqualTo("mmap");
        assertThat(body.getJsonObject("plugins")).isEqualTo(new JsonObject().put("raft", "ACTIVE"));
    }

    @Test
    void aCheckWhoseNameEndsWithTheGroupSaysNothingOfItsStart() throws Exception {
        node.checks.put(
                "other/broker-a", new Health(true, true, true, new JsonObject().put("failure", "of another kind")));
        assertThat(new JsonObject(get("/health/ready").body()).getJsonArray("reasons"))
                .containsExactly("group broker-a is opening its store");
    }

    @Test
    void aStartThatProgressesIsCalledStartedAndOneThatStallsIsNot() throws Exception {
        FakeStart start = new FakeStart(5_000);
        node.live.put("kernel/plugins", start::health);
        for (int step = 1; step <= 20; step++) { // 20 times 4 s: far longer than the limit in all
            start.progress("step " + step);
            start.nowMs += 4_000;
            assertThat(get("/health/started").statusCode()).as("step %d", step).isEqualTo(200);
            assertThat(get("/health/ready").statusCode()).isEqualTo(503);
        }
        start.nowMs += 1_001;
        HttpResponse<String> stalled = get("/health/started");
        assertThat(stalled.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(stalled.body()).getJsonArray("reasons"))
                .containsExactly("check kernel/plugins is not started");
        assertThat(stalled.body()).contains("step 20");
        start.progress("step 21");
        assertThat(get("/health/started").statusCode()).as("it goes on").isEqualTo(200);
    }

    /** A plugin's start as the kernel's check shows it: stalled if there was no progress for a while. */
    private static final class FakeStart {
        private final long limitMs;
        private long nowMs;
        private long progressMs;
        private String doing = "";

        FakeStart(long limitMs) {
            this.limitMs = limitMs;
        }

        void progress(String what) {
            doing = what;
            progressMs = nowMs;
        }

        Health health() {
            return new Health(true, nowMs - progressMs <= limitMs, false, new JsonObject().put("doing", doing));
        }
    }

    @Test
    void aHeaderThatTricklesEndsTheConnection() throws Exception {
        String id = redeploy(new HttpLimits(10, 400, 400, 400));
        try (Socket slow = open()) {
            slow.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: x\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            assertThat(trickle(slow)).as("what was answered").isEmpty();
        }
        try (Socket next = open()) {
            String request = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
            next.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(trickle(next))
                    .as("a second request that trickles behind a whole one")
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        node.undeploy(id);
    }

    private static final String EXPECTING =
            """
            POST /v1/groups/broker-a/transfer HTTP/1.1\r
            Host: localhost\r
            Expect: 100-continue\r
            Content-Length: 4000\r
            \r
            """;

    @Test
    void aBodyThatTricklesIsAnsweredAndEndsTheConnection() throws Exception {
        String id = redeploy(new HttpLimits(10, 400, 400, 400));
        try (Socket slow = open()) {
            slow.getOutputStream()
                    .write(
                            "POST /v1/groups/broker-a/transfer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(trickle(slow)).startsWith("HTTP/1.1 408").contains("the body was not complete within 400 ms");
        }
        node.undeploy(id);
    }

    @Test
    void moreConnectionsThanTheLimitAreClosedAtOnce() throws Exception {
        String id = redeploy(new HttpLimits(2, 5_000, 400, 400));
        try (Socket first = open();
                Socket second = open()) {
            for (Socket each : List.of(first, second)) {
                each.getOutputStream()
                        .write("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(each.getInputStream().read()).isEqualTo('H');
            }
            try (Socket third = open()) {
                assertThat(end(third)).isTrue();
            }
        }
        node.undeploy(id);
    }

    @Test
    void requestsThatAreAbortedDoNotCountAfterwards() throws Exception {
        String id = redeploy(new HttpLimits(4, 60_000, 60_000, 60_000));
        for (int i = 0; i < 10; i++) {
            try (Socket aborted = open()) {
                aborted.setSoTimeout(20_000);
                aborted.getOutputStream().write(EXPECTING.getBytes(StandardCharsets.US_ASCII));
                assertThat(aborted.getInputStream().read()).as("round %d", i).isEqualTo('H'); // 100: it is being read
                aborted.setSoLinger(true, 0);
            }
            awaitAnswer();
        }
        node.undeploy(id);
    }

    /** Until the end of the connection before has been seen, there may be one too many. */
    private void awaitAnswer() throws Exception {
        long deadline = System.nanoTime() + 30_000_000_000L;
        String answered = "";
        while (!answered.startsWith("HTTP/1.1 200")) {
            assertThat(System.nanoTime()).as("a connection is taken in time").isLessThan(deadline);
            answered = raw("GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }
    }

    private String redeploy(HttpLimits limits) throws Exception {
        node.close();
        node = new FakeNode(data);
        node.limits = limits;
        return node.deploy();
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Sends a byte every 50 ms until the other side closes; what was answered. */
    private static String trickle(Socket socket) throws IOException {
        StringBuilder answer = new StringBuilder();
        socket.setSoTimeout(50);
        for (int sent = 0; sent < 600; sent++) {
            try {
                for (int read = socket.getInputStream().read();
                        read >= 0;
                        read = socket.getInputStream().read()) {
                    answer.append((char) read);
                }
                return answer.toString();
            } catch (SocketTimeoutException nothingYet) {
                try {
                    socket.getOutputStream().write('x');
                } catch (IOException closed) {
                    return answer.toString();
                }
            } catch (IOException reset) {
                return answer.toString();
            }
        }
        throw new AssertionError("still open after 30 s of a byte now and then; answered: " + answer);
    }

    private static boolean end(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void aCheckThatFailsIsNamed() throws Exception {
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        node.checks.put("raft/lane", new Health(false, true, false, new JsonObject().put("error", "stuck")));
        HttpResponse<String> live = get("/health/live");
        assertThat(live.statusCode()).isEqualTo(503);
        assertThat(live.body()).contains("check raft/lane is not live").contains("stuck");
        assertThat(get("/health/started").statusCode()).isEqualTo(200);
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void aFollowerThatDoesNotKnowWhatTheLeaderHasIsNotReady() throws Exception {
        node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0, false, List.of(), null));
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void aNodeMayBeStoppedWhileTheOthersAreAMajorityThatIsInSync() throws Exception {
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        HttpResponse<String> needed = get("/health/quorum");
        assertThat(needed.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(needed.body()).getJsonArray("reasons"))
                .containsExactly("group broker-a would have 1 of 3 members that are connected voters in sync"
                        + " without this node (n1); 2 are needed");
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0, true, List.of("n0", "n1", "n2"), null));
        assertThat(get("/health/quorum").statusCode()).isEqualTo(200);
        node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0, true, List.of("n0", "n1"), null));
        assertThat(get("/health/quorum").statusCode()).as("n2 lags").isEqualTo(503);
        node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0, true, List.of("n0", "n1", "n2"), null));
        assertThat(get("/health/quorum").statusCode()).isEqualTo(200);
        node.become(FakeNode.status(GroupRole.CANDIDATE, null, 0, true, List.of("n0", "n1", "n2"), null));
        assertThat(get("/health/quorum").statusCode()).as("nothing is known").isEqualTo(503);
        node.become(null);
        assertThat(get("/health/quorum").statusCode()).isEqualTo(200);
    }

    @Test
    void aMemberOfAGroupThatHasNeverStartedIsReadyOnceItHasWaitedForTheOthersAndSaysSo() throws Exception {
        node.become(waiting(Readiness.FIRST_START_MS - 1, List.of("n1", "n2")));
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
        node.become(waiting(Readiness.FIRST_START_MS, List.of()));
        assertThat(get("/health/ready").statusCode()).as("all are there").isEqualTo(503);
        node.become(waiting(Readiness.FIRST_START_MS, List.of("n1", "n2")));
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        JsonObject body = new JsonObject(ready.body());
        assertThat(body.getString("status")).isEqualTo("WAITING");
        assertThat(body.getJsonArray("notes")).containsExactly("group broker-a: why");
        assertThat(body.getJsonArray("groups").getJsonObject(0).getJsonObject("firstStart"))
                .isEqualTo(new JsonObject("{\"waitedMs\": 10000, \"missing\": [\"n1\", \"n2\"]}"));
        assertThat(get("/health/quorum").statusCode()).isEqualTo(503);
    }

    private static GroupStatus waiting(long millis, List<String> missing) {
        return FakeNode.status(GroupRole.CANDIDATE, null, 0, false, List.of(), new FirstStart(millis, missing));
    }

    @Test
    void aGroupThatIsNotOpenIsReadyOnlyIfItHasWaitedForOthersForLongEnough() throws Exception {
        String progress = "waiting for the other members";
        node.start = new GroupStartStatus.Snapshot(
                "", progress, new FirstStart(Readiness.FIRST_START_MS - 1, List.of("n1")));
        assertThat(get("/health/ready").statusCode()).isEqualTo(503);
        node.start =
                new GroupStartStatus.Snapshot("", progress, new FirstStart(Readiness.FIRST_START_MS, List.of("n1")));
        HttpResponse<String> ready = get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getString("status")).isEqualTo("WAITING");
        JsonObject group = new JsonObject(get("/v1/groups/broker-a").body());
        assertThat(group.getBoolean("ready")).isTrue();
        assertThat(group.getJsonObject("firstStart").getJsonArray("missing")).containsExactly("n1");
    }

    @Test
    void otherPathsAndMethodsAreAnsweredInJson() throws Exception {
        HttpResponse<String> unknown = get("/x");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(unknown.body()).getJsonArray("paths")).contains("/health/ready");
        HttpResponse<String> posted = node.post("/health/live", "{}");
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
            node.port = other.getLocalPort();
            assertThatThrownBy(node::deploy)
                    .hasMessageContaining("http.port = " + node.port + ": cannot listen on 127.0.0.1:" + node.port)
                    .hasMessageContaining("free the port or name another one");
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return node.get(path);
    }

    @Test
    void aSecondDeploymentMayComeAndGoWhileTheFirstAnswers() throws Exception {
        String second = node.deploy();
        node.undeploy(second);
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(12);
            return new String(answer, StandardCharsets.US_ASCII);
        }
    }
}
