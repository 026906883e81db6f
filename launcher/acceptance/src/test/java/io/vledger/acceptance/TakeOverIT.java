package io.vledger.acceptance;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.OldHistory;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The directories of real brokers become groups, with every message still readable. */
class TakeOverIT {
    private static final String BROKER = "old-a";

    private final Path directory = WorkDirectory.of(TakeOverIT.class);

    @Test
    void aMasterBecomesAGroupOfThree() {
        OldHistory history;
        Path store;
        int port;
        try (RealNameServer nameServer = RealNameServer.start(directory);
                RealBroker broker = RealBroker.startMaster(BROKER, nameServer.address(), directory)) {
            try (ClientProcess client = ClientProcess.start(
                    ClientRelease.V5, nameServer.address(), WorkDirectory.create(directory.resolve("old-client")))) {
                history = OldHistory.make(client, directory);
            }
            broker.stop();
            store = broker.store();
            port = broker.port();
        }
        try (VledgerCluster cluster = VledgerCluster.upgraded(
                directory,
                BROKER,
                port,
                List.of(store, directory.resolve("n1/store"), directory.resolve("n2/store")))) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(
                    ClientRelease.V5, cluster.nameServer(), WorkDirectory.create(directory.resolve("new-client")))) {
                history.isThere(client);
                history.isFound(client);
                history.goesOn(client);
                history.isWrittenOn(client);
                history.deliversLate(client);
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                history.isThere(client);
                history.isFound(client);
            }
        }
    }
}
