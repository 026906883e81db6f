package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.Production;
import io.vledger.acceptance.fixture.Sent;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** Groups on the RocksDB store, alone and mixed with the default one: what was acknowledged is there, wherever it is read. */
class MixedStoreIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Path DIRECTORY = WorkDirectory.of(MixedStoreIT.class);

    private final Topics topics = new Topics();

    @Test
    void aGroupOfBothStoresLosesNothingAndEveryMemberServesTheSame() throws Exception {
        Path place = DIRECTORY.resolve("mixed");
        try (VledgerCluster cluster = VledgerCluster.ofStores(place, List.of("mmap", "rocksdb", "rocksdb"))) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool clients = new ClientPool(cluster.nameServer(), place)) {
                ClientProcess client = clients.of(ClientRelease.V5);
                String topic = topics.next("marked");
                client.createTopic(topic, 1);
                List<Sent> marked = client.send("topic", topic, "body", "marked", "count", 5, "keys", "mark");
                Production production = Production.start(clients, topics.next("mixed"), place);
                Set<VledgerNode> led = new LinkedHashSet<>();
                for (int kill = 0; kill < 4; kill++) {
                    production.awaitMore(50);
                    VledgerNode leader = cluster.leader();
                    led.add(leader);
                    leader.kill();
                    cluster.leaderOtherThan(leader);
                    production.awaitMore(50);
                    leader.start();
                    leader.awaitReady();
                }
                production.awaitMore(50);
                Evidence evidence = production.prove();
                assertThat(evidence.bodies()).isNotEmpty();
                // Members of both stores lead in turn, and each has every message in the same place.
                showsMarked(client, topic, marked, cluster.leader());
                for (int turn = 0; turn < 8 && led.size() < 3; turn++) {
                    VledgerNode before = cluster.leader();
                    before.kill();
                    VledgerNode next = cluster.leaderOtherThan(before);
                    before.start();
                    before.awaitReady();
                    led.add(next);
                    Evidence again = Evidence.readBack(client, production.topic(), place.resolve("again.log"));
                    assertThat(again.bodies()).containsExactlyInAnyOrderElementsOf(evidence.bodies());
                    production.acks().forEach(acks -> assertThat(again.holdsAll(acks))
                            .isPositive());
                    showsMarked(client, topic, marked, cluster.leader());
                }
                assertThat(led).as("members that led").hasSize(3);
                assertThat(cluster.nodes().get(0).dataDirectory())
                        .satisfies(data -> assertThat(holds(data, "rocksdb")).isFalse());
                assertThat(cluster.nodes().get(1).dataDirectory())
                        .satisfies(data -> assertThat(holds(data, "rocksdb")).isTrue());
            }
        }
    }

    /** The id of a message is an address and its position in the log: at the same position of any leader lies the same. */
    private static void showsMarked(ClientProcess client, String topic, List<Sent> marked, VledgerNode leader) {
        String[] address = leader.clientAddress().split(":");
        String prefix = "7F000001%08X".formatted(Integer.parseInt(address[1]));
        for (int i = 0; i < marked.size(); i++) {
            String offsetId = marked.get(i).offsetId();
            assertThat(offsetId).hasSize(32).startsWith("7F000001");
            assertThat(client.call("view", "topic", topic, "id", prefix + offsetId.substring(16))
                            .text("body"))
                    .isEqualTo("marked-" + i);
        }
        Await.until(
                "found by key",
                LIMIT,
                () -> client.call("query", "topic", topic, "key", "mark").text("bodies"),
                "marked-0;marked-1;marked-2;marked-3;marked-4"::equals);
    }

    private static boolean holds(Path data, String directory) {
        try (Stream<Path> all = Files.walk(data)) {
            return all.anyMatch(path -> path.endsWith(directory));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aGroupOnRocksdbThatWasKilledAsAWholeComesBackWithEverything() {
        Path place = DIRECTORY.resolve("rocksdb");
        try (VledgerCluster cluster = VledgerCluster.ofStores(place, List.of("rocksdb", "rocksdb", "rocksdb"))) {
            // A send that an election has come in the way of is repeated by the client, and then there are two timers.
            cluster.electAfter(2_000);
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool clients = new ClientPool(cluster.nameServer(), place)) {
                ClientProcess client = clients.of(ClientRelease.V5);
                String timed = topics.next("timed");
                client.createTopic(timed, 2);
                List<String> waiting = sendTimers(client, timed);
                Production production = Production.start(clients, topics.next("all"), place);
                production.awaitMore(100);
                cluster.nodes().forEach(VledgerNode::kill);
                cluster.nodes().forEach(VledgerNode::start);
                cluster.awaitReady();
                production.awaitMore(100);
                assertThat(production.prove().bodies()).isNotEmpty();
                client.call("push", "name", "reader", "group", "g_" + timed, "topic", timed);
                client.awaitBodies("reader", waiting.size());
                assertThat(Evidence.readBack(client, timed, place.resolve("timed.log"))
                                .bodies())
                        .containsExactlyInAnyOrderElementsOf(waiting);
                client.stop("reader");
                // A library that was unpacked to be loaded does not stay, whatever becomes of the process.
                assertThat(cluster.nodes())
                        .noneMatch(node -> Files.exists(node.dataDirectory().resolve("native")));
            }
        }
    }

    /** Timers that are due while no node runs and after that, some of them recalled, and messages of a delay level; what is to come. */
    private static List<String> sendTimers(ClientProcess client, String topic) {
        long from = System.currentTimeMillis() + 10_000;
        // First those that are recalled, while they are not due on a busy machine either.
        String[] handles = client.call(
                        "timed", "topic", topic, "body", "recalled", "count", 5, "fromMs", from + 3_750, "stepMs", 750)
                .text("handles")
                .split(" ");
        for (String handle : handles) {
            client.call("recall", "topic", topic, "handle", handle);
        }
        client.call("timed", "topic", topic, "body", "timed", "count", 45, "fromMs", from, "stepMs", 165);
        List<String> waiting = new ArrayList<>();
        for (int i = 0; i < 45; i++) {
            waiting.add("timed-" + (from + i * 165L));
        }
        client.send("topic", topic, "body", "level", "count", 20, "how", "async", "delay", 2);
        for (int i = 0; i < 20; i++) {
            waiting.add("level-" + i);
        }
        return waiting;
    }

    @Test
    void aNodeWithoutThePluginSaysWhereToPutIt() throws Exception {
        Path place = DIRECTORY.resolve("missing");
        try (VledgerCluster cluster = VledgerCluster.ofStores(place, List.of("rocksdb"))) {
            VledgerNode node = cluster.nodes().get(0);
            WorkDirectory.remove(node.plugins());
            assertThat(node.plugins()).isEmptyDirectory();
            node.start();
            Await.until(
                    "the reason in the log",
                    LIMIT,
                    node::log,
                    log -> log.contains("there is no store of type rocksdb") && log.contains("store-rocksdb.jar"));
        }
    }

    @Test
    void theLauncherCarriesNothingOfIt() throws Exception {
        List<String> found = new ArrayList<>();
        try (ZipInputStream jar = new ZipInputStream(Files.newInputStream(VledgerNode.launcherJar()))) {
            for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
                found.add(entry.getName());
                if (entry.getName().startsWith("bundled-plugins/")
                        && entry.getName().endsWith(".jar")) {
                    ZipInputStream plugin = new ZipInputStream(jar);
                    for (ZipEntry in = plugin.getNextEntry(); in != null; in = plugin.getNextEntry()) {
                        found.add(in.getName());
                    }
                }
            }
        }
        assertThat(found)
                .contains("io/vledger/store/mmap/MmapStorePlugin.class")
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("rocksdb"));
    }
}
