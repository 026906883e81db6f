package io.vledger.acceptance;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldStore;
import io.vledger.acceptance.fixture.OldStores;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The directories of a real master and its slave become groups, with every message still readable. The slave was killed first and
 * lacks the master's last messages. Both had {@code enableConsumeQueueExt}: their consume queues lack tags and times of delivery.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TakeOverIT {
    private static final String BROKER = OldStores.MASTER;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int FILE_BYTES = 1 << 20;

    private final Path directory = WorkDirectory.of(TakeOverIT.class);
    private final OldStore old = OldStores.masterAndSlave();
    private OldStore.PortLease ports;
    private History history;
    private int cases;

    @BeforeAll
    void lease() throws IOException {
        ports = old.leasePorts();
        history = old.history(directory);
    }

    @AfterAll
    void giveBack() {
        ports.close();
    }

    private Path master(Path to) throws IOException {
        return old.copy(0, to);
    }

    private Path slave(Path to) throws IOException {
        return old.copy(1, to);
    }

    private VledgerCluster upgraded(Path here, List<Path> roots, String... more) {
        return VledgerCluster.upgraded(here, BROKER, ports.ports().get(0), roots, more);
    }

    private void timersCome(ClientProcess client) {
        List<String> bodies = Await.until(
                "timers of the old broker",
                Duration.ofSeconds(90),
                () -> Evidence.readBack(client, OldStores.TIMED, directory.resolve("timed" + cases + ".log"))
                        .bodies(),
                all -> all.size() >= 6);
        assertThat(bodies).doesNotHaveDuplicates().hasSize(6);
        assertThat(bodies.stream().filter(each -> each.startsWith("new"))).hasSize(3);
    }

    private ClientProcess client(String name, String nameServer) {
        return ClientProcess.start(
                ClientRelease.V5, nameServer, WorkDirectory.create(directory.resolve(name + "-client")));
    }

    /** A directory for a case of its own. */
    private Path next() {
        return WorkDirectory.create(directory.resolve("case" + cases++));
    }

    private ClientProcess started(VledgerCluster cluster) {
        cluster.startAll();
        cluster.awaitReady();
        return client("new" + cases, cluster.nameServer());
    }

    @Test
    void aMasterBecomesAGroupOfThree() throws IOException {
        Path here = next();
        Path store = master(here.resolve("n0/store"));
        Map<String, String> before = OldFiles.digests(store);
        List<Path> roots = List.of(store, here.resolve("n1/store"), here.resolve("n2/store"));
        try (VledgerCluster cluster = upgraded(here, roots);
                ClientProcess client = started(cluster)) {
            history.isThere(client);
            history.isFound(client);
            history.isFilteredByTag(client);
            history.hasNothingDeleted(client);
            history.deliversWhatWasPopped(client);
            history.isResumed(client);
            history.isWrittenOn(client);
            history.deliversLate(client);
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            history.isThere(client);
            leader.start();
            leader.awaitReady();
            history.isFound(client);
            timersCome(client);
            // A node that lost everything is given the old messages by the others.
            VledgerNode wiped = cluster.nodes().stream()
                    .filter(node -> node != cluster.leader())
                    .filter(node -> !node.id().equals("n0"))
                    .findFirst()
                    .orElseThrow();
            wiped.kill();
            WorkDirectory.remove(roots.get(Integer.parseInt(wiped.id().substring(1))));
            wiped.start();
            wiped.awaitReady();
            cluster.nodes().forEach(VledgerNode::kill);
            cluster.startAll();
            cluster.awaitReady();
            history.isThere(client);
        }
        assertThat(OldFiles.digests(store)).as("the old files").containsAllEntriesOf(before);
    }

    @Test
    void theMastersTailWins() throws IOException {
        Path here = next();
        Path longer = master(here.resolve("n1/store"));
        Path shorter = slave(here.resolve("n0/store"));
        Map<String, String> before = OldFiles.digests(shorter);
        try (VledgerCluster cluster = upgraded(here, List.of(shorter, longer, here.resolve("n2/store")));
                ClientProcess client = started(cluster)) {
            for (int kill = 0; kill < 3; kill++) {
                history.isThere(client);
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                leader.start();
                leader.awaitReady();
            }
            history.isWrittenOn(client);
        }
        assertThat(OldFiles.digests(shorter)).as("the slave's files").containsAllEntriesOf(before);
    }

    @Test
    void aMemberThatIsDamagedInTheMiddleTakesAWholeCopy() throws IOException {
        Path here = next();
        Path whole = master(here.resolve("n0/store"));
        Path damaged = master(here.resolve("n1/store"));
        OldFiles.flip(damaged.resolve("commitlog/00000000000000000000"), 500_000, 3);
        try (VledgerCluster cluster = upgraded(here, List.of(whole, damaged));
                ClientProcess client = started(cluster)) {
            history.isThere(client);
            // It is refused for as long as the other lacks something.
            Await.until("the damaged one leads", LIMIT, () -> {
                cluster.nodes().get(0).post("/v1/groups/" + BROKER + "/transfer");
                return cluster.leader().id().equals("n1");
            });
            history.isThere(client);
        }
    }

    @Test
    void aTornTailAndMissingQueuesAndOffsetsAheadAreRepaired() throws IOException {
        Path here = next();
        Path store = master(here.resolve("n0/store"));
        assertThat(store.resolve("abort")).exists();
        OldFiles.tear(store);
        WorkDirectory.remove(store.resolve("consumequeue"));
        Path offsets = store.resolve("config/consumerOffset.json");
        Files.writeString(
                offsets,
                Files.readString(offsets)
                        .replaceFirst("\"offsetTable\"\\s*:\\s*\\{", "\"offsetTable\":{\"plain@ahead\":{0:9999},"));
        try (VledgerCluster cluster = upgraded(here, List.of(store));
                ClientProcess client = started(cluster)) {
            history.isThere(client);
            history.isFound(client);
            assertThat(client.committed("ahead", History.PLAIN).get(0))
                    .isEqualTo(requireNonNull(client.offsets(History.PLAIN).get(0))[1]);
            assertThat(cluster.nodes().get(0).log()).contains("group ahead stood at 9999");
            history.isWrittenOn(client);
        }
    }

    @Test
    void aLogWhoseFirstFilesHaveExpiredContinuesInRocksDb() throws IOException {
        Path here = next();
        Path store = master(here.resolve("n0/store"));
        Files.delete(store.resolve("commitlog/00000000000000000000"));
        List<Path> roots = List.of(store, here.resolve("n1/store"), here.resolve("n2/store"));
        try (VledgerCluster cluster = upgraded(here, roots, "vledgerStoreType=rocksdb")) {
            cluster.nodes().forEach(VledgerNode::addRocksDb);
            try (ClientProcess client = started(cluster)) {
                history.isThereFrom(FILE_BYTES, client);
                history.isWrittenOn(client);
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                history.isThereFrom(FILE_BYTES, client);
            }
        }
    }

    @Test
    void membersThatEachHaveSomethingStopUntilSomebodyDecides() throws IOException {
        Path here = next();
        Path one = master(here.resolve("n0/store"));
        Path other = master(here.resolve("n1/store"));
        // When a message was stored is not under its checksum: both are whole, and differ.
        OldFiles.flip(other.resolve("commitlog/00000000000000000000"), 56, 8);
        List<Path> roots = List.of(one, other);
        Map<String, String> before = OldFiles.digests(other);
        try (VledgerCluster cluster = upgraded(here, roots)) {
            cluster.startAll();
            for (VledgerNode node : cluster.nodes()) {
                Await.until("it says why it stops", LIMIT, () -> node.log().contains("legacySource"));
                assertThat(node.log()).contains("00000000000000000000").contains("queue");
                assertThat(node.health("ready").statusCode()).isEqualTo(503);
            }
        }
        assertThat(OldFiles.digests(other)).containsAllEntriesOf(before);
        try (VledgerCluster cluster = upgraded(here, roots, "legacySource=n0");
                ClientProcess client = started(cluster)) {
            history.isThere(client);
        }
    }

    @Test
    void aDryRunReportsWhatWouldHappenAndTouchesNothing() throws IOException {
        Path here = next();
        Path longer = master(here.resolve("n0/store"));
        Path shorter = slave(here.resolve("n1/store"));
        Map<String, String> before = OldFiles.digests(longer);
        Map<String, String> slaveBefore = OldFiles.digests(shorter);
        try (VledgerCluster cluster =
                upgraded(here, List.of(longer, shorter, here.resolve("n2/store")), "legacyDryRun=true")) {
            cluster.startAll();
            for (VledgerNode node : cluster.nodes()) {
                Await.until("it says what it would do", LIMIT, () -> node.log().contains("dry run"));
                assertThat(node.log())
                        .contains(
                                "would continue from n0",
                                "n1 is a prefix: it takes",
                                "n2 is empty",
                                "take legacyDryRun out");
                assertThat(node.health("ready").statusCode()).isEqualTo(503);
            }
        }
        assertThat(OldFiles.digests(longer)).isEqualTo(before);
        assertThat(OldFiles.digests(shorter)).isEqualTo(slaveBefore);
        assertThat(here.resolve("n2/store/commitlog")).doesNotExist();
    }

    @Test
    void aNodeThatIsKilledAgainAndAgainFinishesInTheEnd() throws IOException {
        Path here = next();
        Path store = master(here.resolve("n0/store"));
        Map<String, String> before = OldFiles.digests(store);
        List<Path> roots = new ArrayList<>(List.of(store, here.resolve("n1/store"), here.resolve("n2/store")));
        try (VledgerCluster cluster = upgraded(here, roots)) {
            VledgerNode victim = cluster.nodes().get(1);
            cluster.startAll();
            for (String moment : List.of("waiting for", "copying the old log", "checking the file")) {
                Await.until(
                        "it is at work",
                        LIMIT,
                        () -> victim.log().contains(BROKER)
                                && (victim.log().contains(moment)
                                        || victim.health("ready").statusCode() == 200));
                victim.kill();
                victim.start();
            }
            cluster.awaitReady();
            try (ClientProcess client = client("new" + cases, cluster.nameServer())) {
                history.isThere(client);
            }
        }
        assertThat(OldFiles.digests(store)).containsAllEntriesOf(before);
    }
}
