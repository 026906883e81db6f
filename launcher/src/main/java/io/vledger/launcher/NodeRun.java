package io.vledger.launcher;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vledger.api.group.Group;
import io.vledger.api.group.Readiness;
import io.vledger.kernel.HeapFrugality;
import io.vledger.kernel.Kernel;
import io.vledger.kernel.Transports;
import io.vledger.kernel.config.ConfigFiles;
import io.vledger.kernel.config.NodeConfig;
import io.vledger.kernel.plugin.PluginJar;
import io.vledger.launcher.exit.ExitCode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs one node from its configuration to its end. */
final class NodeRun {
    private static final long CONFIG_SECONDS = 30;
    private static final List<String> IMPORTANT = List.of(
            "node",
            "cluster",
            "dataDir",
            "nameServers",
            "http.",
            ".name",
            ".host",
            ".bindHost",
            ".port",
            ".peers",
            ".durability",
            "dLeger",
            "broker",
            "listenPort",
            "grpcServerPort",
            "bindAddress",
            "namesrvAddr",
            "storePath",
            "flushDiskType",
            "vledger");

    /** Which keys are printed instead of running the node. */
    enum Print {
        NONE,
        IMPORTANT,
        ALL
    }

    /**
     * Where the configuration comes from.
     *
     * @param json path of a JSON file; null if it is {@code brokerConf}
     * @param brokerConf path of RocketMQ's {@code broker.conf}
     * @param nameServers wins over the {@code namesrvAddr} of the latter, if not null
     * @param proxy whether 5.x clients are served in any case
     */
    record Source(@Nullable String json, @Nullable String brokerConf, @Nullable String nameServers, boolean proxy) {}

    private final Source source;
    private final Print print;
    private final PrintWriter out;

    NodeRun(Source source, Print print, PrintWriter out) {
        this.source = source;
        this.print = print;
        this.out = out;
    }

    /** Returns the exit code, once the node has stopped. */
    int run() throws InterruptedException, TimeoutException {
        // Before a second thread asks for a logger: SLF4J complains about those that come while it begins.
        LoggerFactory.getILoggerFactory();
        Path location = Build.location();
        CompletableFuture<List<PluginJar>> bundled = CompletableFuture.supplyAsync(() -> BundledPlugins.read(location));
        Vertx vertx = Transports.createVertx();
        boolean running = false;
        try {
            ConfigFiles files = new ConfigFiles(vertx, Build.version());
            NodeConfig config = readConfig(source.proxy() ? files.enablingProxy() : files);
            if (print != Print.NONE) {
                print(config);
                return ExitCode.OK;
            }
            List<PluginJar> jars = BundledPlugins.wanted(
                    location, bundled.join(), config.plugins().sections().fieldNames());
            runNode(location, vertx, config, jars);
            running = true;
            return ExitCode.OK;
        } finally {
            if (!running) {
                vertx.close().await(CONFIG_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private NodeConfig readConfig(ConfigFiles files) throws TimeoutException {
        String json = source.json();
        ConfigFiles.checkSystemProperties(System.getProperties(), json == null);
        if (json != null) {
            return files.readJson(json).await(CONFIG_SECONDS, TimeUnit.SECONDS);
        }
        String names = source.nameServers();
        Map<String, String> overrides = names == null ? Map.of() : Map.of("namesrvAddr", names);
        return files.readBrokerConf(String.valueOf(source.brokerConf()), overrides)
                .await(CONFIG_SECONDS, TimeUnit.SECONDS);
    }

    private void runNode(Path location, Vertx vertx, NodeConfig config, List<PluginJar> jars)
            throws InterruptedException {
        LogSetup.useDirectory(config.node().id(), config.node().dataDirectory());
        Logger log = LoggerFactory.getLogger("io.vledger.Node");
        log.info(
                "vledger {} starts node {} in {} ({}, {} loops)",
                Build.version(),
                config.node().id(),
                config.node().dataDirectory(),
                Transports.transportName(),
                Transports.eventLoops());
        Kernel kernel = new Kernel(vertx, Transports.eventLoops(), config, jars);
        AtomicReference<RunFile> runFile = new AtomicReference<>();
        CountDownLatch stopped = new CountDownLatch(1);
        Thread hook = new Thread(() -> stop(kernel, log, runFile, stopped), "shutdown");
        Future<Void> start = kernel.start();
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            start.await();
        } catch (RuntimeException e) {
            kernel.stop().await();
            unhook(hook);
            throw e;
        }
        runFile.set(RunFile.write(location, config.node().id(), config.node().dataDirectory()));
        log.info(
                "node {} has started, {} ms after the process began; {}",
                config.node().id(),
                System.currentTimeMillis()
                        - java.lang.management.ManagementFactory.getRuntimeMXBean()
                                .getStartTime(),
                groups(kernel, config));
        HeapFrugality.settle();
        stopped.await();
    }

    /** How the groups are now: a node that has started may still wait for others, or for its old data. */
    private static String groups(Kernel kernel, NodeConfig config) {
        Map<String, Group> open = kernel.services().services(Group.class);
        return config.node().groups().stream()
                .map(group -> {
                    Group running = open.get(group.name());
                    if (running == null) {
                        return "group " + group.name() + " is not open yet";
                    }
                    String fault = Readiness.whyNotReady(running.status());
                    return "group " + group.name() + (fault.isEmpty() ? " is ready" : " " + fault);
                })
                .collect(Collectors.joining("; "));
    }

    private static void unhook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException alreadyStopping) {
            LoggerFactory.getLogger("io.vledger.Node").debug("the process is being stopped already");
        }
    }

    /** The orderly end, on the hook's thread: the JVM is gone as soon as it returns. */
    private static void stop(Kernel kernel, Logger log, AtomicReference<RunFile> runFile, CountDownLatch stopped) {
        log.info("asked to stop");
        kernel.stop().await();
        RunFile written = runFile.get();
        if (written != null) {
            written.remove();
        }
        log.info("stopped");
        LogSetup.close();
        stopped.countDown();
    }

    private void print(NodeConfig config) {
        config.effective().forEach((key, value) -> {
            if (print == Print.ALL || IMPORTANT.stream().anyMatch(key::contains)) {
                out.println(key + "=" + value);
            }
        });
        out.flush();
    }
}
