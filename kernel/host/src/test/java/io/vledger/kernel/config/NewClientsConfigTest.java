package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether RocketMQ's 5.x clients are served, and where. */
class NewClientsConfigTest {
    private static final Path CONF = Path.of("../../conf");

    private final Vertx vertx = Vertx.vertx();
    private final ConfigFiles plain = new ConfigFiles(vertx, "1");

    @TempDir
    Path directory;

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static NodeConfig read(ConfigFiles files, Path file) throws Exception {
        boolean json = Files.readString(file).startsWith("{");
        return (json ? files.readJson(file.toString()) : files.readBrokerConf(file.toString(), Map.of()))
                .await(10, TimeUnit.SECONDS);
    }

    /** Several nodes of a machine do not meet at 8081, and a broker.conf opens what it opens with RocketMQ. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
            n0.json                                    | false | -1
            n0.json                                    | true  | 8081
            single.json                                | false | -1
            dledger/broker-n0.conf                     | false | -1
            dledger/broker-n0.conf                     | true  | 8081
            {"grpc":{},                                | false | 8081
            {"plugins":{"grpc":{}},                    | false | 8081
            {"grpc":{"invisibleMs":20000},             | false | 8081
            {"grpc":{"port":8085},                     | false | 8085
            {"grpc":{"port":8085},                     | true  | 8085
            {"grpc":{"port":-1},                       | false | -1
            {"grpc":{"port":-1},"plugins":{"grpc":{}}, | false | -1
            defaultInvisibleTimeMills=20000            | false | -1
            vledgerGrpcHost=127.0.0.1                  | false | 8081
            grpcServerPort=8085                        | false | 8085
            grpcServerPort=8085                        | true  | 8085
            """)
    void newClientsAreServedWhereTheyAreAskedForAndThenOn8081(String content, boolean proxy, int port)
            throws Exception {
        Path file = CONF.resolve(content);
        boolean json = content.endsWith(".json") || content.startsWith("{");
        if (!Files.exists(file)) {
            String rest =
                    json ? "\"node\":\"n0\",\"groups\":[{\"name\":\"a\"}]}" : "\nbrokerName=b\nstorePathRootDir=s\n";
            file = Files.writeString(directory.resolve("file"), content + rest);
        }
        ConfigFiles files = proxy ? plain.enablingProxy() : plain;
        NodeConfig config = read(files, file);
        JsonObject section = config.plugins().sections().getJsonObject("grpc");
        assertThat(section == null ? -1 : section.getInteger("port"))
                .as("the plugin is deployed if there is a section for it")
                .isEqualTo(port);
        assertThat(config.effective()).containsEntry(json ? "grpc.port" : "grpcServerPort", Integer.toString(port));
    }

    @Test
    void whatContradictsItselfAboutNewClientsIsRefused() throws Exception {
        String rest = "\"node\":\"n0\",\"groups\":[{\"name\":\"a\"}]}";
        Path none = Files.writeString(directory.resolve("n0.json"), "{\"grpc\":{\"port\":-1}," + rest);
        assertThatThrownBy(() -> read(plain.enablingProxy(), none))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--enable-proxy");
        Path elsewhere =
                Files.writeString(directory.resolve("n1.json"), "{\"plugins\":{\"grpc\":{\"port\":8085}}," + rest);
        assertThatThrownBy(() -> read(plain, elsewhere)).hasMessageContaining("plugins.grpc.port");
    }
}
