package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.http.FakeNode.FakePlugins;
import io.vledger.testkit.fake.ThreeMembers;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The description of the routes is what the routes do. */
class OpenApiTest {
    @TempDir
    Path data;

    private FakeNode node;
    private ApiDescription description;

    @BeforeEach
    void listen() throws Exception {
        node = new FakeNode(data);
        node.deploy();
        description = ApiDescription.ofTheJar();
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    @Test
    void everyRouteIsDescribedAndEveryDescriptionHasARoute() {
        HttpPlugin plugin = new HttpPlugin();
        plugin.bind(node.context());
        Set<String> routes = plugin
                .routes(node.vertx(), new AccessGuard(new AccessTokens(null, null, null), Set.of()), 10, null)
                .routes()
                .stream()
                .map(route -> route.method() + " " + route.template())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(description.operations()).isEqualTo(routes);
    }

    @Test
    void whatChangesStateSaysThatItNeedsAToken() {
        HttpPlugin plugin = new HttpPlugin();
        plugin.bind(node.context());
        for (Route route : plugin.routes(
                        node.vertx(), new AccessGuard(new AccessTokens(null, null, null), Set.of()), 10, null)
                .routes()) {
            JsonObject operation = description
                    .document()
                    .getJsonObject("paths")
                    .getJsonObject(route.template())
                    .getJsonObject(route.method().name().toLowerCase(Locale.ROOT));
            assertThat(operation.containsKey("security"))
                    .describedAs(route.toString())
                    .isEqualTo(route.changes());
        }
    }

    @Test
    void theDocumentIsServed() throws Exception {
        HttpResponse<String> served = node.get("/openapi.json");
        assertThat(new JsonObject(served.body())).isEqualTo(description.document());
        assertThat(description.document().getString("openapi")).startsWith("3.1");
        assertThat(description.document().getJsonObject("info").getString("version"))
                .doesNotContain("$");
    }

    @Test
    void everyReadIsAnsweredAsDescribedWhileTheGroupIsNotOpenAndAfterwards() throws Exception {
        node.plugins.add("tap", false);
        readEverything();
        for (GroupRole role : GroupRole.values()) {
            node.become(FakeNode.status(role, role == GroupRole.LEADER ? "n0" : null, 3));
            readEverything();
        }
    }

    private void readEverything() throws Exception {
        for (String operation : description.operations()) {
            if (operation.startsWith("GET ")) {
                String template = operation.substring(4);
                String path = template.replace("{group}", "broker-a").replace("{id}", "tap");
                check("GET", template, node.get(path));
            }
        }
        check("GET", "/v1/groups/{group}", node.get("/v1/groups/none"));
        check("GET", "/v1/groups/{group}/members", node.get("/v1/groups/none/members"));
        check("GET", "/v1/plugins/{id}", node.get("/v1/plugins/none"));
    }

    @Test
    void everyOutcomeOfATransferIsDescribed() throws Exception {
        String template = "/v1/groups/{group}/transfer";
        String path = "/v1/groups/broker-a/transfer";
        node.peers.put("n1", ThreeMembers.raftAddress("n1"));
        assertThat(check("POST", template, node.post(path, ""))).isEqualTo(503);
        node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0));
        assertThat(check("POST", template, node.post(path, ""))).isEqualTo(409);
        node.become(FakeNode.status(GroupRole.FOLLOWER, null, 0));
        assertThat(check("POST", template, node.post(path, ""))).isEqualTo(409);
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        assertThat(check("POST", template, node.post(path, ""))).isEqualTo(409);
        assertThat(check("POST", template, node.post(path, "{"))).isEqualTo(400);
        assertThat(check("POST", template, node.post(path, "{\"to\":\"n9\"}"))).isEqualTo(400);
        assertThat(check("POST", template, node.post("/v1/groups/x/transfer", "")))
                .isEqualTo(404);
        assertThat(check("POST", template, node.post(path, " ".repeat(5000)))).isEqualTo(413);
        assertThat(check(
                        "POST",
                        template,
                        node.send(node.request(path)
                                .POST(BodyPublishers.noBody())
                                .header("Origin", "http://evil.example"))))
                .isEqualTo(403);
        node.transfer = to -> {
            node.become(FakeNode.status(GroupRole.FOLLOWER, "n1", 0));
            return Future.succeededFuture();
        };
        assertThat(check("POST", template, node.post(path, "{\"to\":\"n1\"}"))).isEqualTo(200);
        node.transfer = to -> {
            throw new IllegalStateException("broken");
        };
        node.become(FakeNode.status(GroupRole.LEADER, "n0", 0));
        assertThat(check("POST", template, node.post(path, ""))).isEqualTo(500);
    }

    @Test
    void everyOutcomeOfAChangeOfPluginsIsDescribed() throws Exception {
        String one = "/v1/plugins/{id}";
        node.plugins.add("broker", true);
        assertThat(check("POST", "/v1/plugins", node.post("/v1/plugins", ""))).isEqualTo(400);
        assertThat(check("POST", "/v1/plugins", node.post("/v1/plugins", "x"))).isEqualTo(422);
        node.plugins.deploy = jar -> Future.succeededFuture(FakePlugins.status("tap", false));
        assertThat(check("POST", "/v1/plugins", node.post("/v1/plugins", "x"))).isEqualTo(200);
        assertThat(check(
                        "DELETE", one, node.send(node.request("/v1/plugins/tap").DELETE())))
                .isEqualTo(200);
        assertThat(check(
                        "DELETE", one, node.send(node.request("/v1/plugins/tap").DELETE())))
                .isEqualTo(404);
        assertThat(check(
                        "DELETE",
                        one,
                        node.send(node.request("/v1/plugins/broker").DELETE())))
                .isEqualTo(409);
    }

    @Test
    void theCheckItselfFindsWhatIsNotAsDescribed() {
        JsonObject good = new JsonObject().put("error", "x");
        assertThat(description.fault("Error", good)).isEmpty();
        assertThat(description.fault("Error", good.copy().put("more", 1))).isNotEmpty();
        assertThat(description.fault("Error", new JsonObject())).isNotEmpty();
        assertThat(description.fault("Plugins", new JsonObject().put("plugins", 5)))
                .isNotEmpty();
    }

    private int check(String method, String template, HttpResponse<String> answer) {
        assertThat(description.fault(method, template, answer)).isEmpty();
        return answer.statusCode();
    }
}
