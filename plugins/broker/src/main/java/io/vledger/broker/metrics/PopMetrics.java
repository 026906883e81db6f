package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.broker.pop.PopCounters;
import java.util.Map;

/** Exports what a leader does with messages that were popped, under RocketMQ's names. Any thread. */
public final class PopMetrics implements MetricSource {
    private static final String TYPE = "revive_message_type";

    private final PopCounters counters;
    private final Labels labels;

    /** Of a group's broker. */
    public PopMetrics(PopCounters counters, String cluster, String broker) {
        this.counters = counters;
        this.labels = new Labels(cluster, broker);
    }

    @Override
    public void collect(MetricSink sink) {
        counters.all().forEach((key, counts) -> {
            in(sink, key.group(), key.topic(), "ck", counts.takes());
            in(sink, key.group(), key.topic(), "ack", counts.acks());
            sink.counter(
                    "rocketmq_pop_revive_retry_messages_total",
                    "Messages that were not acknowledged in time and stored again",
                    labels.with("topic", key.topic(), "consumer_group", key.group(), "put_status", "PUT_OK"),
                    counts.revived());
        });
        Map<String, String> plain = labels.with();
        sink.gauge("rocketmq_pop_checkpoint_buffer_size", "Popped batches in flight", plain, counters.flights());
        sink.gauge(
                "rocketmq_pop_revive_lag",
                "Popped batches whose invisible time has expired and that are not stored again yet",
                plain,
                counters.overdue());
        sink.gauge(
                "rocketmq_pop_revive_latency_milliseconds",
                "How long the oldest popped batch has been overdue",
                plain,
                counters.lateMs());
    }

    private void in(MetricSink sink, String group, String topic, String type, long count) {
        sink.counter(
                "rocketmq_pop_revive_in_message_total",
                "Pops and acknowledgements",
                labels.with("topic", topic, "consumer_group", group, TYPE, type),
                count);
    }
}
