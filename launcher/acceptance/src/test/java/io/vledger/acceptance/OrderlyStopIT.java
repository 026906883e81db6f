package io.vledger.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.acceptance.fixture.ClientProcess;
import io.vledger.acceptance.fixture.ClientRelease;
import io.vledger.acceptance.fixture.Evidence;
import io.vledger.acceptance.fixture.LoadRun;
import io.vledger.acceptance.fixture.VledgerCluster;
import io.vledger.acceptance.fixture.VledgerNode;
import io.vledger.acceptance.fixture.WorkDirectory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** SIGTERM: the leader hands over before it goes, so that clients hardly notice. */
class OrderlyStopIT {
    /** What a JVM that ends by SIGTERM in good order may answer. */
    private static final Integer[] ORDERLY = {0, 143};

    private static final long NOTICEABLE_MS = 10_000;

    private final Path directory = WorkDirectory.of(OrderlyStopIT.class);

    @Test
    void aLeaderThatIsStoppedTransfersLeadershipAndLosesNothing() {
        try (VledgerCluster cluster = VledgerCluster.ofThree(directory)) {
            cluster.startAll();
            cluster.awaitReady();
            try (ClientProcess client = ClientProcess.start(ClientRelease.V5, cluster.nameServer(), directory)) {
                client.createTopic("orderly_stop", 4);
                LoadRun load = LoadRun.start(client, "load", "orderly_stop", directory);
                load.awaitMore(100);
                load.takeLongestGapMs();
                for (int stop = 0; stop < 3; stop++) {
                    VledgerNode leader = cluster.leader();
                    assertThat(leader.stop()).isIn((Object[]) ORDERLY);
                    cluster.leaderOtherThan(leader);
                    load.awaitMore(50);
                    assertThat(load.takeLongestGapMs()).isLessThan(NOTICEABLE_MS);
                    leader.start();
                    leader.awaitReady();
                    assertThat(leader.log()).doesNotContain("\tat ");
                }
                load.awaitMore(50);
                Path acks = load.end();
                Evidence evidence = Evidence.readBack(client, "orderly_stop", directory.resolve("orderly_stop.log"));
                evidence.queueOffsetsAreDense();
                assertThat(evidence.holdsAll(acks)).isPositive();
            }
        }
    }
}
