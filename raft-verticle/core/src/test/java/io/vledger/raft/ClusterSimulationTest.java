package io.vledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replay one seed with {@code -Dvledger.seed=N}; run N times as many with {@code -Dvledger.seeds=N}. */
class ClusterSimulationTest {
    private static final long SEEDS = Math.round(1_500 * Double.parseDouble(System.getProperty("vledger.seeds", "1")));
    private static final Long ONE = Long.getLong("vledger.seed");
    private static final long FROM = Long.getLong("vledger.from", 0);

    @Test
    void promisesHoldWhateverGoesWrong() {
        if (ONE != null) {
            new ClusterSimulation(ONE, Sabotage.NONE, true).run();
            return;
        }
        long acknowledged = 0;
        long reads = 0;
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            ClusterSimulation simulation = new ClusterSimulation(seed, Sabotage.NONE, false);
            simulation.run();
            acknowledged += simulation.history().acknowledgedCount();
            reads += simulation.history().reads;
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(acknowledged).isGreaterThan(10 * SEEDS);
        assertThat(reads).isGreaterThan(SEEDS / 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = Sabotage.class,
            names = {"NONE"},
            mode = EnumSource.Mode.EXCLUDE)
    void aBrokenRuleIsNoticed(Sabotage sabotage) {
        assertThat(LongStream.range(0, 3_000).anyMatch(seed -> fails(seed, sabotage)))
                .as("some seed fails with %s", sabotage)
                .isTrue();
    }

    private static boolean fails(long seed, Sabotage sabotage) {
        try {
            new ClusterSimulation(seed, sabotage, false).run();
            return false;
        } catch (AssertionError e) {
            return !(e.getCause() instanceof ClusterSimulation.ProgressMissing);
        }
    }
}
