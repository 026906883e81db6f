package io.vledger.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.metrics.MetricSource;
import io.vledger.api.plugin.PluginAdministration;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.kernel.plugin.PluginJars;
import io.vledger.testkit.Eventually;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of plugins that were deployed into a running kernel and undeployed again: nothing. */
class PluginLeaksTest {
    private static final int ROUNDS = 100;

    /** The state of a socket in the tables of the system. */
    private static final String LISTENING = "0A";

    /** Closes nothing itself. */
    private static final String CARELESS =
            """
            @Override public Future<?> start() {
              plugin().provide(io.vledger.api.metrics.MetricSource.class, "leak", sink -> log("collect"));
              plugin().health().register("x", () -> Health.up(new io.vertx.core.json.JsonObject()));
              plugin().watch(io.vledger.api.metrics.MetricSource.class, found -> seen = found.size());
              vertx.setPeriodic(1, t -> ticks++);
              vertx.eventBus().consumer("leak", message -> log("message"));
              return vertx.createNetServer().connectHandler(socket -> socket.close()).listen(0, "127.0.0.1")
                  .onSuccess(server -> log("port " + server.actualPort()));
            }
            private volatile int seen;
            private volatile int ticks;
            """;

    @TempDir
    private Path directory;

    @Test
    void aHundredDeploymentsLeaveNothingBehind() throws Exception {
        everythingIsGoneAfter(false);
    }

    @Test
    void neitherDoTheyOnAnEventLoop() throws Exception {
        everythingIsGoneAfter(true);
    }

    private void everythingIsGoneAfter(boolean eventLoop) throws Exception {
        List<String> log = Collections.synchronizedList(new ArrayList<>());
        System.getProperties().put("plugin.test.log", log);
        Vertx vertx = Vertx.vertx();
        NodeConfig.Plugins plugins = new NodeConfig.Plugins(directory, new JsonObject(), 10, 1000, List.of());
        Kernel kernel = new Kernel(vertx, 1, TestNodes.config(plugins, 5), List.of());
        try {
            kernel.start().await(20, TimeUnit.SECONDS);
            byte[] jar = jar(eventLoop);
            List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
            loaders.add(deployAndUndeploy(kernel, jar));
            Set<String> checks = kernel.health().checkAll().keySet();
            Set<String> deployments = vertx.deploymentIDs();
            Set<String> threads = pluginThreads();
            int before = Thread.activeCount();
            for (int i = 1; i < ROUNDS; i++) {
                loaders.add(deployAndUndeploy(kernel, jar));
            }
            Eventually.await("the plugins' threads end", () -> pluginThreads().isEmpty());
            assertThat(threads).as("threads of plugins after the first").hasSizeLessThanOrEqualTo(1);
            Eventually.await("no thread more than before", () -> Thread.activeCount() <= before + 2);
            Eventually.await("the class loaders are collected", () -> {
                System.gc();
                return loaders.stream().allMatch(loader -> loader.get() == null);
            });
            assertThat(kernel.health().checkAll().keySet()).isEqualTo(checks);
            assertThat(vertx.deploymentIDs()).isEqualTo(deployments);
            assertThat(kernel.services().services(MetricSource.class)).isEmpty();
            assertThat(directory).isEmptyDirectory();
            vertx.eventBus().publish("leak", "is anybody there?");
            List<Integer> ports = log.stream()
                    .filter(line -> line.startsWith("port "))
                    .map(line -> Integer.valueOf(line.substring(5)))
                    .toList();
            assertThat(ports).hasSize(ROUNDS);
            // Whether a port is free would say nothing: the system may have given it to another process.
            assertThat(listeningPorts()).doesNotContainAnyElementsOf(ports);
            try (ServerSocket own = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                assertThat(listeningPorts()).contains(own.getLocalPort());
            }
            assertThat(log).doesNotContain("message");
        } finally {
            kernel.stop().await(20, TimeUnit.SECONDS);
            System.getProperties().remove("plugin.test.log");
        }
    }

    private static WeakReference<ClassLoader> deployAndUndeploy(Kernel kernel, byte[] jar) throws Exception {
        PluginAdministration plugins = kernel.services().service(PluginAdministration.class, "");
        plugins.deploy(jar).await(20, TimeUnit.SECONDS);
        assertThat(kernel.health().checkAll()).containsKey("leak/x");
        WeakReference<ClassLoader> loader = new WeakReference<>(
                kernel.services().service(MetricSource.class, "leak").getClass().getClassLoader());
        assertThat(String.valueOf(loader.get())).contains("PluginClassLoader");
        plugins.undeploy("leak").await(20, TimeUnit.SECONDS);
        return loader;
    }

    private static byte[] jar(boolean eventLoop) {
        return PluginJars.withDescriptor(new JsonObject()
                        .put("id", "leak")
                        .put("version", "1")
                        .put("api", 1)
                        .put("main", "p.Main")
                        .put("provides", List.of(MetricSource.class.getName()))
                        .put("hot", true)
                        .put("eventLoop", eventLoop)
                        .encode())
                .source("p.Main", PluginJars.main(CARELESS))
                .bytes();
    }

    /** The TCP ports that this process listens on. */
    private static Set<Integer> listeningPorts() throws IOException {
        Set<String> sockets = new HashSet<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open) {
                try {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                } catch (NoSuchFileException closed) {
                    // It was closed meanwhile, or is that of the directory itself.
                }
            }
        }
        Set<Integer> ports = new HashSet<>();
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
                String[] columns = line.trim().split("\\s+");
                if (columns[3].equals(LISTENING) && sockets.contains("socket:[" + columns[9] + "]")) {
                    ports.add(Integer.parseInt(columns[1].substring(columns[1].indexOf(':') + 1), 16));
                }
            }
        }
        return ports;
    }

    private static Set<String> pluginThreads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("plugin-")) {
                names.add(thread.getName());
            }
        }
        return names;
    }
}
