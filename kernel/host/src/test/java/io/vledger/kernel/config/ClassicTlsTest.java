package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import io.vledger.api.plugin.GroupConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RocketMQ's settings of TLS, and the secret of the members, in a classic set-up. */
class ClassicTlsTest {
    @TempDir
    Path directory;

    @Test
    void systemPropertiesThatAskForTlsAreRefusedWhereTheyDoNotCount() {
        for (String property : new String[] {
            "tls.server.mode=enforcing", "tls.enable=true", "tls.config.file=/x", "tls.server.keyPath=/k"
        }) {
            String key = property.substring(0, property.indexOf('='));
            Properties properties = new Properties();
            properties.setProperty(key, property.substring(key.length() + 1));
            assertThatThrownBy(() -> ConfigFiles.checkSystemProperties(properties, false))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageStartingWith("-D" + property + ": ");
            properties.setProperty(key, "permissive");
            ConfigFiles.checkSystemProperties(properties, false);
        }
        Properties properties = new Properties();
        properties.setProperty("tls.server.mode", "enforcing");
        ConfigFiles.checkSystemProperties(properties, true);
        properties.setProperty("tls.enable", "true");
        assertThatThrownBy(() -> ConfigFiles.checkSystemProperties(properties, true))
                .hasMessageStartingWith("-Dtls.enable=true: is not done here");
    }

    @Test
    void settingsOfTlsComeFromTheirOwnFileThenFromSystemPropertiesThenFromTheBrokersFile() throws Exception {
        Path own = Files.writeString(
                directory.resolve("tls.properties"), "tls.server.certPath=/own.pem\ntls.client.certPath=/ignored");
        Properties system = new Properties();
        system.setProperty("tls.server.certPath", "/system.pem");
        system.setProperty("tls.server.keyPath", "/system.key");
        system.setProperty("user.home", "/home");
        Map<String, String> conf = Map.of("tls.config.file", own.toString(), "tls.server.keyPath", "/conf.key");
        assertThat(ClassicTls.read(conf, system))
                .containsEntry("tls.server.certPath", "/own.pem")
                .containsEntry("tls.server.keyPath", "/system.key")
                .doesNotContainKeys("tls.client.certPath", "user.home");
        assertThatThrownBy(() -> ClassicTls.read(Map.of("tls.config.file", directory + "/absent"), system))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("tls.config.file = " + directory + "/absent: cannot be read");
    }

    @Test
    void aClassicFileGivesThePluginsWhatProtects() {
        NodeConfig config = read(
                """
                        listenPort=7
                        tls.server.mode=enforcing
                        tls.server.certPath=/c.pem
                        tls.server.keyPath=/k.pem
                        tls.server.keyPassword=changeit
                        tls.server.trustCertPath=/t.pem
                        tls.server.need.client.auth=require
                        vledgerPeerSecretFile=/s
                        """);
        assertThat(config.plugins().sections().getJsonObject("remoting").getJsonObject("tls"))
                .isEqualTo(new JsonObject()
                        .put("certificate", "/c.pem")
                        .put("key", "/k.pem")
                        .put("trust", "/t.pem")
                        .put("mode", "enforcing")
                        .put("clientAuth", "require")
                        .put("members", true)
                        .put("keyPassword", "changeit"));
        assertThat(config.node().groups().get(0).peerSecurity())
                .isEqualTo(new GroupConfig.PeerSecurity(GroupConfig.PeerSecurity.Mode.REQUIRED, "/s"));
        assertThat(config.effective().toString()).doesNotContain("changeit");
    }

    private static NodeConfig read(String text) {
        ClassicFile content = ClassicFile.parse("b.conf", text.getBytes(StandardCharsets.ISO_8859_1));
        return NodeReader.readClassic(
                "b.conf", new BrokerConf("b.conf", content, Map.of(), new LocalHost(), Placeholders.of(Map.of())), "1");
    }
}
