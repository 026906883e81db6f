package io.vledger.kernel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.api.plugin.PluginAdministration.PluginStatus;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.kernel.plugin.PluginException;
import io.vledger.kernel.plugin.PluginJar;
import io.vledger.kernel.plugin.PluginJars;
import io.vledger.testkit.Eventually;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins of a running kernel: deployed, replaced and undeployed by call and by file. */
class RunningPluginsTest {
    /** Offers its version and writes its life down; fails where the version says so. */
    private static final String LIFE =
            """
            String name() { return plugin().id() + VERSION; }
            @Override public Future<?> start() throws Exception {
              log("start " + name());
              plugin().provide(PROVIDED.class, plugin().id(), PROVIDED.class.cast(name()));
              plugin().health().register("version", () -> Health.up(new io.vertx.core.json.JsonObject().put("v", VERSION)));
              START
              return Future.succeededFuture(); }
            @Override public Future<?> activate() { log("activate " + name()); ACTIVATE
              return Future.succeededFuture(); }
            @Override public Future<?> drain() { log("drain " + name() + " " + plugin().replaced());
              return Future.succeededFuture(); }
            @Override public Future<?> stop() { log("stop " + name()); return Future.succeededFuture(); }
            """;

    private static final String WATCH =
            """
            @Override public Future<?> start() {
              plugin().watch(String.class, found -> log("sees " + new java.util.TreeMap<>(found)
                  + (Vertx.currentContext() == context ? "" : " on a foreign context")));
              return Future.succeededFuture(); }
            @Override public Future<?> stop() { log("stop watch " + plugin().replaced()); return Future.succeededFuture(); }
            """;

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // each test begins with start(...)
    private Kernel kernel;

    @BeforeEach
    void shareTheLog() {
        System.getProperties().put("plugin.test.log", log);
    }

    private Health health(String check) {
        return requireNonNull(kernel.health().checkAll().get(check));
    }

    @AfterEach
    void stop() throws Exception {
        if (kernel != null) {
            kernel.stop().await(30, TimeUnit.SECONDS);
        }
        System.getProperties().remove("plugin.test.log");
    }

    @Test
    void aHotPluginIsReplacedBesideTheOldOne() throws Exception {
        start(life("a", 1, true).bundled(), watcher(true).bundled());
        Eventually.await("the first is seen", () -> log.contains("sees {a=a1}"));
        log.clear();
        PluginStatus status = deploy(life("a", 2, true));
        assertThat(status).isEqualTo(new PluginStatus("a", "2", "ACTIVE", "", false, true, List.of("a")));
        assertThat(kernel.services().services(String.class)).containsExactly(Map.entry("a", "a2"));
        Eventually.await("the second is seen", () -> log.contains("sees {a=a2}"));
        assertThat(log)
                .filteredOn(line -> !line.startsWith("sees"))
                .containsExactly("start a2", "activate a2", "drain a1 true", "stop a1");
        assertThat(log).filteredOn(line -> line.startsWith("sees")).containsExactly("sees {a=a2}");
        assertThat(health("a/version").detail().getInteger("v")).isEqualTo(2);
        assertThat(directory.resolve("a.jar"))
                .hasBinaryContent(life("a", 2, true).bytes());
        assertThat(directory).isDirectoryContaining("glob:**a.jar");
    }

    @Test
    void aBundledPluginComesBackWhenTheOneInItsPlaceGoes() throws Exception {
        start(life("a", 1, true).bundled());
        assertThatThrownBy(() -> undeploy("a")).hasMessageContaining("came with the launcher");
        assertThatThrownBy(() -> undeploy("b")).hasMessage("no plugin has the id b");
        deploy(life("a", 2, true));
        undeploy("a");
        assertThat(kernel.services().service(String.class, "a")).isEqualTo("a1");
        assertThat(statuses()).containsExactly("a 1 ACTIVE");
        assertThat(directory.resolve("a.jar")).doesNotExist();
    }

