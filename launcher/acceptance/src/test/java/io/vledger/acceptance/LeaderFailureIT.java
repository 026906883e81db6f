package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Delivery;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.OffsetWatch;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.Scrape;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Nothing that was acknowledged is lost, whatever happens to the nodes; both client releases produce throughout. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LeaderFailureIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

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

    private Production produce(String purpose) {
        return Production.start(clients, topics.next(purpose), directory);
    }

    @Test
    void fiveKillsOfTheLeaderLoseNothingAndTakeNoOffsetBack() {
        Production production = produce("kills");
        String group = "g_" + production.topic();
        client.call("push", "name", production.topic(), "group", group, "topic", production.topic());
        try (OffsetWatch watch = new OffsetWatch(client, group, production.topic())) {
            production.awaitMore(50);
            for (int kill = 0; kill < 5; kill++) {
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                production.awaitMore(50);
                leader.start();
                leader.awaitReady();
            }
            production.awaitMore(50);
            Evidence evidence = production.prove();
            Await.until(
                    "all that is stored has been consumed",
                    LIMIT,
                    () -> unconsumed(evidence, production.topic()),
                    Set::isEmpty);
            Await.until(
                    "all that is stored is committed",
                    LIMIT,
                    () -> client.committed(group, production.topic()).values().stream()
                            .mapToLong(each -> each)
                            .sum(),
                    sum -> sum == evidence.bodies().size());
            watch.offsetsNeverWentBack();
        }
        client.stop(production.topic());
    }

    private Set<String> unconsumed(Evidence evidence, String consumer) {
        Set<String> bodies = new HashSet<>(evidence.bodies());
        client.deliveries(consumer).stream().map(Delivery::body).forEach(bodies::remove);
        return bodies;
    }

    @Test
    void aWipedFollowerCatchesUpAndCountsAgain() {
        Production production = produce("wipe");
        production.awaitMore(50);
        VledgerNode leader = cluster.leader();
        List<VledgerNode> followers =
                cluster.nodes().stream().filter(node -> node != leader).toList();
        VledgerNode wiped = followers.get(0);
        wiped.kill();
        wiped.wipe();
        production.awaitMore(50);
        wiped.start();
        wiped.awaitReady();
        followers.get(1).kill();
        // From here the acknowledgement of the wiped node is needed for every message.
        production.awaitMore(50);
        followers.get(1).start();
        followers.get(1).awaitReady();
        production.prove();
        leader.kill();
        cluster.leaderOtherThan(leader);
        Evidence again =
                Evidence.readBack(client, production.topic(), directory.resolve(production.topic() + "-2.log"));
        again.queueOffsetsAreDense();
        production.acks().forEach(acks -> assertThat(again.holdsAll(acks)).isPositive());
    }

    @Test
    void aGroupThatWasKilledAsAWholeComesBackWithEverything() {
        Production production = produce("all");
        String group = "g_" + production.topic();
        client.call("push", "name", production.topic(), "group", group, "topic", production.topic());
        try (OffsetWatch watch = new OffsetWatch(client, group, production.topic())) {
            production.awaitMore(100);
            cluster.nodes().forEach(VledgerNode::kill);
            cluster.nodes().forEach(VledgerNode::start);
            cluster.awaitReady();
            production.awaitMore(50);
            Evidence evidence = production.prove();
            Await.until("everything is consumed", LIMIT, () -> unconsumed(evidence, production.topic()), Set::isEmpty);
            watch.offsetsNeverWentBack();
        }
        client.stop(production.topic());
    }

    @Test
    void whatRotsOnTheLeaderIsRepairedAndDeliveredAndItsIndexesAreRebuilt() throws IOException {
        String topic = topics.next("rot");
        client.createTopic(topic, 1);
        client.send("topic", topic, "body", topic + "-body", "count", 20);
        cluster.nodes().forEach(VledgerNode::stop);
        for (VledgerNode node : cluster.nodes()) {
            // In the first header: found when the node starts, on all three, since indexes need no other member.
            for (Path index : files(node, "queues", "keys")) {
                flip(index, 10);
            }
        }
        // A busy machine must not change the leader whose file rots.
        cluster.electAfter(3_000);
        allNodesRun();
        cluster.electAfter(600);
        assertThat(cluster.nodes())
                .allSatisfy(node -> assertThat(node.log()).contains("the indexes are rebuilt from the log"));
        VledgerNode leader = cluster.leader();
        byte[] body = (topic + "-body-7").getBytes(StandardCharsets.UTF_8);
        Path rotten = null;
        long at = -1;
        for (Path segment : files(leader, "log")) {
            int found = segment.toString().endsWith("0") ? indexOf(Files.readAllBytes(segment), body) : -1;
            if (found >= 0) {
                rotten = segment;
                at = found;
            }
        }
        assertThat(rotten).as("the segment with the message").isNotNull();
        flip(rotten, at);
        // A record that was read before, and verified, counts as read from memory for a second; who reads it from now
        // on finds the damage.
        long flipped = System.nanoTime();
        Await.until(
                "nothing of the segment counts as read from memory",
                LIMIT,
                () -> System.nanoTime() - flipped > TimeUnit.MILLISECONDS.toNanos(1_500));
        // Refused at first, and asked again by the client.
        List<String> bodies = Evidence.readBack(client, topic, directory.resolve(topic + ".log"))
                .bodies();
        assertThat(bodies)
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20)
                        .mapToObj(number -> topic + "-body-" + number)
                        .toList());
        assertThat(Scrape.of(leader).sum("rocketmq_storage_damage_repaired_total"))
                .isPositive();
        assertThat(leader.log()).contains("damage in the log").contains("repaired 1 of the entries");
        assertThat(indexOf(Files.readAllBytes(rotten), body)).isEqualTo((int) at);
    }

    private static List<Path> files(VledgerNode node, String... directories) throws IOException {
        try (Stream<Path> all = Files.walk(node.dataDirectory())) {
            return all.filter(Files::isRegularFile)
                    .filter(path -> List.of(directories)
                            .contains(requireNonNull(path.getParent())
                                    .getFileName()
                                    .toString()))
                    .toList();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            if (at < bytes.length()) {
                bytes.seek(at);
                int was = bytes.read();
                bytes.seek(at);
                bytes.write(was ^ 1);
            }
        }
    }

    private static int indexOf(byte[] all, byte[] wanted) {
        for (int at = 0; at + wanted.length <= all.length; at++) {
            if (Arrays.equals(all, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }
}
