package io.vledger.raft.driver.verticle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vledger.api.group.GroupRole;
import io.vledger.api.plugin.GroupConfig;
import io.vledger.api.plugin.NodeInfo;
import io.vledger.api.store.Durability;
import io.vledger.testkit.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RaftPluginTest {
    @TempDir
    Path directory;

    @Test
    void aGroupStaysOpenWhenTheDeploymentThatOpenedItEnds() throws Exception {
        LocalMember member = new LocalMember(
                "n0", directory, Map.of("n0", "127.0.0.1:" + FreePorts.next()), Durability.ASYNC, 1 << 20);
        try {
            String broker = member.openFromAnotherDeployment();
            member.vertx.undeploy(broker).await(20, TimeUnit.SECONDS);
            member.group
                    .awaitStatus(status -> status.role() == GroupRole.LEADER, 20_000)
                    .await(20, TimeUnit.SECONDS);

            assertThat(member.group.status().role()).isEqualTo(GroupRole.LEADER);
            assertThat(member.propose(7).get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            member.stop();
        }
    }

    @Test
    void aGroupOfOneHasNoPortForOthers() throws Exception {
        LocalMember member = new LocalMember("n0", directory, Map.of("n0", "127.0.0.1:0"), Durability.ASYNC, 1 << 20);
        try {
            member.group
                    .awaitStatus(status -> status.role() == GroupRole.LEADER, 20_000)
                    .await(20, TimeUnit.SECONDS);
        } finally {
            member.stop();
        }
    }

    @Test
    void aStartThatFailsLeavesNoListenerBehind() throws Exception {
        int free = FreePorts.next();
        Vertx vertx = Vertx.vertx();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket other = new ServerSocket(0, 1, loopback)) {
            NodeInfo node = new NodeInfo(
                    "n0",
                    "c",
                    directory,
                    List.of(),
                    List.of(group("g", free), group("h", other.getLocalPort())),
                    "127.0.0.1",
                    -1,
                    "test");
            RaftPlugin plugin = new RaftPlugin();
            plugin.bind(new LocalMember.TestContext(
                    node, vertx, new ConcurrentHashMap<>(), group -> {}, new AtomicReference<>(), new JsonObject()));

            assertThatThrownBy(() -> vertx.deployVerticle(plugin).await(20, TimeUnit.SECONDS))
                    .hasMessageContaining(String.valueOf(other.getLocalPort()));
            try (ServerSocket again = new ServerSocket(free, 1, loopback)) {
                assertThat(again.isBound()).isTrue();
            }
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
        }
    }

    private GroupConfig group(String name, int port) {
        return GroupConfig.builder(name, directory.resolve(name))
                .port(1)
                .peers(Map.of("n0", "127.0.0.1:" + port, "n1", "127.0.0.1:" + FreePorts.next()))
                .build();
    }
}