    @Test
    void theOldOneStaysWhenTheNewOneCannotStartOrActivate() throws Exception {
        start(life("a", 1, true).bundled());
        log.clear();
        assertThatThrownBy(() -> deploy(life("a", 2, true, "if (true) throw new Exception(\"boom\");", "")))
                .isInstanceOf(PluginException.class)
                .hasMessage("plugin a cannot start: boom");
        assertThat(log).containsExactly("start a2");
        assertThat(statuses()).containsExactly("a 1 ACTIVE", "a 2 FAILED plugin a cannot start: boom");
        assertThat(kernel.services().service(String.class, "a")).isEqualTo("a1");

        log.clear();
        assertThatThrownBy(() -> deploy(life("a", 3, true, "", "if (true) return Future.failedFuture(\"port\");")))
                .hasMessage("plugin a cannot start: port");
        assertThat(log).containsExactly("start a3", "activate a3", "activate a1", "stop a3");
        assertThat(kernel.services().service(String.class, "a")).isEqualTo("a1");
        assertThat(health("a/version").detail().getInteger("v")).isEqualTo(1);
        assertThat(health("kernel/plugins").ready()).isTrue();
        assertThat(directory).isEmptyDirectory();

        deploy(life("a", 4, true));
        assertThat(statuses()).containsExactly("a 4 ACTIVE");
    }

    @Test
    void whatDependsOnAColdPluginStopsAndStartsAgain() throws Exception {
        start(
                life("store", 1, false).bundled(),
                life("raft", 1, false, "java.lang.CharSequence", "java.lang.String")
                        .bundled(),
                life("broker", 1, false, "java.lang.Comparable", "java.lang.CharSequence")
                        .bundled(),
                life("other", 1, false, "java.lang.Object", "").bundled());
        log.clear();
        deploy(life("store", 2, false));
        assertThat(log)
                .containsExactly(
                        "drain broker1 true",
                        "drain raft1 true",
                        "drain store1 true",
                        "stop broker1",
                        "stop raft1",
                        "stop store1",
                        "start store2",
                        "activate store2",
                        "start raft1",
                        "activate raft1",
                        "start broker1",
                        "activate broker1");
        log.clear();
        assertThatThrownBy(() -> deploy(life("store", 3, false, "if (true) throw new Exception(\"disk\");", "")))
                .hasMessage("plugin store cannot start: disk");
        assertThat(log)
                .containsSubsequence("stop store2", "start store3", "start store2", "start raft1", "start broker1");
        assertThat(health("kernel/plugins").ready()).isTrue();
        assertThat(statuses()).contains("store 2 ACTIVE", "raft 1 ACTIVE", "broker 1 ACTIVE", "other 1 ACTIVE");
    }

    @Test
    void aPluginThatOthersRequireIsNotTakenAway() throws Exception {
        start();
        deploy(life("a", 1, true));
        deploy(watcher(true));
        assertThatThrownBy(() -> undeploy("a"))
                .hasMessage("plugin a provides java.lang.String, which plugin watch requires; undeploy that one first");
        assertThatThrownBy(() -> deploy(PluginJars.plugin("a", "", "", "")))
                .hasMessageContaining("which plugin watch requires");
        undeploy("watch");
        assertThat(log).contains("stop watch false");
        undeploy("a");
        assertThat(log).endsWith("drain a1 false", "stop a1");
        assertThat(statuses()).isEmpty();
    }

    @Test
    void aPluginWithoutWhatItRequiresStartsWhenThatIsThere() throws Exception {
        Files.write(directory.resolve("w.jar"), watcher(true).bytes());
        start();
        Eventually.await("it waits", () -> statuses().toString().contains("watch 1 RESOLVED"));
        assertThat(statuses().toString()).contains("plugin watch requires java.lang.String, which no plugin provides");
        assertThat(health("kernel/plugins").ready()).isTrue();
        assertThatThrownBy(() -> deploy(life("b", 1, true, "java.lang.Object", "java.lang.Integer")))
                .hasMessageContaining("requires java.lang.Integer, which no plugin provides");
        deploy(life("a", 1, true));
        Eventually.await("it runs", () -> log.contains("sees {a=a1}"));
    }

    @Test
    void aStartThatGetsAheadHasNoLimitAndOneThatStopsGettingAheadIsNamedWithWhatItDid() throws Exception {
        String ahead =
                """
                if (true) {
                  Promise<Void> done = Promise.promise();
                  int[] steps = {0};
                  vertx.setPeriodic(500, t -> {
                    plugin().progress("step " + ++steps[0]);
                    if (steps[0] == LAST) { vertx.cancelTimer(t); if (DONE) { done.complete(); } }
                  });
                  return done.future();
                }
                """;
        Files.write(
                directory.resolve("slow.jar"),
                life("slow", 1, true, ahead.replace("LAST", "6").replace("DONE", "true"), "")
                        .bytes());
        Files.write(
                directory.resolve("stuck.jar"),
                life("stuck", 1, true, ahead.replace("LAST", "3").replace("DONE", "false"), "")
                        .bytes());
        start(life("a", 1, true).bundled());
        Eventually.await(
                "3 s are not too long for a limit of 2 s", () -> statuses().contains("slow 1 ACTIVE"));
        Eventually.await("the other is given up", () -> statuses().stream()
                .anyMatch(status -> status.startsWith(
                        "stuck 1 FAILED plugin stuck did not start within 2 s: it has made no progress for that long"
                                + " (the last was: step 3)")));
    }

