package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import java.util.function.LongSupplier;

/** Exports what access control did. Any thread. */
public final class AccessMetrics implements MetricSource {
    private final LongSupplier refusals;
    private final Labels labels;

    /**
     * Of a group's broker.
     *
     * @param refusals requests refused since the start
     */
    public AccessMetrics(LongSupplier refusals, String cluster, String broker) {
        this.refusals = refusals;
        this.labels = new Labels(cluster, broker);
    }

    @Override
    public void collect(MetricSink sink) {
        sink.counter(
                "rocketmq_requests_refused_total",
                "Requests that access control refused",
                labels.with(),
                refusals.getAsLong());
    }
}
