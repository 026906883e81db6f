package io.vledger.raft.driver;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.metrics.Histogram;
import io.vledger.api.metrics.MetricSink;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommitClockTest {
    private final Histogram latency = new Histogram(1, 10, 100, 1000);
    private long now;
    private final CommitClock clock = new CommitClock(() -> now, latency);

    @Test
    void eachBatchIsTimedFromSealToCommitment() {
        clock.sealed(3);
        now = 50;
        clock.sealed(7);
        clock.committed(6);
        assertThat(buckets()).containsExactly(0, 1, 0, 0);
        now = 500;
        clock.committed(7);
        assertThat(buckets()).containsExactly(0, 1, 1, 0);
        clock.committed(9);
        assertThat(latency.count()).isEqualTo(2);
    }

    @Test
    void manyBatchesMayBeUnderWayAcrossTheEndOfTheRing() {
        for (int i = 0; i < 10; i++) {
            clock.sealed(i);
        }
        clock.committed(8);
        for (int i = 10; i < 200; i++) {
            clock.sealed(i);
        }
        now = 20;
        clock.committed(150);
        assertThat(buckets()).containsExactly(9, 142, 0, 0);
        clock.committed(199);
        assertThat(latency.count()).isEqualTo(200);
    }

    @Test
    void whatALeaderLeavesBehindIsNotTimedByTheNext() {
        clock.sealed(3);
        clock.forget();
        clock.committed(3);
        assertThat(latency.count()).isZero();
    }

    private long[] buckets() {
        long[][] seen = new long[1][];
        latency.collect(
                new MetricSink() {
                    @Override
                    public void counter(String name, String help, Map<String, String> labels, double value) {}

                    @Override
                    public void gauge(String name, String help, Map<String, String> labels, double value) {}

                    @Override
                    public void histogram(
                            String name,
                            String help,
                            Map<String, String> labels,
                            double[] bounds,
                            long[] counts,
                            double sum) {
                        seen[0] = Arrays.copyOf(counts, counts.length);
                    }
                },
                "h",
                "",
                Map.of());
        return seen[0];
    }
}
