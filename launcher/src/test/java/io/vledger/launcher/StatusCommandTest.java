package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StatusCommandTest {
    private static final String TOKEN = "a-token-that-reading-needs";

    @TempDir
    Path directory;

    /** What a list of processes shows of a command is its arguments. */
    @Test
    void theTokenIsReadFromTheFileThatTheConfigurationNamesAndShownNowhere() throws Exception {
        Path file = Files.writeString(directory.resolve("read.token"), TOKEN + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        List<String> shown = new CopyOnWriteArrayList<>();
        HttpServer node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.createContext("/", exchange -> {
            shown.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        node.start();
        try {
            JsonObject group = new JsonObject()
                    .put("name", "broker-a")
                    .put("host", "127.0.0.1")
                    .put("port", 10911)
                    .put("peers", new JsonObject().put("n0", "127.0.0.1:40911"));
            JsonObject http = new JsonObject()
                    .put("host", "127.0.0.1")
                    .put("port", node.getAddress().getPort())
                    .put("readTokenFile", file.toString());
            Path configuration = Files.writeString(
                    directory.resolve("n0.json"),
                    new JsonObject()
                            .put("node", "n0")
                            .put("dataDir", directory.resolve("data").toString())
                            .put("http", http)
                            .put("groups", new JsonArray().add(group))
                            .encode());
            StringWriter printed = new StringWriter();
            CommandLine line = new CommandLine(new StatusCommand())
                    .setOut(new PrintWriter(printed, true))
                    .setErr(new PrintWriter(printed, true));
            assertThat(line.execute("-conf", configuration.toString())).isEqualTo(2);
            assertThat(shown).isNotEmpty().allMatch(("Bearer " + TOKEN)::equals);
            assertThat(printed.toString())
                    .contains("needs the token of http.readTokenFile")
                    .doesNotContain(TOKEN);
        } finally {
            node.stop(0);
        }
    }
}
