package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.broker.pop.PopCounters;
import io.vledger.broker.state.ConsumerOffsets.GroupTopic;
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
            in(sink, key, "ck", counts.takes());
            in(sink, key, "ack", counts.acks());
            out(sink, key, "ck", counts.ended());
            out(sink, key, "ack", counts.acks());
            sink.counter(
                    "rocketmq_pop_revive_retry_messages_total",
                    "Messages that were not acknowledged in time and stored again",
                    labels.with("topic", key.topic(), "consumer_group", key.group(), "put_status", "PUT_OK"),
                    counts.revived());
        });
        Map<String, String> plain = labels.with();
        sink.gauge("rocketmq_pop_checkpoint_buffer_size", "Groups of messages in flight", plain, counters.flights());
        sink.gauge(
                "rocketmq_pop_offset_buffer_size", "Consumer offsets that are not stored: none is kept back", plain, 0);
        Map<String, String> reviveQueue = labels.with("queue_id", "0");
        sink.gauge(
                "rocketmq_pop_revive_lag",
                "Groups of messages whose invisible time is over and that are not stored again yet",
                reviveQueue,
                counters.overdue());
        sink.gauge(
                "rocketmq_pop_revive_latency_milliseconds",
                "How late messages are stored again",
                reviveQueue,
                counters.lateMs());
    }

    private void in(MetricSink sink, GroupTopic key, String type, long count) {
        sink.counter(
                "rocketmq_pop_revive_in_message_total",
                "Takes and acknowledgements",
                labels.with("topic", key.topic(), "consumer_group", key.group(), TYPE, type, "put_status", "PUT_OK"),
                count);
    }

    private void out(MetricSink sink, GroupTopic key, String type, long count) {
        sink.counter(
                "rocketmq_pop_revive_out_message_total",
                "Takes of which no message is in flight any more, and acknowledgements",
                labels.with("topic", key.topic(), "consumer_group", key.group(), TYPE, type, "queue_id", "0"),
                count);
    }
}