    @Test
    void aPluginThatHangsInStartIsNamedAndHoldsNothingUp() throws Exception {
        Files.write(
                directory.resolve("never.jar"),
                life("never", 1, true, "if (true) return Promise.promise().future();", "")
                        .bytes());
        Files.write(
                directory.resolve("blocks.jar"),
                life("blocks", 1, true, "try { Thread.sleep(60_000); } finally { log(\"woken\"); }", "")
                        .bytes());
        start(life("a", 1, true).bundled());
        assertThat(health("kernel/plugins").ready()).isTrue();
        String key =
                " did not start within 2 s: it has made no progress for that long; if it only needs more time, raise"
                        + " plugins.startSeconds (vledgerPluginStartSeconds in a broker.conf)";
        Eventually.await("both are named", () -> statuses()
                .containsAll(List.of("never 1 FAILED plugin never" + key, "blocks 1 FAILED plugin blocks" + key)));
        Eventually.await("the thread is free", () -> log.contains("woken"));
        PluginJars hangs = life("hangs", 1, true, "", "if (true) return Promise.promise().future();");
        assertThatThrownBy(() -> deploy(hangs)).hasMessage("plugin hangs was not activated within 2 s");
        deploy(life("a", 2, true));
        assertThat(kernel.services().services(String.class)).containsExactly(Map.entry("a", "a2"));
    }

    @Test
    void aChangeThatWaitsForAnotherIsRefusedWhenTheNodeStops() throws Exception {
        start(life("a", 1, true).bundled());
        log.clear();
        Future<PluginStatus> first = administration()
                .deploy(life("slow", 1, true, "if (true) return Promise.promise().future();", "")
                        .bytes());
        Future<PluginStatus> second = administration().deploy(life("b", 1, true).bytes());
        Eventually.await("the first is under way", () -> log.contains("start slow1"));
        Future<Void> stopped = kernel.stop();
        assertThatThrownBy(() -> second.await(20, TimeUnit.SECONDS)).hasMessageContaining("the node stops");
        assertThat(first.failed()).isTrue();
        stopped.await(30, TimeUnit.SECONDS);
        assertThat(log).doesNotContain("start b1");
    }

    @Test
    void theDirectoryIsFollowed() throws Exception {
        Path late = directory.resolve("later");
        start(late);
        Files.createDirectory(late);
        Path file = late.resolve("any name.jar");
        Files.write(file, life("a", 1, true).bytes());
        Eventually.await("it is deployed", () -> statuses().contains("a 1 ACTIVE"));

        byte[] second = life("a", 2, true).bytes();
        Files.write(file, java.util.Arrays.copyOf(second, second.length / 2));
        Eventually.await("half of a jar is named", () -> statuses().size() == 2);
        assertThat(statuses().get(0)).isEqualTo("a 1 ACTIVE");
        assertThat(statuses().get(1)).startsWith("any name.jar  FAILED " + file + ": ");
        Files.write(file, second);
        Eventually.await("the whole one is deployed", () -> statuses().equals(List.of("a 2 ACTIVE")));

        log.clear();
        Files.move(file, late.resolve("b.jar"));
        Files.write(late.resolve("c.jar"), life("a", 3, true).bytes());
        Eventually.await(
                "the second of an id is named", () -> statuses().toString().contains("holds plugin a, which"));
        assertThat(log).as("a renamed jar is not deployed again").isEmpty();
        Files.delete(late.resolve("b.jar"));
        Eventually.await("the second has its turn", () -> statuses().equals(List.of("a 3 ACTIVE")));
        Files.delete(late.resolve("c.jar"));
        Eventually.await("it is undeployed", () -> statuses().isEmpty());
        assertThat(log).endsWith("drain a3 false", "stop a3");
    }

