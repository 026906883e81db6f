package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldStore;
import io.vledger.acceptance.fixture.OldStores;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.ServerRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What real brokers wrote is there, message by message, in the group that went on from their directories. */
class TakeOverOfEachReleaseIT {
    private static final String BROKER = OldStores.MASTER;
    private static final String[] SETTINGS = {
        "flushDiskType=ASYNC_FLUSH", "transactionCheckInterval=2000", "transactionCheckMax=9999"
    };

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Path DIRECTORY = WorkDirectory.of(TakeOverOfEachReleaseIT.class);

    @ParameterizedTest
    @EnumSource(ServerRelease.class)
    void aMasterAloneBecomesThreeNodesTwoOfWhichWereEmpty(ServerRelease release) throws IOException {
        Path place = WorkDirectory.create(DIRECTORY.resolve(release.name()));
        OldStore old = OldStores.masterOf(release);
        Path store = old.copy(0, place.resolve(BROKER).resolve("store"));
        assertThat(OldFiles.written(store)).hasSizeGreaterThan(2);
        Map<String, String> digests = OldFiles.digests(store);
        List<Path> stores = List.of(
                store, place.resolve("n1").resolve("store"), place.resolve("n2").resolve("store"));
        History history = old.history(place);
        try (OldStore.PortLease lease = old.leasePorts();
                VledgerCluster cluster = VledgerCluster.upgraded(place, BROKER, lease.ports(), stores, SETTINGS)) {
            cluster.startAll();
            cluster.awaitReady();
            theGroupHasAllOf(history, cluster, place.resolve("after"));
            cluster.nodes().forEach(VledgerNode::stop);
            assertThat(OldFiles.digests(store)).isEqualTo(digests);
            goesBack(lease.ports().get(0), release, history, place);
            isFormedOnlyOnceSomebodyDecides(cluster);
        }
    }

    /** The two members that have copies only are a majority, and would give queue offsets that the old broker gave. */
    private static void isFormedOnlyOnceSomebodyDecides(VledgerCluster cluster) throws IOException {
        cluster.startAll();
        List<VledgerNode> nodes = cluster.nodes();
        VledgerNode first = nodes.get(0);
        Await.until("it notices what the old broker wrote since", LIMIT, () -> first.log()
                .contains("the old broker has run again"));
        for (VledgerNode other : nodes.subList(1, nodes.size())) {
            Await.until("the others learn of it", LIMIT, () -> other.log()
                    .contains("the group is not formed until somebody decides: n0: the old broker has run again"));
            assertThat(other.health("ready").statusCode()).isEqualTo(503);
        }
        Matcher file = Pattern.compile("create the empty file (\\S+)").matcher(first.log());
        assertThat(file.find()).as(first.log()).isTrue();
        Files.createFile(Path.of(file.group(1)));
        first.kill();
        first.start();
        cluster.awaitReady();
    }

    /** The old broker's files are as it left them, and it serves them again. */
    private static void goesBack(int port, ServerRelease release, History history, Path place) {
        try (RealNameServer nameServer = RealNameServer.start(place);
                RealBroker broker = RealBroker.startMasterOn(port, release, BROKER, nameServer.address(), place);
                ClientPool clients = new ClientPool(nameServer.address(), place.resolve("back"))) {
            history.isAllThereIs(clients.of(ClientRelease.V5));
            clients.of(ClientRelease.V5).send("topic", History.PLAIN, "body", "back");
            broker.stop();
        }
    }

    private static void theGroupHasAllOf(History history, VledgerCluster cluster, Path directory) {
        try (ClientPool clients = new ClientPool(cluster.nameServer(), directory)) {
            ClientProcess client = clients.of(ClientRelease.V5);
            history.isAllThereIs(clients.of(ClientRelease.V4));
            history.isAllThereIs(client);
            history.isFound(client);
            VledgerNode leader = cluster.leader();
            leader.kill();
            cluster.leaderOtherThan(leader);
            history.isAllThereIs(client);
            leader.start();
            leader.awaitReady();
            history.isWrittenOn(client);
            history.isResumed(client);
            history.isDecidedByItsOldPlace(client);
            history.settlesTheOpenTransaction(client);
        }
    }
}
