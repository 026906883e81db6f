package io.vledger.broker.pop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PopClockTest {
    private long wallMs = 1_000_000;
    private final PopClock clock = new PopClock(() -> wallMs);

    @Test
    void aNewLeaderContinuesInTheTimeOfTheOneBeforeWhoseClockWasBehind() {
        wallMs = 1_003_000; // 3 s ahead of the leader
        clock.stamped(1_000_000);
        wallMs += 500;
        clock.stamped(1_000_490);
        clock.lead(1_000_490);
        assertThat(clock.nowMs()).isEqualTo(1_000_500);
        assertThat(clock.untilMs(1_001_500)).isEqualTo(1_000);
    }

    @Test
    void aNewLeaderContinuesInTheTimeOfTheOneBeforeWhoseClockWasAhead() {
        clock.stamped(1_060_000);
        clock.lead(1_060_000);
        wallMs += 250;
        assertThat(clock.nowMs()).isEqualTo(1_060_250);
    }

    @Test
    void entriesThatAreAppliedLongAfterTheyWereProposedSayNothingAboutClocks() {
        clock.stamped(wallMs - 3_600_000);
        clock.lead(wallMs - 3_600_000);
        assertThat(clock.nowMs()).isEqualTo(wallMs);
    }

    @Test
    void itNeverGoesBackBehindATimeThatAnEntryNamed() {
        clock.lead(2_000_000);
        assertThat(clock.nowMs()).isEqualTo(2_000_000);
        wallMs = 2_000_001;
        assertThat(clock.nowMs()).isEqualTo(2_000_001);
    }

    @Test
    void whatWasDueAtTheBeginningOfTimeIsDueNow() {
        clock.lead(0);
        assertThat(clock.untilMs(Long.MIN_VALUE)).isZero();
        assertThat(clock.untilMs(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }
}
