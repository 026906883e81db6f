package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientPool;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.History;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldStore;
import io.vledger.acceptance.fixture.OldStores;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What brokers of eight releases wrote before they were killed is there, message by message. Run by hand, since nothing of it
 * changes from build to build: {@code -Dit.test=OldReleasesMatrix}, and {@code -Dold.releases=4.7.1,5.3.3} for some of them; the
 * stores are recorded at the first run.
 */
class OldReleasesMatrix {
    private static final Path DIRECTORY = WorkDirectory.of(OldReleasesMatrix.class);

    static List<String> releases() {
        return List.of(System.getProperty("old.releases", "4.3.2,4.5.2,4.7.1,4.8.0,4.9.7,5.1.4,5.3.3,5.5.0")
                .split(","));
    }

    @ParameterizedTest
    @MethodSource("releases")
    void everythingIsThere(String version) throws Exception {
        OldStore old = OldStores.masterOf(version);
        Path place = WorkDirectory.create(DIRECTORY.resolve(version));
        Path store = old.copy(0, place.resolve("n0/store"));
        Map<String, String> before = OldFiles.digests(store);
        try (OldStore.PortLease lease = old.leasePorts();
                VledgerCluster cluster = VledgerCluster.upgraded(
                        place,
                        OldStores.MASTER,
                        lease.ports(),
                        List.of(store),
                        OldStores.settings(version).toArray(String[]::new))) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientPool clients = new ClientPool(cluster.nameServer(), place)) {
                ClientProcess client = clients.of(OldStores.client(version));
                History history = old.history(place);
                history.isAllThereIs(client);
                history.isFound(client);
                history.isFilteredByTag(client);
                history.hasNothingDeleted(clients.of(ClientRelease.V5));
                if (OldStores.pops(version)) {
                    history.deliversWhatWasPopped(clients.of(ClientRelease.V5));
                }
                history.isWrittenOn(client);
                history.isResumed(client);
                history.deliversLate(client);
            }
        }
        assertThat(OldFiles.digests(store)).as("the old files").containsAllEntriesOf(before);
    }
}
