package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import java.util.function.LongSupplier;

/** Exports what a full disk cost. Any thread. */
public final class RetentionMetrics implements MetricSource {
    private final LongSupplier lost;
    private final Labels labels;

    /**
     * Of a group's broker.
     *
     * @param lost messages that waited for their time and went with a file since the start
     */
    public RetentionMetrics(LongSupplier lost, String cluster, String broker) {
        this.lost = lost;
        this.labels = new Labels(cluster, broker);
    }

    @Override
    public void collect(MetricSink sink) {
        sink.counter(
                "rocketmq_waiting_messages_deleted_total",
                "Messages that waited for their time and went with a file of this member because its disk was full",
                labels.with(),
                lost.getAsLong());
    }
}
