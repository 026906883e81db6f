package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.OldFiles;
import io.vledger.acceptance.fixture.OldHistory;
import io.vledger.acceptance.fixture.Ports;
import io.vledger.acceptance.fixture.RealBroker;
import io.vledger.acceptance.fixture.RealNameServer;
import io.vledger.acceptance.fixture.ServerRelease;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A real group of RocketMQ on DLedger, killed without notice, continues as a group of ours in its own directories. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TakeOverOfDledgerIT {
    private static final String BROKER = "old-d";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Path directory = WorkDirectory.of(TakeOverOfDledgerIT.class);

    @ParameterizedTest
    @EnumSource
    void aGroupThatWasKilledContinues(ServerRelease release) throws IOException {
        Path here = WorkDirectory.create(directory.resolve(release.name()));
        String peers =
                "n0-127.0.0.1:%d;n1-127.0.0.1:%d;n2-127.0.0.1:%d".formatted(Ports.next(), Ports.next(), Ports.next());
        List<RealBroker> old = new ArrayList<>();
        OldHistory history;
        try (RealNameServer nameServer = RealNameServer.start(here)) {
            for (String node : List.of("n0", "n1", "n2")) {
                old.add(RealBroker.startMember(
                        release, BROKER, node, peers, nameServer.address(), here.resolve("old-" + node)));
            }
            try (ClientProcess client = client(here, "old", nameServer.address())) {
                history = OldHistory.make(client, here);
            }
            // A broker keeps offsets for seconds before it writes them, and what it has not is lost with it.
            Await.until("the offsets are on disk", LIMIT, () -> old.stream()
                    .anyMatch(member -> history.isCommittedIn(member.store().resolve("config/consumerOffset.json"))));
        } finally {
            old.forEach(RealBroker::kill);
            old.forEach(RealBroker::close);
        }
        List<Path> stores = old.stream().map(RealBroker::store).toList();
        List<Map<String, String>> before =
                stores.stream().map(OldFiles::digests).toList();
        try (VledgerCluster cluster = VledgerCluster.upgraded(
                here, BROKER, old.stream().map(RealBroker::port).toList(), stores)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = client(here, "new", cluster.nameServer())) {
                history.isThere(client);
                history.isFound(client);
                history.isResumed(client);
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
        for (int member = 0; member < stores.size(); member++) {
            assertThat(OldFiles.digests(stores.get(member)))
                    .as("the old files of n" + member)
                    .containsAllEntriesOf(before.get(member));
        }
    }

    @Test
    void aGroupThatWasOnceAMasterAloneContinues() throws IOException {
        Path here = WorkDirectory.create(directory.resolve("mixed"));
        OldHistory history;
        RealBroker master;
        RealBroker member;
        try (RealNameServer nameServer = RealNameServer.start(here);
                ClientProcess client = client(here, "old", nameServer.address())) {
            master = RealBroker.startMaster(BROKER, nameServer.address(), here.resolve("old"));
            try (RealBroker open = master) {
                history = OldHistory.make(client, here);
                open.stop();
            }
            // Its classic log stays where it is, and the one of DLedger begins behind it.
            String alone = "n0-127.0.0.1:" + Ports.next();
            member = RealBroker.startMember(
                    ServerRelease.V5, BROKER, "n0", alone, nameServer.address(), here.resolve("old"));
            try (RealBroker open = member) {
                Await.until(
                        "it is written on",
                        LIMIT,
                        () -> client.send("topic", OldHistory.SMALL, "body", "mixed"),
                        sent -> !sent.isEmpty());
                client.send("topic", OldHistory.SMALL, "body", "mixed", "count", 100, "pad", 2_000);
                history.read(client);
                open.stop();
            }
        }
        assertThat(member.store().resolve("commitlog/00000000000000000000")).exists();
        assertThat(member.store().resolve("dledger-n0/data")).isDirectory();
        Map<String, String> before = OldFiles.digests(member.store());
        List<Path> roots = List.of(member.store(), here.resolve("n1/store"), here.resolve("n2/store"));
        try (VledgerCluster cluster = VledgerCluster.upgraded(here, BROKER, master.port(), roots)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = client(here, "new", cluster.nameServer())) {
                history.isThere(client);
                history.isFound(client);
                history.isResumed(client);
                history.isWrittenOn(client);
                VledgerNode leader = cluster.leader();
                leader.kill();
                cluster.leaderOtherThan(leader);
                history.isThere(client);
            }
        }
        assertThat(OldFiles.digests(member.store())).as("the old files").containsAllEntriesOf(before);
    }

    private static ClientProcess client(Path here, String name, String nameServer) {
        return ClientProcess.start(ClientRelease.V5, nameServer, WorkDirectory.create(here.resolve(name + "-client")));
    }
}
