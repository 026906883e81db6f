package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.broker.transaction.Transactions;
import io.vledger.testkit.Seeds;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/** Replay one seed with {@code -Dvledger.seed=N}; run others with {@code -Dvledger.from=N}, and N times as many with {@code -Dvledger.seeds=N}. */
class SimulationTest {
    private static final Long ONE = Long.getLong("vledger.seed");
    private static final long FROM = Long.getLong("vledger.from", 0);
    private static final long SEEDS = Seeds.count(400);
    private static final long SEARCHED = 2_000;

    @Test
    void promisesHoldWhateverGoesWrong() {
        if (ONE != null) {
            new Simulation(ONE, true).run();
            return;
        }
        long acknowledged = 0;
        long read = 0;
        long terms = 0;
        for (long seed = FROM; seed < FROM + SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, false);
            simulation.run();
            acknowledged += simulation.promises().acknowledgedCount();
            read += simulation.promises().readCount();
            terms += simulation.promises().terms();
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(acknowledged).isGreaterThan(100 * SEEDS);
        assertThat(read).isGreaterThan(100 * SEEDS);
        assertThat(terms).isGreaterThan(2 * SEEDS);
    }

    @Test
    void aSeedGivesOneHistory() {
        Simulation one = new Simulation(7, true);
        Simulation other = new Simulation(7, true);
        one.run();
        other.run();
        assertThat(one.history()).isNotEmpty().isEqualTo(other.history());
    }

    @Test
    void acknowledgingBeforeTheSyncIsNoticed() {
        assertThat(firstSeedThatFails(BrokenStores::lyingAboutSync)).isLessThan(SEARCHED);
    }

    @Test
    void trustingACopyOfADiskIsNoticed() {
        assertThat(firstSeedThatFails(BrokenStores::trustingCopies)).isLessThan(SEARCHED);
    }

    @Test
    void forgettingTheVoteIsNoticed() {
        assertThat(BrokenSeeds.first(
                        30, SEARCHED, seed -> new Simulation(seed, false, BrokenStores::forgettingTheVote, true)))
                .isLessThan(SEARCHED);
    }

    @Test
    void showingConsumersWhatADiskMadeOfAMessageIsNoticed() {
        assertThat(firstSeedThatFails(BrokenStores::servingWhatIsDamaged)).isLessThan(SEARCHED);
    }

    @Test
    void believingAClaimToAMembersNameIsNoticed() {
        assertThat(firstSeedThatFails(seed -> new Simulation(seed, false, StoreTwist.NONE, false).believingNames()))
                .isLessThan(SEARCHED);
    }

    @Test
    void transactionsEndOnceAndAsTheirProducersWereAnswered() {
        long seeds = Math.max(1, SEEDS / 40);
        long decisions = 0;
        for (long seed = FROM; seed < FROM + seeds; seed++) {
            Simulation simulation = new Simulation(seed, false).transacting();
            simulation.run();
            decisions += simulation.decisions();
        }
        assertThat(decisions).isGreaterThan(10 * seeds);
    }

    @Test
    void forgettingWhichHalfMessagesAreOpenIsNoticed() {
        assertThat(firstSeedThatFails(seed -> new Simulation(seed, false)
                        .transacting()
                        .afterRestore(state -> state.part(Transactions.class).clear())))
                .isLessThan(SEARCHED);
    }

    private static long firstSeedThatFails(StoreTwist twist) {
        return firstSeedThatFails(seed -> new Simulation(seed, false, twist, false));
    }

    private static long firstSeedThatFails(LongFunction<Simulation> simulation) {
        return BrokenSeeds.first(SEARCHED, simulation);
    }
}
