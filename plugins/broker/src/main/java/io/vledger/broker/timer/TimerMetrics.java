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
    /** RocketMQ's: 5 s, 1, 5 and 15 min, 1, 4, 8 and 24 h. */
    private static final int[] BOUNDS_S = {5, 60, 300, 900, 3_600, 14_400, 28_800, 86_400};

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
            snapshot(sink);
            timers.waiting()
                    .forEach((topic, count) -> sink.gauge(
                            "rocketmq_timing_messages",
                            "Current message number in timing",
                            stored("topic", topic),
                            count));
            Map<String, String> plain = stored();
            sink.gauge("rocketmq_timer_enqueue_lag", "Timers that are not in their bucket yet", plain, 0);
            sink.gauge(
                    "rocketmq_timer_enqueue_latency_milliseconds",
                    "Age of the oldest timer that is not in its bucket yet",
                    plain,
                    0);
            sink.gauge("rocketmq_timer_dequeue_lag", "Timers that are not delivered yet", plain, timers.waitingCount());
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
                        stored("topic", topic),
                        count.sum()));
        figures.waits()
                .forEach((topic, seconds) -> seconds.collect(
                        sink,
                        "rocketmq_delay_message_latency_seconds",
                        "Timer message set latency distribution",
                        stored("topic", topic)));
        figures.delivered()
                .forEach((topic, count) -> sink.counter(
                        "rocketmq_timer_dequeue_total",
                        "Total number of timer dequeue",
                        stored("topic", topic),
                        count.sum()));
    }

    private void snapshot(MetricSink sink) {
        long nowMs = clock.getAsLong();
        long fromMs = nowMs;
        for (int bound : BOUNDS_S) {
            long toMs = nowMs + bound * 1_000L;
            sink.gauge(
                    "rocketmq_timer_message_snapshot",
                    "Timer message distribution snapshot, only count timing messages in 24h",
                    stored("timer_bound_s", Integer.toString(bound)),
                    timers.buckets().about(fromMs, toMs));
            fromMs = toMs;
        }
    }

    /** RocketMQ's timers are metrics of its store. */
    private Map<String, String> stored(String... pairs) {
        Map<String, String> shown = labels.with(pairs);
        shown.put("storage_type", "local");
        shown.put("storage_medium", "disk");
        return shown;
    }
}
