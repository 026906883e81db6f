package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.Await;
import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A group that prefers a leader has it again once that is back, and no send fails for it. */
class PreferredLeaderIT {
    private static final String DEFAULT_POLL = "-Dacceptance.pollMs=30000";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path directory = WorkDirectory.of(PreferredLeaderIT.class);

    @Test
    void thePreferredLeaderLeadsAgainWhenItIsBackAndNoSendFails() {
        try (VledgerCluster cluster = VledgerCluster.ofThreePreferring("n1", directory)) {
            cluster.startAll();
            cluster.awaitReady();
            awaitPreferred(cluster);
            try (ClientProcess client = ClientProcess.start(
                    ClientRelease.V5, cluster.nameServer(), WorkDirectory.create(directory), DEFAULT_POLL)) {
                client.createTopic("preferred", 4);
                Await.until(
                        "the second name is shown",
                        LIMIT,
                        () -> client.call("route", "topic", "preferred").text("standby", ""),
                        standby -> !standby.isEmpty());
                LoadRun load = LoadRun.startPatient(client, "preferred", "preferred", directory);
                load.awaitMore(75);
                VledgerNode preferred = cluster.leader();
                preferred.stop();
                cluster.leaderOtherThan(preferred);
                load.awaitMore(25);
                preferred.start();
                preferred.awaitReady();
                awaitPreferred(cluster);
                load.awaitMore(75);
                assertThat(load.failures()).isEqualTo("{}");
                Path acks = load.end();
                Evidence evidence = Evidence.readBack(client, "preferred", directory.resolve("preferred.log"));
                evidence.queueOffsetsAreDense();
                assertThat(evidence.holdsAll(acks)).isPositive();
            }
        }
    }

    private static void awaitPreferred(VledgerCluster cluster) {
        Await.until("n1 leads", LIMIT, () -> cluster.leader().id(), "n1"::equals);
    }
}
