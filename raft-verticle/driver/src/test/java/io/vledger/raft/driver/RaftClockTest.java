package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RaftClockTest {
    private final RaftClock clock = new RaftClock(1_000);

    @Test
    void timePassesWithTicks() {
        clock.tick(1_010);
        clock.tick(1_025);
        assertThat(clock.nowMs()).isEqualTo(1_025);
    }

    @Test
    void aPauseCountsAsOneStep() {
        clock.tick(9_000);
        assertThat(clock.nowMs()).isEqualTo(1_000 + RaftClock.MAX_STEP_MS);
        clock.tick(9_010);
        assertThat(clock.nowMs()).isEqualTo(1_010 + RaftClock.MAX_STEP_MS);
    }
}
