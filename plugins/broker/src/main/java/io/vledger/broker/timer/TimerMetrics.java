package io.vledger.broker.timer;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.broker.metrics.Labels;
import java.util.Map;
import java.util.function.LongSupplier;

/** Exports timers under RocketMQ's names. Any thread. */
final class TimerMetrics implements MetricSource {
    private final Group group;
    private final TimerState timers;
    private final Labels labels;
    private final LongSupplier clock;

    TimerMetrics(Group group, TimerState timers, Labels labels, LongSupplier clock) {
        this.group = group;
        this.timers = timers;
        this.labels = labels;
        this.clock = clock;
    }

    @Override
    public void collect(MetricSink sink) {
        TimerFigures figures = timers.figures();
        if (group.status().role() == GroupRole.LEADER) {
            timers.waiting()
                    .forEach((topic, count) -> sink.gauge(
                            "rocketmq_timing_messages",
                            "Current message number in timing",
                            labels.with("topic", topic),
                            count));
            Map<String, String> plain = labels.with();
            sink.gauge("rocketmq_timer_enqueue_lag", "Timers that are not in their bucket yet", plain, 0);
            sink.gauge(
                    "rocketmq_timer_enqueue_latency_milliseconds",
                    "Age of the oldest timer that is not in its bucket yet",
                    plain,
                    0);
            sink.gauge(
                    "rocketmq_timer_dequeue_latency_milliseconds",
                    "How long the next timer is overdue",
                    plain,
                    figures.behindMs(clock.getAsLong()));
        }
        figures.appended()
                .forEach((topic, count) -> sink.counter(
                        "rocketmq_timer_enqueue_total",
                        "Total number of timer enqueue",
                        labels.with("topic", topic),
                        count.sum()));
        figures.delivered()
                .forEach((topic, count) -> sink.counter(
                        "rocketmq_timer_dequeue_total",
                        "Total number of timer dequeue",
                        labels.with("topic", topic),
                        count.sum()));
    }
}
