package io.vledger.api.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which bucket a value is counted in, and what a scrape sees of it. */
class HistogramTest {
    private final Histogram histogram = new Histogram(1_000, 1, 5);

    /** One distribution as a sink receives it. */
    private record Shown(double[] bounds, long[] counts, double sum) {}

    private static Shown shown(Histogram histogram) {
        List<Shown> shown = new ArrayList<>();
        histogram.collect(
                new MetricSink() {
                    @Override
                    public void counter(String name, String help, Map<String, String> labels, double value) {
                        throw new AssertionError("not a counter");
                    }

                    @Override
                    public void gauge(String name, String help, Map<String, String> labels, double value) {
                        throw new AssertionError("not a gauge");
                    }

                    @Override
                    public void histogram(
                            String name,
                            String help,
                            Map<String, String> labels,
                            double[] upperBounds,
                            long[] counts,
                            double sum) {
                        shown.add(new Shown(upperBounds, counts, sum));
                    }
                },
                "name",
                "help",
                Map.of());
        return shown.get(0);
    }

    @Test
    void aBoundIsInclusiveAndWhatIsAboveTheLastHasABucketOfItsOwn() {
        for (long value : new long[] {0, 1_000, 1_001, 5_000, 5_001, Long.MAX_VALUE / 2}) {
            histogram.record(value);
        }
        assertThat(shown(histogram).counts()).containsExactly(2, 2, 2);
        assertThat(histogram.count()).isEqualTo(6);
    }

    @Test
    void boundsAndSumAreShownInTheUnitShown() {
        histogram.record(500);
        histogram.add(2_000, 3);
        assertThat(shown(histogram).bounds()).containsExactly(1, 5);
        assertThat(shown(histogram).sum()).isEqualTo(6.5);
    }

    @Test
    void aNegativeValueCountsAsZero() {
        histogram.record(-7);
        assertThat(shown(histogram).counts()).containsExactly(1, 0, 0);
        assertThat(shown(histogram).sum()).isZero();
    }

    @Test
    void boundsMustAscend() {
        assertThatThrownBy(() -> new Histogram(1, 5, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Histogram(1, 5, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
