package io.vledger.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vledger.api.plugin.GroupConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In whatever order a file lists the members, the group is the same. */
class MemberOrderTest {
    @TempDir
    Path directory;

    private Vertx vertx;

    @BeforeEach
    void open() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource({
        "n0, n0-n1-n2", "n0, n0-n2-n1", "n0, n1-n0-n2", "n0, n1-n2-n0", "n0, n2-n0-n1", "n0, n2-n1-n0",
        "n1, n0-n1-n2", "n1, n0-n2-n1", "n1, n1-n0-n2", "n1, n1-n2-n0", "n1, n2-n0-n1", "n1, n2-n1-n0",
        "n2, n0-n1-n2", "n2, n0-n2-n1", "n2, n1-n0-n2", "n2, n1-n2-n0", "n2, n2-n0-n1", "n2, n2-n1-n0",
    })
    void membersComeInOneOrderFromBothFormats(String node, String order) throws Exception {
        String[] ids = order.split("-");
        String json = Arrays.stream(ids)
                .map(id -> "\"" + id + "\": \"h" + id + ":40911\"")
                .collect(Collectors.joining(", ", "{", "}"));
        String classic = Arrays.stream(ids).map(id -> id + "-h" + id + ":40911").collect(Collectors.joining(";"));
        Path jsonFile = Files.writeString(
                directory.resolve("n.json"),
                "{\"node\": \"" + node + "\", \"dataDir\": \"" + directory + "\", \"groups\": [{\"name\": \"g\","
                        + " \"peers\": " + json + "}]}");
        Path classicFile = Files.writeString(
                directory.resolve("n.conf"),
                "brokerName=g\nenableDLegerCommitLog=true\ndLegerGroup=g\ndLegerSelfId=" + node + "\ndLegerPeers="
                        + classic + "\nstorePathRootDir=" + directory + "\n");
        ConfigFiles files = new ConfigFiles(vertx, "test");

        GroupConfig byJson = files.readJson(jsonFile.toString())
                .await(10, TimeUnit.SECONDS)
                .node()
                .groups()
                .get(0);
        GroupConfig byClassic = files.readBrokerConf(classicFile.toString(), Map.of())
                .await(10, TimeUnit.SECONDS)
                .node()
                .groups()
                .get(0);
        assertThat(byJson.peers().keySet()).containsExactly("n0", "n1", "n2");
        assertThat(byClassic.peers().keySet()).containsExactly("n0", "n1", "n2");
        assertThat(byJson.inSync()).isEqualTo(GroupConfig.InSync.DEFAULT);
    }
}
