package io.vledger.kernel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.health.Health;
import io.vledger.kernel.config.ConfigException;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.kernel.plugin.Deployment;
import io.vledger.kernel.plugin.PluginException;
import io.vledger.kernel.plugin.PluginJar;
import io.vledger.kernel.plugin.PluginJars;
import io.vledger.kernel.plugin.PluginState;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelTest {
    private static final String PROVIDE_STRING =
            """
            @Override public Future<?> start() { log("start " + plugin().id());
              plugin().provide(String.class, plugin().id(), "from " + plugin().id()); return Future.succeededFuture(); }
            @Override public Future<?> drain() { log("drain " + plugin().id()); return Future.succeededFuture(); }
            @Override public Future<?> stop() { log("stop " + plugin().id()); return Future.succeededFuture(); }
            """;
    private static final String LOG_LIFE =
            """
            @Override public Future<?> start() { log("start " + plugin().id()); return Future.succeededFuture(); }
            @Override public Future<?> drain() { log("drain " + plugin().id()); return Future.succeededFuture(); }
            @Override public Future<?> stop() { log("stop " + plugin().id()); return Future.succeededFuture(); }
            """;

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void shareTheLog() {
        System.getProperties().put("plugin.test.log", log);
    }

    @AfterEach
    void forgetTheLog() {
        System.getProperties().remove("plugin.test.log");
    }

    @Test
    void pluginsStartAfterWhatTheyRequireAndStopInReverse() throws Exception {
        Kernel kernel = kernel(
                PluginJars.plugin("broker", "", "\"java.lang.Integer\"", LOG_LIFE)
                        .bundled(),
                PluginJars.plugin("raft", "\"java.lang.Integer\"", "\"java.lang.String\"", LOG_LIFE)
                        .bundled(),
                PluginJars.plugin("store", "\"java.lang.String\"", "", PROVIDE_STRING)
                        .bundled());
        kernel.start().await(10, TimeUnit.SECONDS);
        assertThat(log).containsExactly("start store", "start raft", "start broker");
        assertThat(kernel.services().service(String.class, "store")).isEqualTo("from store");
        assertThat(kernel.plugins().states())
                .containsExactly(
                        Map.entry("store", "ACTIVE"), Map.entry("raft", "ACTIVE"), Map.entry("broker", "ACTIVE"));
        assertThat(requireNonNull(kernel.health().checkAll().get("kernel/plugins"))
                        .ready())
                .isTrue();
        log.clear();
        kernel.stop().await(10, TimeUnit.SECONDS);
        assertThat(log)
                .containsExactly("drain broker", "drain raft", "drain store", "stop broker", "stop raft", "stop store");
        assertThat(kernel.services().services(String.class)).isEmpty();
        assertThat(kernel.plugins().states()).containsValues("STOPPED", "STOPPED", "STOPPED");
    }

    @Test
    void pluginsThatDoNotWaitForEachOtherStartAtTheSameTime() throws Exception {
        CountDownLatch both = new CountDownLatch(2);
        System.getProperties().put("plugin.test.latch", both);
        String body =
                """
                @Override public Future<?> start() {
                  java.util.concurrent.CountDownLatch both =
                      (java.util.concurrent.CountDownLatch) System.getProperties().get("plugin.test.latch");
                  both.countDown();
                  return vertx.executeBlocking(() -> both.await(5, java.util.concurrent.TimeUnit.SECONDS))
                      .compose(met -> met ? Future.succeededFuture() : Future.failedFuture("alone"));
                }
                """;
        Kernel kernel = kernel(
                PluginJars.plugin("a", "", "", body).bundled(),
                PluginJars.plugin("b", "", "", body).bundled());
        try {
            kernel.start().await(10, TimeUnit.SECONDS);
        } finally {
            System.getProperties().remove("plugin.test.latch");
            kernel.stop().await(10, TimeUnit.SECONDS);
        }
        assertThat(both.getCount()).isZero();
    }

    @Test
    void aBundledPluginThatFailsStopsTheNodeWithItsReason() throws Exception {
        Kernel kernel = kernel(
                PluginJars.plugin("store", "\"java.lang.String\"", "", PROVIDE_STRING)
                        .bundled(),
                PluginJars.plugin(
                                "raft",
                                "",
                                "\"java.lang.String\"",
                                "@Override public Future<?> start() { return Future.failedFuture(\"/d is held by n1\"); }")
                        .bundled());
        assertThatThrownBy(() -> kernel.start().await(10, TimeUnit.SECONDS))
                .isInstanceOf(PluginException.class)
                .hasMessage("plugin raft cannot start: /d is held by n1");
        kernel.stop().await(10, TimeUnit.SECONDS);
        assertThat(log).containsExactly("start store", "drain store", "stop store");
    }

    @Test
    void aForeignPluginThatFailsIsNamedAndTheNodeContinues() throws Exception {
        Kernel kernel = kernel(
                PluginJars.plugin("good", "", "", LOG_LIFE).bundled(),
                PluginJars.plugin("bad", "", "", "public Main() { throw new IllegalStateException(\"boom\"); }")
                        .foreign(),
                PluginJars.plugin("lonely", "", "\"x.Y\"", LOG_LIFE).foreign());
        kernel.start().await(10, TimeUnit.SECONDS);
        kernel.plugins().settled().await(10, TimeUnit.SECONDS);
        assertThat(kernel.health().plugins())
                .containsEntry("good", "ACTIVE")
                .containsEntry("bad", "FAILED")
                .containsEntry("lonely", "RESOLVED");
        Health health = kernel.health().checkAll().get("kernel/plugins");
        assertThat(requireNonNull(health).ready()).isTrue();
        assertThat(health.detail().encode())
                .contains("its main class p.Main cannot be used: java.lang.IllegalStateException: boom")
                .contains("plugin lonely requires x.Y, which no plugin provides");
        kernel.stop().await(10, TimeUnit.SECONDS);
    }

    @Test
    void pluginsThatWaitForEachOtherAreRefused() {
        Vertx vertx = Vertx.vertx();
        List<PluginJar> jars = List.of(
                PluginJars.plugin("a", "\"x.A\"", "\"x.B\"", LOG_LIFE).bundled(),
                PluginJars.plugin("b", "\"x.B\"", "\"x.A\"", LOG_LIFE).bundled());
        assertThatThrownBy(() -> new Kernel(vertx, 2, config(), jars))
                .hasMessage("plugins wait for each other in a circle: [a, b]; fix what they require");
        assertThatThrownBy(() -> new Kernel(vertx, 2, config(), List.of(jars.get(0), jars.get(0))))
                .hasMessageStartingWith("two plugins have the id a");
        assertThatThrownBy(() -> new Kernel(vertx, 2, config(), List.of(jars.get(0))))
                .hasMessage("plugin a requires x.B, which no plugin provides");
        vertx.close().await();
    }

    @Test
    void aServiceThatTheDescriptorDoesNotListIsRefused() throws Exception {
        Kernel kernel = kernel(PluginJars.plugin("a", "", "", PROVIDE_STRING).bundled());
        assertThatThrownBy(() -> kernel.start().await(10, TimeUnit.SECONDS))
                .hasMessageContaining("offers java.lang.String, which its META-INF/plugin.json does not list");
        kernel.stop().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aPluginThatHangsWhileStoppingIsLeftBehind() throws Exception {
        Kernel kernel = kernel(
                PluginJars.plugin("first", "\"java.lang.String\"", "", PROVIDE_STRING)
                        .bundled(),
                PluginJars.plugin(
                                "hangs",
                                "",
                                "\"java.lang.String\"",
                                "@Override public Future<?> stop() { return Promise.promise().future(); }")
                        .bundled());
        kernel.start().await(10, TimeUnit.SECONDS);
        kernel.stop().await(10, TimeUnit.SECONDS);
        assertThat(log).contains("stop first");
        Deployment hangs = kernel.plugins().all().get(1);
        assertThat(hangs.state()).isEqualTo(PluginState.FAILED);
        assertThat(hangs.cause()).isEqualTo("did not stop within 1 s");
    }

    @Test
    void anUnexpectedExceptionIsCountedAndThePluginLivesOn() throws Exception {
        Kernel kernel = kernel(PluginJars.plugin(
                        "a",
                        "",
                        "",
                        """
                        @Override public Future<?> start() {
                          vertx.setTimer(1, t -> { throw new IllegalStateException("boom"); });
                          Promise<Void> later = Promise.promise();
                          vertx.setTimer(5, t -> later.complete());
                          return later.future();
                        }
                        """)
                .bundled());
        kernel.start().await(10, TimeUnit.SECONDS);
        assertThat(kernel.plugins().all().get(0).unexpectedErrors()).isEqualTo(1);
        assertThat(kernel.plugins().states()).containsEntry("a", "ACTIVE");
        kernel.stop().await(10, TimeUnit.SECONDS);
    }

    @Test
    void twoPluginsMayBringDifferentVersionsOfOneClassAndTheirOwnResources() throws Exception {
        String body =
                """
                @Override public Future<?> start() throws Exception {
                  String text = new String(getClass().getResourceAsStream("/lib.txt").readAllBytes());
                  String url = new String(getClass().getClassLoader().getResource("lib.txt").openStream().readAllBytes());
                  log(plugin().id() + " " + lib.Lib.VERSION() + " " + text + " " + url + " " + Main.class.getPackageName());
                  return Future.succeededFuture();
                }
                """;
        Kernel kernel = kernel(isolated("a", 1, body), isolated("b", 2, body));
        kernel.start().await(10, TimeUnit.SECONDS);
        assertThat(log).containsExactlyInAnyOrder("a 1 text1 text1 p", "b 2 text2 text2 p");
        kernel.stop().await(10, TimeUnit.SECONDS);
    }

    private static PluginJar isolated(String id, int version, String body) {
        String lib = "package lib; public class Lib { public static int VERSION() { return " + version + "; } }";
        return PluginJars.withDescriptor("{\"id\":\"" + id
                        + "\",\"version\":\"1\",\"api\":1,\"main\":\"p.Main\",\"provides\":[],\"requires\":[]}")
                .source("lib.Lib", lib)
                .entry("lib.txt", "text" + version)
                .source("p.Main", PluginJars.main(body.replace("lib.Lib.VERSION()", reflective())))
                .bundled();
    }

    /** The compiler of the main class does not see the library, so it is called by name. */
    private static String reflective() {
        return "Class.forName(\"lib.Lib\").getMethod(\"VERSION\").invoke(null)";
    }

    @Test
    void theLoadersOfAHundredDeploymentsAreCollected() throws Exception {
        PluginJar jar = PluginJars.plugin(
                        "a",
                        "\"java.lang.Object\"",
                        "",
                        """
                        @Override public Future<?> start() {
                          plugin().provide(Object.class, "", this);
                          plugin().health().register("x", () -> Health.up(new io.vertx.core.json.JsonObject()));
                          vertx.setPeriodic(1000, t -> log("tick"));
                          return Future.succeededFuture();
                        }
                        """)
                .bundled();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        Vertx vertx = Vertx.vertx();
        for (int i = 0; i < 100; i++) {
            loaders.add(deployOnce(vertx, jar));
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (alive(loaders) > 2 && System.nanoTime() < deadline) {
            System.gc();
        }
        assertThat(alive(loaders)).as("class loaders that are still reachable").isLessThanOrEqualTo(2);
        vertx.close().await();
    }

    @Test
    void aSectionThatNoPluginReadsStopsTheStart() {
        PluginJar own = PluginJars.withDescriptor(
                        "{\"id\":\"http\",\"version\":\"1\",\"api\":1,\"main\":\"p.Main\",\"settings\":[\"maxSeries\"]}")
                .source("p.Main", PluginJars.main(""))
                .bundled();
        PluginJar silent = PluginJars.plugin("audit", "", "", "").bundled();
        for (String good :
                List.of("{}", "{\"http\":{\"maxSeries\":1},\"audit\":{\"x\":1},\"comes-later\":{\"y\":1}}")) {
            assertThat(kernelWith(new JsonObject(good), own, silent).plugins().all())
                    .hasSize(2);
        }
        assertThatThrownBy(() -> kernelWith(new JsonObject("{\"hazelcats\":{}}"), own, silent))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("f: plugins.hazelcats: there is no plugin with this id")
                .hasMessageContaining("name it in plugins.later");
        assertThatThrownBy(() -> kernelWith(new JsonObject("{\"http\":{\"maxSerie\":1}}"), own, silent))
                .isInstanceOf(ConfigException.class)
                .hasMessage("f: unknown key plugins.http.maxSerie: did you mean plugins.http.maxSeries?");
    }

    @Test
    void aSectionWhosePluginMayBeTheDamagedJarDoesNotStopTheStart(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("audit.jar"), "half a jar");
        NodeConfig config = TestNodes.config(
                new NodeConfig.Plugins(directory, new JsonObject("{\"audit\":{\"topics\":[\"a\"]}}"), 5, 50, List.of()),
                1);
        Kernel kernel = new Kernel(Vertx.vertx(), 2, config, List.of());
        kernel.start().await(10, TimeUnit.SECONDS);
        assertThat(requireNonNull(kernel.health().checkAll().get("kernel/plugins"))
                        .detail()
                        .toString())
                .contains("audit.jar");
        kernel.stop().await(10, TimeUnit.SECONDS);
    }

    private static Kernel kernelWith(JsonObject sections, PluginJar... jars) {
        NodeConfig config =
                TestNodes.config(new NodeConfig.Plugins(Path.of("none"), sections, 5, 50, List.of("comes-later")), 1);
        Vertx vertx = Vertx.vertx();
        try {
            return new Kernel(vertx, 2, config, List.of(jars));
        } finally {
            vertx.close().await();
        }
    }

    private static WeakReference<ClassLoader> deployOnce(Vertx vertx, PluginJar jar) throws Exception {
        Kernel kernel = new Kernel(vertx, 1, config(), List.of(jar));
        kernel.plugins().start().await(10, TimeUnit.SECONDS);
        ClassLoader loader =
                kernel.services().service(Object.class, "").getClass().getClassLoader();
        kernel.plugins().stop(5).await(10, TimeUnit.SECONDS);
        return new WeakReference<>(loader);
    }

    private static long alive(List<WeakReference<ClassLoader>> loaders) {
        return loaders.stream().filter(loader -> loader.get() != null).count();
    }

    private static Kernel kernel(PluginJar... jars) {
        return new Kernel(Vertx.vertx(), 2, config(), List.of(jars));
    }

    private static NodeConfig config() {
        return TestNodes.config(TestNodes.plugins(), 1);
    }
}
