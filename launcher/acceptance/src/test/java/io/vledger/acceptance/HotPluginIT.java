package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.PluginSource;
import io.vledger.acceptance.fixture.Target;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Plugins come and go in a node under the load of a real client with default settings. */
class HotPluginIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int REPLACEMENTS = 20;
    private static final String COUNTER =
            """
            package p;
            import io.vertx.core.Future;
            import io.vertx.core.json.JsonObject;
            import io.vledger.api.health.Health;
            import io.vledger.api.plugin.PluginVerticle;
            import io.vledger.api.rpc.RequestFilter;
            import java.util.concurrent.atomic.LongAdder;
            public final class Main extends PluginVerticle {
                private final LongAdder sends = new LongAdder();
                @Override public Future<?> start() {
                    plugin().provide(RequestFilter.class, "counter", (group, request) -> {
                        if (request.code() == 310) { sends.increment(); }
                    });
                    plugin().health().register("vVERSION", () ->
                        Health.up(new JsonObject().put("seen", sends.sum() > 20 ? "enough" : "few")));
                    return Future.succeededFuture();
                }
            }
            """;

    private final Path directory = WorkDirectory.of(HotPluginIT.class);

    private byte[] counter(int version) {
        return PluginSource.compile(
                directory.resolve("counter-" + version),
                "{\"id\":\"counter\",\"version\":\"%d\",\"api\":1,\"main\":\"p.Main\",\"hot\":true,\"requires\":[],"
                                .formatted(version)
                        + "\"provides\":[\"io.vledger.api.rpc.RequestFilter\"]}",
                COUNTER.replace("VERSION", String.valueOf(version)));
    }

    private byte[] bad(String id, String more, String body) {
        return PluginSource.compile(
                directory.resolve(id),
                "{\"id\":\"" + id + "\",\"version\":\"1\",\"main\":\"p.Main\"," + more + "}",
                "package p; import io.vertx.core.*; public class Main extends io.vledger.api.plugin.PluginVerticle { "
                        + body + " }");
    }

    private static void drop(VledgerNode node, String name, byte[] jar) throws IOException {
        Path plugins = node.plugins();
        Path partial = plugins.resolve(name + ".partial");
        Files.write(partial, jar);
        Files.move(partial, plugins.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static String health(VledgerNode node) {
        try {
            return node.health("ready").body();
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void aPluginOnTheWayOfRequestsIsReplacedTwentyTimesAndNoSendFails() throws IOException {
        try (VledgerCluster cluster = VledgerCluster.ofThreeElecting(Target.ELECTION_TIMEOUT_MS, directory)) {
            for (VledgerNode node : cluster.nodes()) {
                String configuration = Files.readString(node.configuration());
                Files.writeString(
                        node.configuration(),
                        configuration.substring(0, configuration.lastIndexOf('}'))
                                + ", \"plugins\": {\"startSeconds\": 5, \"pollMs\": 200}}");
            }
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("hot", 4);
                LoadRun load = LoadRun.startPatient(client, "load", "hot", directory);
                VledgerNode leader = cluster.leader();
                for (int version = 1; version <= REPLACEMENTS; version++) {
                    String check = "\"counter/v" + version + "\"";
                    drop(leader, "counter.jar", counter(version));
                    Await.until("version " + version + " sees traffic", SOON, () -> {
                        String shown = health(leader).replaceAll("\\s", "");
                        int at = shown.indexOf(check);
                        return at >= 0 && shown.indexOf("\"enough\"", at) > 0;
                    });
                    assertThat(health(leader)).doesNotContain("\"counter/v" + (version - 1) + "\"");
                }
                Files.delete(leader.plugins().resolve("counter.jar"));
                Await.until("it is gone", SOON, () -> !health(leader).contains("counter/v"));
                load.awaitMore(50);
                assertThat(load.failures()).isEqualTo("{}");
                refuseTheRest(leader, load);
                load.end();
                assertThat(leader.log()).contains("deployed counter").doesNotContain("\tat ");
            }
        }
    }

    private void refuseTheRest(VledgerNode node, LoadRun load) throws IOException {
        byte[] whole = counter(99);
        drop(node, "half.jar", Arrays.copyOf(whole, whole.length / 2));
        drop(node, "plain.jar", PluginSource.withoutDescriptor());
        drop(node, "future.jar", bad("future", "\"api\":9", ""));
        drop(node, "lonely.jar", bad("lonely", "\"api\":1,\"requires\":[\"x.Missing\"]", ""));
        drop(
                node,
                "throws.jar",
                bad("throws", "\"api\":1", "{ if (true) throw new IllegalStateException(\"ouch\"); }"));
        drop(
                node,
                "hangs.jar",
                bad(
                        "hangs",
                        "\"api\":1",
                        "@Override public Future<?> start() throws Exception { Thread.currentThread().join(); return null; }"));
        List<String> words = List.of(
                "half.jar",
                "plain.jar: has no META-INF/plugin.json",
                "plugin API 9",
                "requires x.Missing",
                "ouch",
                "plugin hangs did not start within 5 s");
        Await.until("each is named in the health answer", SOON, () -> {
            String shown = health(node);
            return words.stream().allMatch(shown::contains);
        });
        words.forEach(word -> assertThat(node.log()).contains(word));
        load.awaitMore(50);
        assertThat(load.failures()).isEqualTo("{}");
        assertThat(node.health("ready").statusCode()).isEqualTo(200);
    }
}
