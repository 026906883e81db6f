package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.testkit.Seeds;
import org.junit.jupiter.api.Test;

/** Consumers that pop from a whole cluster, through everything that happens to it. */
class PopSimulationTest {
    private static final long SEEDS = 15;
    private static final long SEARCHED = 30;

    @Test
    void whatWasAcknowledgedStaysAwayAndNothingIsStoredAgainTwice() {
        long acknowledged = 0;
        long repeated = 0;
        long seeds = Seeds.count(SEEDS);
        for (long seed = 0; seed < seeds; seed++) {
            Simulation simulation = simulation(seed, false);
            simulation.run();
            acknowledged += simulation.pops().promise().acknowledgedCount();
            repeated += simulation.pops().promise().repeatedCount();
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(acknowledged).isGreaterThan(20 * seeds);
        assertThat(repeated).isGreaterThan(seeds);
    }

    @Test
    void anAcknowledgementThatIsNotKeptIsNoticed() {
        assertThat(BrokenSeeds.first(SEARCHED, seed -> simulation(seed, true))).isLessThan(SEARCHED);
    }

    private static Simulation simulation(long seed, boolean believing) {
        return new Simulation(seed, false).withPops(believing);
    }
}
