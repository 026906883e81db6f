package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.plugin.GroupConfig;
import org.junit.jupiter.api.Test;

class CatchUpTest {
    private final CatchUp catchUp = new CatchUp(new GroupConfig.InSync(1_000, 100));

    @Test
    void nothingIsKnownBeforeItWasLookedAt() {
        assertThat(catchUp.inSync(0, 0)).isFalse();
        assertThat(catchUp.lagMs(0)).isEqualTo(-1);
    }

    @Test
    void aMemberThatHasNeverHadAllIsNotInSyncHoweverLittleItLacks() {
        catchUp.observe(0, 10, 9);
        assertThat(catchUp.inSync(0, 1)).isFalse();
        catchUp.observe(5, 10, 10);
        assertThat(catchUp.inSync(5, 0)).isTrue();
    }

    @Test
    void aMemberThatStandsStillFallsOutAfterTheBoundOfTime() {
        catchUp.observe(0, 10, 10);
        for (int now = 1; now <= 100; now++) {
            catchUp.observe(now, 10 + now, 10);
            assertThat(catchUp.inSync(now, 1)).isTrue();
        }
        catchUp.observe(101, 200, 10);
        assertThat(catchUp.inSync(101, 1)).isFalse();
        assertThat(catchUp.lagMs(101)).isEqualTo(101);
    }

    @Test
    void aMemberThatIsAlwaysALittleBehindStaysInSync() {
        catchUp.observe(0, 0, 0);
        for (int now = 1; now <= 1_000; now++) {
            catchUp.observe(now, 10L * now, 10L * (now - 20));
            assertThat(catchUp.inSync(now, 200)).as("at %d", now).isTrue();
            assertThat(catchUp.lagMs(now)).isLessThanOrEqualTo(50);
        }
    }

    @Test
    void aMemberThatLacksTooManyBytesIsNotInSyncHoweverFreshItIs() {
        catchUp.observe(0, 10, 10);
        assertThat(catchUp.inSync(1, 1_000)).isTrue();
        assertThat(catchUp.inSync(1, 1_001)).isFalse();
    }

    @Test
    void anotherLeaderIsAskedAnew() {
        catchUp.observe(0, 10, 10);
        catchUp.forget();
        assertThat(catchUp.inSync(0, 0)).isFalse();
    }
}
