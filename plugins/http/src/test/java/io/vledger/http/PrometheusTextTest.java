package io.vledger.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vledger.api.metrics.Histogram;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrometheusTextTest {
    private final PrometheusText text = new PrometheusText(3);

    @Test
    void linesOfOneNameStandTogetherInWhateverOrderTheyWereReported() {
        text.counter("a_total", "As", Map.of("x", "1"), 1);
        text.gauge("b", "Bs", Map.of(), 0.25);
        text.counter("a_total", "As", Map.of("x", "2"), 1e12);
        assertThat(text.finish())
                .isEqualTo(
                        """
                        # HELP a_total As
                        # TYPE a_total counter
                        a_total{x="1"} 1
                        a_total{x="2"} 1000000000000
                        # HELP b Bs
                        # TYPE b gauge
                        b 0.25
                        # HELP rocketmq_metrics_dropped Series left out of this answer, see plugins.http.maxSeries
                        # TYPE rocketmq_metrics_dropped gauge
                        rocketmq_metrics_dropped 0
                        """);
    }

    @Test
    void labelsAndHelpAreEscapedEachInItsWay() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("topic", "a\"b\\c\nd");
        labels.put("z", "");
        text.gauge("g", "say \"x\\y\"\nz", labels, Double.POSITIVE_INFINITY);
        assertThat(text.finish())
                .contains("# HELP g say \"x\\\\y\"\\nz\n")
                .contains("g{topic=\"a\\\"b\\\\c\\nd\",z=\"\"} +Inf\n");
    }

    @Test
    void bucketsOfAHistogramAreCumulative() {
        Histogram histogram = new Histogram(1000, 1, 2.5);
        histogram.record(1000);
        histogram.record(1001);
        histogram.add(9000, 2);
        histogram.record(-5);
        histogram.collect(text, "h", "Hs", Map.of("k", "v"));
        assertThat(histogram.count()).isEqualTo(5);
        assertThat(text.finish())
                .startsWith(
                        """
                        # HELP h Hs
                        # TYPE h histogram
                        h_bucket{k="v",le="1"} 2
                        h_bucket{k="v",le="2.5"} 3
                        h_bucket{k="v",le="+Inf"} 5
                        h_sum{k="v"} 20.001
                        h_count{k="v"} 5
                        """);
    }

    @Test
    void whatCannotBeShownIsLeftOutAndCounted() {
        for (int i = 0; i < 5; i++) {
            text.gauge("many", "", Map.of("i", String.valueOf(i)), i);
        }
        text.counter("many", "", Map.of(), 1);
        text.gauge("no name", "", Map.of(), 1);
        text.gauge("label", "", Map.of("0", ""), 1);
        text.histogram("h", "", Map.of(), new double[] {1}, new long[] {1}, 1);
        String all = text.finish();
        assertThat(all).contains("many{i=\"2\"} 2\n").doesNotContain("many{i=\"3\"}", "no name", "label", "h_");
        assertThat(all).endsWith("rocketmq_metrics_dropped 6\n");
    }
}
