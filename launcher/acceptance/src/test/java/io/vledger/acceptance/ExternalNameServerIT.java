package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An unmodified RocketMQ name server is told of the group, its leader and its topics. */
class ExternalNameServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private final Path directory = WorkDirectory.of(ExternalNameServerIT.class);

    @Test
    void itShowsEachNewLeaderAtOnce() {
        try (RealNameServer nameServer = RealNameServer.start(directory);
                VledgerCluster cluster = VledgerCluster.registeredWith(nameServer.address(), directory);
                ClientPool clients = new ClientPool(nameServer.address(), directory)) {
            cluster.startAll();
            cluster.awaitReady();
            var client = clients.of(ClientRelease.V5);
            client.createTopic("external", 4);
            Await.until(
                    "all three are registered",
                    LIMIT,
                    () -> route(clients),
                    line -> line.values().keySet().stream()
                                    .filter(key -> key.startsWith("broker."))
                                    .count()
                            == 3);
            LoadRun load = LoadRun.start(client, "load", "external", 200, directory);
            load.awaitMore(100);
            for (int kill = 0; kill < 2; kill++) {
                VledgerNode old = cluster.leader();
                assertThat(route(clients).text("broker.0")).isEqualTo(old.clientAddress());
                old.kill();
                VledgerNode successor = cluster.leaderOtherThan(old);
                Await.until(
                        "the new leader is shown",
                        AT_ONCE,
                        () -> route(clients).text("broker.0", "none"),
                        successor.clientAddress()::equals);
                load.awaitMore(100);
                old.start();
                old.awaitReady();
            }
            Path acks = load.end();
            Evidence evidence = Evidence.readBack(client, "external", directory.resolve("external.log"));
            evidence.queueOffsetsAreDense();
            assertThat(evidence.holdsAll(acks)).isPositive();
        }
    }

    private static Line route(ClientPool clients) {
        return clients.of(ClientRelease.V5).call("route", "topic", "external");
    }
}
