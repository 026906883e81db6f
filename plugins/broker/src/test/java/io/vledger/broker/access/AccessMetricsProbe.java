package io.vledger.broker.access;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import java.util.Map;

/** Keeps the number of refused requests of a scrape. */
record AccessMetricsProbe(double[] found) implements MetricSink {
    void read(MetricSource source) {
        source.collect(this);
    }

    @Override
    public void counter(String name, String help, Map<String, String> labels, double value) {
        if (name.equals("rocketmq_requests_refused_total")) {
            found[0] = value;
        }
    }

    @Override
    public void gauge(String name, String help, Map<String, String> labels, double value) {}

    @Override
    public void histogram(
            String name, String help, Map<String, String> labels, double[] upperBounds, long[] counts, double sum) {}
}
