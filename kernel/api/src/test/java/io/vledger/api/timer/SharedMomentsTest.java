package io.vledger.api.timer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SharedMomentsTest {
    @Test
    void timersThatAreSetAtDifferentMomentsRingTogether() {
        assertThat(12_345 + SharedMoments.untilNext(1_000, 12_345)).isEqualTo(13_000);
        assertThat(12_999 + SharedMoments.untilNext(1_000, 12_999)).isEqualTo(13_000);
        assertThat(12_999 + SharedMoments.untilNext(5_000, 12_999)).isEqualTo(15_000);
    }

    @Test
    void whoIsThereAlreadyWaitsForTheNextMoment() {
        assertThat(SharedMoments.untilNext(1_000, 13_000)).isEqualTo(1_000);
    }

    @Test
    void theClockMayBeginBelowZero() {
        assertThat(SharedMoments.untilNext(1_000, -12_345)).isEqualTo(345);
    }
}
