package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.kernel.config.ConfigFiles;
import io.vledger.kernel.config.NodeConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the configuration gives to plugins is what their descriptors say that they read: else a node does not start. */
class PluginSettingsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Map<String, String> DESCRIPTORS = Map.of(
            "http",
            "plugins/http",
            "remoting",
            "plugins/remoting",
            "raft",
            "raft-verticle/driver",
            "broker",
            "plugins/broker",
            "grpc",
            "plugins/grpc");

    @TempDir
    Path directory;

    @Test
    void everyKeyThatProtectsIsReadByThePluginThatIsGivenIt() throws Exception {
        Path file = Files.writeString(directory.resolve("file.pem"), "a file that is there");
        String path = "\"" + file + "\"";
        Path config = Files.writeString(
                directory.resolve("n.json"),
                """
                {
                  "node": "n0",
                  "dataDir": "%s",
                  "http": {
                    "port": 9999, "tls": true, "tokenFile": %s, "readTokenFile": %s, "administerTokenFile": %s,
                    "hostNames": "a.example,b.example", "deployPlugins": true, "deployPluginsSignedBy": %s
                  },
                  "tls": {"certificate": %s, "key": %s, "trust": %s, "keyPassword": "x", "clientAuth": "optional"},
                  "proxyProtocolFrom": "10.0.0.0/8",
                  "plugins": {"grpc": {"maxConnectionsPerAddress": 100, "firstFrameSeconds": 5}},
                  "groups": [{"name": "a", "peerSecurity": {"secretFile": %s, "tls": "required"}}]
                }
                """
                        .formatted(directory, path, path, path, path, path, path, path, path));
        Vertx vertx = Vertx.vertx();
        try {
            NodeConfig read =
                    new ConfigFiles(vertx, "test").readJson(config.toString()).await(20, TimeUnit.SECONDS);
            JsonObject sections = read.plugins().sections();
            assertThat(sections.fieldNames()).contains("http", "remoting", "raft", "grpc");
            for (String plugin : sections.fieldNames()) {
                assertThat(settings(plugin))
                        .as(plugin)
                        .containsAll(sections.getJsonObject(plugin).fieldNames());
            }
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    private static Iterable<Object> settings(String plugin) throws IOException {
        Path module = ROOT.resolve(Optional.ofNullable(DESCRIPTORS.get(plugin)).orElseThrow());
        return new JsonObject(Files.readString(module.resolve("src/main/resources/META-INF/plugin.json")))
                .getJsonArray("settings");
    }
}