    @Test
    void whatIsNoPluginIsNamedUntilItIsFixedOrRemoved() throws Exception {
        start();
        Files.write(directory.resolve("empty.jar"), new byte[0]);
        Files.write(
                directory.resolve("plain.jar"),
                new PluginJars().entry("x.txt", "x").bytes());
        Files.write(
                directory.resolve("api.jar"),
                PluginJars.withDescriptor("{\"id\":\"old\",\"api\":7,\"main\":\"p.Main\"}")
                        .bytes());
        Files.write(
                directory.resolve("main.jar"),
                PluginJars.withDescriptor("{\"id\":\"nomain\",\"api\":1,\"main\":\"p.Main\"}")
                        .bytes());
        Eventually.await("all are named", () -> statuses().size() == 4);
        assertThat(String.join("\n", statuses()))
                .contains("empty.jar: is not a jar, or an empty one")
                .contains("plain.jar: has no META-INF/plugin.json")
                .contains("plugin old was built for plugin API 7, this node offers 1")
                .contains("its main class p.Main is not in");
        String health = health("kernel/plugins").detail().encode();
        assertThat(health).contains("plain.jar").contains("plugin API 7").contains("\"hot\":false");
        assertThat(health("kernel/plugins").ready()).isTrue();
        undeploy("plain.jar");
        assertThat(directory.resolve("plain.jar")).doesNotExist();
        undeploy("nomain");
        assertThat(directory.resolve("main.jar")).doesNotExist();
        Files.delete(directory.resolve("empty.jar"));
        Files.write(directory.resolve("api.jar"), life("old", 1, true).bytes());
        Eventually.await("the corrected one is deployed", () -> statuses().equals(List.of("old 1 ACTIVE")));
    }

    @Test
    void aForeignPluginInTheDirectoryIsPreferredToTheBundledOneUnlessItFails() throws Exception {
        Files.write(directory.resolve("a.jar"), life("a", 2, true).bytes());
        Files.write(
                directory.resolve("b.jar"),
                life("b", 2, true, "if (true) throw new Exception(\"boom\");", "")
                        .bytes());
        start(life("a", 1, true).bundled(), life("b", 1, true).bundled());
        Eventually.await("settled", () -> statuses().size() == 3);
        assertThat(statuses())
                .containsExactlyInAnyOrder("a 2 ACTIVE", "b 1 ACTIVE", "b 2 FAILED plugin b cannot start: boom");
        assertThat(health("kernel/plugins").ready()).isTrue();
    }

    private List<String> statuses() {
        return administration().list().stream()
                .map(status ->
                        (status.id() + " " + status.version() + " " + status.state() + " " + status.cause()).trim())
                .toList();
    }

    private PluginAdministration administration() {
        return kernel.services().service(PluginAdministration.class, "");
    }

    private PluginStatus deploy(PluginJars jar) throws Exception {
        return administration().deploy(jar.bytes()).await(20, TimeUnit.SECONDS);
    }

    private void undeploy(String id) throws Exception {
        Future<Void> done = administration().undeploy(id);
        done.await(20, TimeUnit.SECONDS);
    }

    private static PluginJars watcher(boolean hot) {
        return jar("watch", 1, hot, "", "java.lang.String", WATCH);
    }

    private static PluginJars life(String id, int version, boolean hot) {
        return life(id, version, hot, "", "");
    }

    private static PluginJars life(String id, int version, boolean hot, String start, String activate) {
        if (start.startsWith("java.lang.")) {
            return jar(id, version, hot, start, activate, body(version, start, "", ""));
        }
        return jar(id, version, hot, "java.lang.String", "", body(version, "java.lang.String", start, activate));
    }

    private static String body(int version, String provided, String start, String activate) {
        return LIFE.replace("VERSION", String.valueOf(version))
                .replace("PROVIDED", provided)
                .replace("START", start)
                .replace("ACTIVATE", activate);
    }

    private static PluginJars jar(String id, int version, boolean hot, String provides, String requires, String body) {
        return PluginJars.withDescriptor(new JsonObject()
                        .put("id", id)
                        .put("version", String.valueOf(version))
                        .put("api", 1)
                        .put("main", "p.Main")
                        .put("provides", provides.isEmpty() ? List.of() : List.of(provides))
                        .put("requires", requires.isEmpty() ? List.of() : List.of(requires))
                        .put("hot", hot)
                        .encode())
                .source("p.Main", PluginJars.main(body));
    }

    private void start(PluginJar... bundled) throws Exception {
        start(directory, bundled);
    }

    private void start(Path plugins, PluginJar... bundled) throws Exception {
        NodeConfig config = TestNodes.config(new NodeConfig.Plugins(plugins, new JsonObject(), 2, 20, List.of()), 5);
        kernel = new Kernel(Vertx.vertx(), 2, config, List.of(bundled));
        kernel.start().await(20, TimeUnit.SECONDS);
        kernel.plugins().settled();
    }
}
