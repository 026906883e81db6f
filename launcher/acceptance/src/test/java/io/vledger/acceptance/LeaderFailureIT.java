package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.OffsetWatch;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Nothing that was acknowledged is lost, whatever happens to the nodes; both client releases produce throughout. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaderFailureIT {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Path directory = WorkDirectory.of(LeaderFailureIT.class);
    private final Topics topics = new Topics();
    private final VledgerCluster cluster = VledgerCluster.ofThree(directory);
    private ClientPool clients;
    private ClientProcess client;

    @BeforeAll
    void start() {
        cluster.startAll();
        clients = new ClientPool(cluster.nameServer(), directory);
        client = clients.of(ClientRelease.V5);
    }

    @AfterAll
    void stop() {
        clients.close();
        cluster.close();
    }

    @BeforeEach
    void allNodesRun() {
        cluster.nodes().stream().filter(node -> !node.isRunning()).forEach(VledgerNode::start);
        cluster.awaitReady();
    }

    /** Loads of both releases on one topic, and the proof at their end. */
    private final class Loads {
        private final String topic;
        private final LoadRun fifth;
        private final LoadRun fourth;

        Loads(String purpose) {
            topic = topics.next(purpose);
            client.createTopic(topic, 4);
            fifth = LoadRun.start(client, topic + "_v5", topic, 400, directory);
            fourth = LoadRun.start(clients.of(ClientRelease.V4), topic + "_v4", topic, 200, directory);
        }

        void awaitMore(int count) {
            fifth.awaitMore(count);
            fourth.awaitMore(count);
        }

        /** Ends both loads and reads the topic back. */
        Evidence prove() {
            List<Path> acks = List.of(fifth.end(), fourth.end());
            cluster.leader();
            Evidence evidence = Evidence.readBack(client, topic, directory.resolve(topic + ".log"));
            evidence.queueOffsetsAreDense();
            acks.forEach(file -> assertThat(evidence.holdsAll(file)).isPositive());
            return evidence;
        }
    }

    @Test
    void fiveKillsOfTheLeaderLoseNothingAndTakeNoOffsetBack() {
        Loads loads = new Loads("kills");
        String group = "g_" + loads.topic;
        client.call("push", "name", loads.topic, "group", group, "topic", loads.topic);
        try (OffsetWatch watch = new OffsetWatch(client, group, loads.topic)) {
            loads.awaitMore(200);
            for (int kill = 0; kill < 5; kill++) {
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                loads.awaitMore(200);
                leader.start();
                leader.awaitReady();
            }
            loads.awaitMore(200);
            Evidence evidence = loads.prove();
            Await.until(
                    "all that is stored has been consumed",
                    LIMIT,
                    () -> unconsumed(evidence, loads.topic),
                    Set::isEmpty);
            Await.until(
                    "all that is stored is committed",
                    LIMIT,
                    () -> client.committed(group, loads.topic).values().stream()
                            .mapToLong(each -> each)
                            .sum(),
                    sum -> sum == evidence.bodies().size());
            watch.offsetsNeverWentBack();
        }
        client.stop(loads.topic);
    }

    private Set<String> unconsumed(Evidence evidence, String consumer) {
        Set<String> bodies = new HashSet<>(evidence.bodies());
        client.deliveries(consumer).stream().map(Delivery::body).forEach(bodies::remove);
        return bodies;
    }

    @Test
    void aLeaderThatStoodStillAcknowledgesNothingThatIsNotInTheLog() {
        Loads loads = new Loads("stop");
        loads.awaitMore(200);
        for (int pause = 0; pause < 2; pause++) {
            VledgerNode old = cluster.leader();
            old.process().pause();
            VledgerNode successor = cluster.leaderOtherThan(old);
            loads.awaitMore(50);
            old.process().resume();
            old.awaitReady();
            assertThat(cluster.leader()).isSameAs(successor);
            loads.awaitMore(200);
        }
        loads.prove();
    }

    @Test
    void aWipedFollowerCatchesUpAndCountsAgain() {
        Loads loads = new Loads("wipe");
        loads.awaitMore(200);
        VledgerNode leader = cluster.leader();
        List<VledgerNode> followers =
                cluster.nodes().stream().filter(node -> node != leader).toList();
        VledgerNode wiped = followers.get(0);
        wiped.kill();
        wiped.wipe();
        loads.awaitMore(200);
        wiped.start();
        wiped.awaitReady();
        followers.get(1).kill();
        // From here the acknowledgement of the wiped node is needed for every message.
        loads.awaitMore(200);
        followers.get(1).start();
        followers.get(1).awaitReady();
        loads.prove();
        leader.kill();
        cluster.leaderOtherThan(leader);
        Evidence again = Evidence.readBack(client, loads.topic, directory.resolve(loads.topic + "-2.log"));
        again.queueOffsetsAreDense();
        assertThat(again.holdsAll(directory.resolve(loads.topic + "_v5.acks"))).isPositive();
    }

    @Test
    void aGroupThatWasKilledAsAWholeComesBackWithEverything() {
        Loads loads = new Loads("all");
        String group = "g_" + loads.topic;
        client.call("push", "name", loads.topic, "group", group, "topic", loads.topic);
        try (OffsetWatch watch = new OffsetWatch(client, group, loads.topic)) {
            loads.awaitMore(400);
            cluster.nodes().forEach(VledgerNode::kill);
            cluster.nodes().forEach(VledgerNode::start);
            cluster.awaitReady();
            loads.awaitMore(200);
            Evidence evidence = loads.prove();
            Await.until("everything is consumed", LIMIT, () -> unconsumed(evidence, loads.topic), Set::isEmpty);
            watch.offsetsNeverWentBack();
        }
        client.stop(loads.topic);
    }
}
