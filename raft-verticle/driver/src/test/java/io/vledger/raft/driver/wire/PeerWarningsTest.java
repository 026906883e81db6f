package io.vledger.raft.driver.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PeerWarningsTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final PeerWarnings warnings = new PeerWarnings("g", nanos::get);

    @Test
    void whatIsNewIsLoggedAtOnceAndWhatLastsOnceAMinute() {
        assertThat(warnings.warn("n1", "silent")).isTrue();
        assertThat(warnings.warn("n1", "silent")).isFalse();
        assertThat(warnings.warn("n2", "silent")).isTrue();
        assertThat(warnings.warn("n1", "another list")).isTrue();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(59));
        assertThat(warnings.warn("n1", "another list")).isFalse();
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(warnings.warn("n1", "another list")).isTrue();
    }

    @Test
    void aStrangerThatTriesInManyWaysIsLoggedOnceAMinute() {
        int logged = 0;
        for (int i = 0; i < 10_000; i++) {
            logged += warnings.stranger("10.0.0.1", "closing the connection with 10.0.0.1:" + i) ? 1 : 0;
        }
        assertThat(logged).isEqualTo(1);
        for (int i = 0; i < 10_000; i++) {
            logged += warnings.stranger("10.0.1." + i, "closing") ? 1 : 0;
        }
        assertThat(logged).isEqualTo(65);
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(2));
        assertThat(warnings.stranger("10.0.0.1", "again")).isTrue();
        assertThat(warnings.warn("n1", "silent"))
                .as("members are logged all the same")
                .isTrue();
    }

    @Test
    void strangersWithoutEndAreLoggedAndNotRemembered() {
        for (int i = 0; i < 10_000; i++) {
            warnings.warn("10.0.0.1:" + i, "sent no hello");
        }
        assertThat(warnings.remembered()).isEqualTo(64);
        nanos.addAndGet(TimeUnit.MINUTES.toNanos(2));
        warnings.warn("n1", "silent");
        assertThat(warnings.remembered()).as("what is old makes room").isEqualTo(1);
        assertThat(warnings.warn("n1", "silent")).isFalse();
    }
}
