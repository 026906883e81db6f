package io.vledger.broker.metrics;

import io.vledger.api.metrics.MetricSink;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.group.Traffic.MessageType;
import io.vledger.broker.state.SystemNames;
import java.util.Locale;
import java.util.Map;

/** Exports the traffic since the start. Any thread. */
final class TrafficMetrics {
    private final Traffic traffic;
    private final Labels labels;

    TrafficMetrics(Traffic traffic, Labels labels) {
        this.traffic = traffic;
        this.labels = labels;
    }

    void collect(MetricSink sink) {
        traffic.inByTopic().forEach((topic, incoming) -> {
            for (MessageType type : MessageType.values()) {
                Traffic.Sized sized = incoming.of(type);
                if (sized != null) {
                    in(sink, topic, type, sized);
                }
            }
        });
        traffic.outByTopicAndGroup().forEach((key, counter) -> out(sink, key, counter));
        traffic.deadByTopicAndGroup().forEach((key, counter) -> {
            String topic = topic(key);
            String group = group(key);
            sink.counter(
                    "rocketmq_send_to_dlq_messages_total",
                    "Consumer send to DLQ messages",
                    labels.with("topic", topic, "consumer_group", group, "is_system", Labels.system(topic, group)),
                    counter.messages());
        });
    }

    /** Of what only some groups use; these names are not RocketMQ's. */
    void collectFeatures(MetricSink sink) {
        Map<String, String> plain = labels.with();
        sink.counter(
                "rocketmq_filter_evaluated_messages_total",
                "Messages whose properties an SQL92 filter looked at",
                plain,
                traffic.evaluated());
        sink.counter(
                "rocketmq_filter_selected_messages_total",
                "Messages that an SQL92 filter selected",
                plain,
                traffic.selected());
        sink.counter(
                "rocketmq_light_queue_messages_total",
                "Messages put into light queues, once for each queue",
                plain,
                traffic.lightUnits());
    }

    private void in(MetricSink sink, String topic, MessageType type, Traffic.Sized sized) {
        Map<String, String> shown = labels.with(
                "topic",
                topic,
                "message_type",
                type.name().toLowerCase(Locale.ROOT),
                "is_system",
                String.valueOf(SystemNames.systemTopic(topic)));
        sink.counter("rocketmq_messages_in_total", "Total number of incoming messages", shown, sized.messages());
        sink.counter("rocketmq_throughput_in_total", "Total traffic of incoming messages", shown, sized.bytes());
        sized.sizes().collect(sink, "rocketmq_message_size", "Incoming messages size", shown);
    }

    private void out(MetricSink sink, String key, Traffic.Counter counter) {
        String topic = topic(key);
        String group = group(key);
        boolean retry = SystemNames.retryTopic(topic) || SystemNames.deadLetterTopic(topic);
        Map<String, String> shown = labels.with(
                "topic",
                topic,
                "consumer_group",
                group,
                "is_system",
                Labels.system(topic, group),
                "is_retry",
                String.valueOf(retry));
        sink.counter("rocketmq_messages_out_total", "Total number of outgoing messages", shown, counter.messages());
        sink.counter("rocketmq_throughput_out_total", "Total traffic of outgoing messages", shown, counter.bytes());
    }

    /** No topic's name holds the sign between the two. */
    private static String topic(String topicAtGroup) {
        return topicAtGroup.substring(0, topicAtGroup.indexOf('@'));
    }

    private static String group(String topicAtGroup) {
        return topicAtGroup.substring(topicAtGroup.indexOf('@') + 1);
    }
}
