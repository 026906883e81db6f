package io.vledger.api.timer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AlignedTimersTest {
    @Test
    void timersThatAreSetAtDifferentMomentsRingTogether() {
        assertThat(12_345 + AlignedTimers.untilNext(1_000, 12_345)).isEqualTo(13_000);
        assertThat(12_999 + AlignedTimers.untilNext(1_000, 12_999)).isEqualTo(13_000);
        assertThat(12_999 + AlignedTimers.untilNext(5_000, 12_999)).isEqualTo(15_000);
    }

    @Test
    void whoIsThereAlreadyWaitsForTheNextMoment() {
        assertThat(AlignedTimers.untilNext(1_000, 13_000)).isEqualTo(1_000);
    }

    @Test
    void theClockMayBeginBelowZero() {
        assertThat(AlignedTimers.untilNext(1_000, -12_345)).isEqualTo(345);
    }
}
