package io.vledger.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vledger.broker.client.LockOwners;
import io.vledger.broker.state.BrokerState;
import io.vledger.broker.state.LightQueues;
import io.vledger.broker.timer.TimerState;
import io.vledger.testkit.Seeds;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/** Timers, light queues and queue locks of a whole cluster, through everything that happens to it. */
class FeatureSimulationTest {
    private static final long SEEDS = Seeds.count(15);
    private static final long SEARCHED = 60;

    @Test
    void timersComeOnceAndNotBeforeTheirTimeUnlessTheyAreRecalled() {
        long acknowledged = 0;
        long recalled = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, false).withTimers(false);
            simulation.run();
            acknowledged += simulation.timers().promise().acknowledgedCount();
            recalled += simulation.timers().promise().recalledCount();
        }
        // A simulation in which nothing happens proves nothing.
        assertThat(acknowledged).isGreaterThan(50 * SEEDS);
        assertThat(recalled).isGreaterThan(2 * SEEDS);
    }

    @Test
    void messagesAreInEachOfTheirLightQueuesOnce() {
        long acknowledged = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, false).withLightQueues();
            simulation.run();
            acknowledged += simulation.light().promise().acknowledgedCount();
        }
        assertThat(acknowledged).isGreaterThan(50 * SEEDS);
    }

    @Test
    void aQueueIsLockedByOneClientAtATime() {
        long given = 0;
        long denied = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, false).withLocks();
            simulation.run();
            given += simulation.locks().promise().givenCount();
            denied += simulation.locks().promise().deniedCount();
        }
        assertThat(given).isGreaterThan(50 * SEEDS);
        assertThat(denied).isGreaterThan(50 * SEEDS);
    }

    @Test
    void allFeaturesTogetherKeepTheirPromises() {
        for (long seed = 1_000; seed < 1_000 + Math.max(1, SEEDS / 3); seed++) {
            new Simulation(seed, false).withAllFeatures().run();
        }
    }

    @Test
    void forgettingHowFarTimersAreDeliveredIsNoticed() {
        assertThat(firstBroken(
                        seed -> new Simulation(seed, false).withTimers(false).afterRestore(state -> delivered(state))))
                .isLessThan(SEARCHED);
    }

    /** Nothing is delivered yet, says the first of what the section holds. */
    private static void delivered(BrokerState state) {
        TimerState timers = state.part(TimerState.class);
        ByteBuf section = Unpooled.buffer();
        timers.write(section);
        section.setLong(0, 0).setLong(Long.BYTES, 0);
        timers.read(section);
    }

    @Test
    void forgettingTimersIsNoticed() {
        assertThat(firstBroken(seed -> new Simulation(seed, false)
                        .withTimers(false)
                        .afterRestore(state -> state.part(TimerState.class).clear())))
                .isLessThan(SEARCHED);
    }

    @Test
    void aRecallThatIsNotKeptIsNoticed() {
        assertThat(firstBroken(seed -> new Simulation(seed, false).withTimers(true)))
                .isLessThan(SEARCHED);
    }

    @Test
    void forgettingLightQueuesIsNoticed() {
        assertThat(firstBroken(seed -> new Simulation(seed, false)
                        .withLightQueues()
                        .afterRestore(state -> state.part(LightQueues.class).clear())))
                .isLessThan(SEARCHED);
    }

    @Test
    void forgettingWhoHoldsAQueueIsNoticed() {
        assertThat(firstBroken(seed -> new Simulation(seed, false)
                        .withLocks()
                        .afterRestore(state -> state.part(LockOwners.class).clear())))
                .isLessThan(SEARCHED);
    }

    private static long firstBroken(LongFunction<Simulation> simulation) {
        return BrokenSeeds.first(SEARCHED, simulation);
    }
}
