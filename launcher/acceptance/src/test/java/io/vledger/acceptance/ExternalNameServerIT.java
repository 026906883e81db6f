package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An unmodified RocketMQ name server knows the group, its leader and its topics. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExternalNameServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration AT_ONCE = Duration.ofSeconds(15);
    /** Generous, for a machine that does other things too; well below the 30 s of a poll. */
    private static final long OUTAGE_LIMIT_MS = 15_000;

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
        production.awaitMore(25);
        for (int kill = 0; kill < 2; kill++) {
            awaitLeaderShown(production);
            VledgerNode old = cluster.leader();
            old.kill();
            cluster.leaderOtherThan(old);
            awaitLeaderShown(production);
            production.awaitMore(25);
            old.start();
            old.awaitReady();
        }
        production.prove();
    }

    @Test
    void theRouteOfANewTopicIsThereBeforeItsFirstSendIsAnswered() {
        String name = topics.next("fresh");
        ClientProcess client = clients.of(ClientRelease.V5);
        for (int i = 0; i < 20; i++) {
            String topic = name + "_" + i;
            client.send("topic", topic, "body", "m");
            assertThat(client.call("route", "topic", topic).text("name")).isEqualTo("broker-a");
        }
    }

    /** By the second broker name, which a live follower registers. */
    @ParameterizedTest
    @EnumSource
    void theDeathOfALeaderIsBridgedBeforeTheNextPoll(ClientRelease release) {
        String topic = topics.next("bridged");
        Path place = WorkDirectory.create(directory.resolve(topic));
        try (ClientProcess client =
                ClientProcess.start(release, nameServer.address(), place, "-Dacceptance.pollMs=30000")) {
            client.createTopic(topic, 4);
            Await.until(
                    "the second name is shown",
                    LIMIT,
                    () -> client.call("route", "topic", topic).text("standby", ""),
                    standby -> !standby.isEmpty());
            assertThat(clients.of(ClientRelease.V5).mqadmin("topicRoute -t " + topic))
                    .contains("broker-a-standby");
            LoadRun load = LoadRun.start(client, topic, topic, place);
            load.awaitMore(75);
            for (int kill = 0; kill < 2; kill++) {
                load.takeLongestGapMs();
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                load.awaitMore(75);
                assertThat(load.takeLongestGapMs()).isLessThan(OUTAGE_LIMIT_MS);
                leader.start();
                leader.awaitReady();
            }
            Path acks = load.end();
            Evidence evidence = Evidence.readBack(client, topic, place.resolve("read.log"));
            evidence.queueOffsetsAreDense();
            assertThat(evidence.holdsAll(acks)).isPositive();
        }
    }

    /**
     * Here and not beside the kills, because a group on one host has one node that serves routes, and nobody can take
     * over a port from a process that stands still.
     */
    @Test
    void aLeaderThatStoodStillAcknowledgesNothingThatIsNotInTheLog() {
        Production production = Production.start(clients, topics.next("stop"), directory);
        production.awaitMore(50);
        for (int pause = 0; pause < 2; pause++) {
            VledgerNode old = cluster.leader();
            old.process().pause();
            try {
                cluster.leaderOtherThan(old);
                production.awaitMore(20);
            } finally {
                old.process().resume();
            }
            old.awaitReady();
            production.awaitMore(50);
        }
        production.prove();
    }

    private void awaitLeaderShown(Production production) {
        Await.until("the leader is shown", AT_ONCE, () -> route(production)
                .text("broker.0", "none")
                .equals(cluster.leader().clientAddress()));
    }

    private Line route(Production production) {
        return clients.of(ClientRelease.V5).call("route", "topic", production.topic());
    }
}
