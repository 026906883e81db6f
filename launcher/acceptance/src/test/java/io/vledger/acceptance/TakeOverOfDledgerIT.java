package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldHistory;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A real group of RocketMQ on DLedger, killed without notice, goes on as a group of ours in its own directories. */
class TakeOverOfDledgerIT {
    private static final String BROKER = "old-d";

    private final Path directory = WorkDirectory.of(TakeOverOfDledgerIT.class);

    @Test
    void aGroupThatWasKilledGoesOn() throws IOException {
        Ports ports = new Ports();
        String peers =
                "n0-127.0.0.1:%d;n1-127.0.0.1:%d;n2-127.0.0.1:%d".formatted(ports.next(), ports.next(), ports.next());
        List<RealBroker> old = new ArrayList<>();
        OldHistory history;
        try (RealNameServer nameServer = RealNameServer.start(directory)) {
            for (String node : List.of("n0", "n1", "n2")) {
                old.add(RealBroker.startMember(
                        BROKER, node, peers, nameServer.address(), directory.resolve("old-" + node)));
            }
            try (ClientProcess client = client("old", nameServer.address())) {
                history = OldHistory.make(client, directory);
            }
        } finally {
            old.forEach(RealBroker::kill);
            old.forEach(RealBroker::close);
        }
        List<Path> stores = old.stream().map(RealBroker::store).toList();
        Map<String, String> before = OldFiles.digests(stores.get(0));
        try (VledgerCluster cluster = VledgerCluster.upgraded(
                directory, BROKER, old.stream().map(RealBroker::port).toList(), stores)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = client("new", cluster.nameServer())) {
                history.isThere(client);
                history.isFound(client);
                history.isWrittenOn(client);
                history.deliversLate(client);
                for (int kill = 0; kill < 2; kill++) {
                    VledgerNode leader = cluster.leader();
                    leader.kill();
                    cluster.leaderOtherThan(leader);
                    history.isThere(client);
                    leader.start();
                    leader.awaitReady();
                }
                history.isFound(client);
            }
        }
        assertThat(OldFiles.digests(stores.get(0))).as("the old files").containsAllEntriesOf(before);
    }

    private ClientProcess client(String name, String nameServer) {
        return ClientProcess.start(
                ClientRelease.V5, nameServer, WorkDirectory.create(directory.resolve(name + "-client")));
    }
}
