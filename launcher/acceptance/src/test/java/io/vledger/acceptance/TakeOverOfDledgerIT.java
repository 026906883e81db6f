package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldStore;
import io.vledger.acceptance.fixture.OldStores;
import io.vledger.acceptance.fixture.ServerRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real group of RocketMQ on DLedger, killed without notice, continues as a group of ours in its own directories. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TakeOverOfDledgerIT {
    private final Path directory = WorkDirectory.of(TakeOverOfDledgerIT.class);

    @ParameterizedTest
    @EnumSource
    @Order(1)
    void aGroupThatWasKilledContinues(ServerRelease release) throws IOException {
        Path here = WorkDirectory.create(directory.resolve(release.name()));
        OldStore old = OldStores.groupOf(release);
        List<Path> stores = new ArrayList<>();
        for (int member = 0; member < 3; member++) {
            stores.add(old.copy(member, here.resolve("old-n" + member)));
        }
        List<Map<String, String>> before =
                stores.stream().map(OldFiles::digests).toList();
        try (OldStore.PortLease lease = old.leasePorts();
                VledgerCluster cluster = VledgerCluster.upgraded(here, OldStores.GROUP, lease.ports(), stores)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = client(here, cluster)) {
                History history = old.history(here);
                history.isAllThereIs(client);
                history.isFound(client);
                history.isResumed(client);
                history.isWrittenOn(client);
                for (int kill = 0; kill < 2; kill++) {
                    VledgerNode leader = cluster.leader();
                    leader.kill();
                    cluster.leaderOtherThan(leader);
                    history.isThere(client);
                    leader.start();
                    leader.awaitReady();
                }
                history.isFound(client);
                history.deliversLate(client);
            }
        }
        for (int member = 0; member < stores.size(); member++) {
            assertThat(OldFiles.digests(stores.get(member)))
                    .as("the old files of n" + member)
                    .containsAllEntriesOf(before.get(member));
        }
    }

    /** Last: meanwhile the master that it begins with has been recorded for another class. */
    @Test
    @Order(2)
    void aGroupThatWasOnceAMasterAloneContinues() throws IOException {
        Path here = WorkDirectory.create(directory.resolve("mixed"));
        OldStore old = OldStores.masterThatBecameAMember();
        Path store = old.copy(0, here.resolve("old"));
        assertThat(store.resolve("commitlog/00000000000000000000")).exists();
        assertThat(store.resolve("dledger-n0/data")).isDirectory();
        Map<String, String> before = OldFiles.digests(store);
        List<Path> roots = List.of(store, here.resolve("n1/store"), here.resolve("n2/store"));
        try (OldStore.PortLease lease = old.leasePorts();
                VledgerCluster cluster = VledgerCluster.upgraded(here, OldStores.MASTER, lease.ports(), roots)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = client(here, cluster)) {
                History history = old.history(here);
                history.isAllThereIs(client);
                history.isFound(client);
                history.isResumed(client);
                history.isWrittenOn(client);
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                history.isThere(client);
            }
        }
        assertThat(OldFiles.digests(store)).as("the old files").containsAllEntriesOf(before);
    }

    private static ClientProcess client(Path here, VledgerCluster cluster) {
        return ClientProcess.start(ClientRelease.V5, cluster.nameServer(), here);
    }
}
