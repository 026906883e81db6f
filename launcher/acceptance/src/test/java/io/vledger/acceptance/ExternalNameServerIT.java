package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import io.vledger.acceptance.line.Line;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** An unmodified RocketMQ name server is told of the group, its leader and its topics. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExternalNameServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration AT_ONCE = Duration.ofSeconds(2);

    private final Path directory = WorkDirectory.of(ExternalNameServerIT.class);
    private final Topics topics = new Topics();
    private RealNameServer nameServer;
    private VledgerCluster cluster;
    private ClientPool clients;

    @BeforeAll
    void start() {
        nameServer = RealNameServer.start(directory);
        cluster = VledgerCluster.registeredWith(nameServer.address(), directory);
        clients = new ClientPool(nameServer.address(), directory);
        cluster.startAll();
        cluster.awaitReady();
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
        nameServer.close();
    }

    @Test
    void itShowsEachNewLeaderAtOnce() {
        Production production = Production.start(clients, topics.next("external"), directory);
        Await.until(
                "all three are registered",
                LIMIT,
                () -> route(production),
                line -> line.values().keySet().stream()
                                .filter(key -> key.startsWith("broker."))
                                .count()
                        == 3);
        production.awaitMore(100);
        for (int kill = 0; kill < 2; kill++) {
            VledgerNode old = cluster.leader();
            assertThat(route(production).text("broker.0")).isEqualTo(old.clientAddress());
            old.kill();
            VledgerNode successor = cluster.leaderOtherThan(old);
            Await.until(
                    "the new leader is shown",
                    AT_ONCE,
                    () -> route(production).text("broker.0", "none"),
                    successor.clientAddress()::equals);
            production.awaitMore(100);
            old.start();
            old.awaitReady();
        }
        production.prove();
    }

    /**
     * Here and not beside the kills, because a group on one host has one node that serves routes, and nobody can take
     * over a port from a process that stands still.
     */
    @Test
    void aLeaderThatStoodStillAcknowledgesNothingThatIsNotInTheLog() {
        Production production = Production.start(clients, topics.next("stop"), directory);
        production.awaitMore(200);
        for (int pause = 0; pause < 2; pause++) {
            VledgerNode old = cluster.leader();
            old.process().pause();
            try {
                cluster.leaderOtherThan(old);
                production.awaitMore(50);
            } finally {
                old.process().resume();
            }
            old.awaitReady();
            assertThat(cluster.leader()).isNotSameAs(old);
            production.awaitMore(200);
        }
        production.prove();
    }

    private Line route(Production production) {
        return clients.of(ClientRelease.V5).call("route", "topic", production.topic());
    }
}
