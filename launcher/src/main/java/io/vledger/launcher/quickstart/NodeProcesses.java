package io.vledger.launcher.quickstart;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vledger.launcher.exit.LauncherException;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Three node processes in a temporary directory. Closing kills what still runs and removes the directory. */
final class NodeProcesses implements Closeable {
    static final String BROKER = "quickstart";
    private static final int NODES = 3;
    private static final int STOP_SECONDS = 15;

    private final Path directory;
    private final List<Process> processes = new ArrayList<>();
    private final List<String> clientAddresses = new ArrayList<>();
    private final String nameServer;
    private boolean closed;

    /** Starts the nodes from this jar; they come up while the caller continues. */
    NodeProcesses(Path jar) throws IOException {
        directory = Files.createTempDirectory("vledger-quickstart-");
        int[] ports = freePorts(3 * NODES + 1);
        nameServer = "127.0.0.1:" + ports[3 * NODES];
        JsonObject peers = new JsonObject();
        for (int i = 0; i < NODES; i++) {
            peers.put("n" + i, "127.0.0.1:" + ports[NODES + i]);
            clientAddresses.add("127.0.0.1:" + ports[i]);
        }
        Path plugins = Files.createDirectory(directory.resolve("plugins"));
        for (int i = 0; i < NODES; i++) {
            JsonObject group = new JsonObject()
                    .put("name", BROKER)
                    .put("port", ports[i])
                    .put("peers", peers)
                    .put("store", new JsonObject().put("segmentBytes", 64 << 20));
            JsonObject config = new JsonObject()
                    .put("node", "n" + i)
                    .put("dataDir", directory.resolve("n" + i).toString())
                    .put("nameServers", new JsonArray().add(nameServer))
                    .put("http", new JsonObject().put("port", ports[2 * NODES + i]))
                    .put("groups", new JsonArray().add(group))
                    .put("plugins", new JsonObject().put("directory", plugins.toString()));
            Path file = Files.writeString(directory.resolve("n" + i + ".json"), config.encodePrettily());
            processes.add(start(jar, file, directory.resolve("n" + i + ".log")));
        }
    }

    String nameServer() {
        return nameServer;
    }

    /** Name of the node with this client address. */
    String nameOf(String clientAddress) {
        return "n" + clientAddresses.indexOf(clientAddress);
    }

    /** Kills a node with SIGKILL. */
    void kill(String clientAddress) throws InterruptedException {
        Process process = processes.get(clientAddresses.indexOf(clientAddress));
        process.destroyForcibly().waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    }

    /** Complains if a node that should run has ended. */
    void requireAlive(int expected) throws IOException {
        long alive = processes.stream().filter(Process::isAlive).count();
        if (alive < expected) {
            for (int i = 0; i < NODES; i++) {
                if (!processes.get(i).isAlive()) {
                    throw new LauncherException("node n" + i + " ended by itself: " + lastLine(i));
                }
            }
        }
    }

    private String lastLine(int node) throws IOException {
        List<String> lines = Files.readAllLines(directory.resolve("n" + node + ".log"));
        return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        processes.forEach(Process::destroy);
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
            for (Process process : processes) {
                process.waitFor(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                process.destroyForcibly();
                process.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            processes.forEach(Process::destroyForcibly);
            Thread.currentThread().interrupt();
        }
        delete(directory);
    }

    private static Process start(Path jar, Path config, Path log) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        ProcessBuilder builder = new ProcessBuilder(
                java,
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                jar.toString(),
                "-conf",
                config.toString());
        builder.environment()
                .put("VLEDGER_RUN_DIR", config.resolveSibling("run").toString());
        return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    private static int[] freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            int[] ports = new int[count];
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports[i] = socket.getLocalPort();
            }
            return ports;
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            directory.toFile().deleteOnExit();
        }
    }
}
