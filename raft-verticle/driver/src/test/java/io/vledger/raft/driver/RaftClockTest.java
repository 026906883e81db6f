package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RaftClockTest {
    private long monotonicMs = 1_000;
    private final RaftClock clock = new RaftClock(() -> monotonicMs);

    private long readAt(long atMs) {
        monotonicMs = atMs;
        return clock.nowMs();
    }

    @Test
    void timePassesWhileTheLoopWaitsForItsAlarm() {
        clock.awakeAt(1_300);
        assertThat(readAt(1_150)).isEqualTo(1_150);
        assertThat(readAt(1_300)).isEqualTo(1_300);
    }

    @Test
    void ofAPauseOnlyWhatTheAlarmWasSetForCounts() {
        clock.awakeAt(1_300);
        assertThat(readAt(9_000)).isEqualTo(1_300 + RaftClock.MAX_LATE_MS);
        clock.awakeAt(9_010);
        assertThat(readAt(9_010)).isEqualTo(1_310 + RaftClock.MAX_LATE_MS);
    }

    @Test
    void aLoopThatMissesItsAlarmAgainAndAgainCountsAStepEachTime() {
        clock.awakeAt(1_010);
        assertThat(readAt(1_200)).isEqualTo(1_010 + RaftClock.MAX_LATE_MS);
        assertThat(readAt(1_400)).isEqualTo(1_010 + 2 * RaftClock.MAX_LATE_MS);
    }

    @Test
    void itNeverRunsBackwards() {
        assertThat(readAt(400)).isEqualTo(1_000);
        assertThat(readAt(410)).isEqualTo(1_010);
    }
}
