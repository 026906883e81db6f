package io.vledger.broker.testing;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import java.util.Map;

/** Reads one counter. */
public final class CounterProbe implements MetricSink {
    private final String name;
    private double found = -1;

    private CounterProbe(String name) {
        this.name = name;
    }

    /** The value of a counter in a scrape; -1 if there is none of the name. */
    public static double value(MetricSource source, String name) {
        CounterProbe probe = new CounterProbe(name);
        source.collect(probe);
        return probe.found;
    }

    @Override
    public void counter(String metric, String help, Map<String, String> labels, double value) {
        if (metric.equals(name)) {
            found = value;
        }
    }

    @Override
    public void gauge(String metric, String help, Map<String, String> labels, double value) {}

    @Override
    public void histogram(
            String metric, String help, Map<String, String> labels, double[] bounds, long[] counts, double sum) {}
}
