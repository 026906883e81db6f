package io.vledger.broker.transaction;

import io.vledger.api.group.Group;
import io.vledger.api.group.GroupRole;
import io.vledger.api.metrics.MetricSink;
import io.vledger.api.metrics.MetricSource;
import io.vledger.broker.metrics.Labels;

/** Exports transactions under RocketMQ's names. Any thread. */
final class TransactionMetrics implements MetricSource {
    private final Group group;
    private final Transactions transactions;
    private final TransactionTraffic traffic;
    private final Labels labels;

    TransactionMetrics(Group group, Transactions transactions, TransactionTraffic traffic, Labels labels) {
        this.group = group;
        this.transactions = transactions;
        this.traffic = traffic;
        this.labels = labels;
    }

    @Override
    public void collect(MetricSink sink) {
        if (group.status().role() == GroupRole.LEADER) {
            transactions
                    .openByTopic()
                    .forEach((topic, count) -> sink.gauge(
                            "rocketmq_half_messages",
                            "Half messages of all topics",
                            labels.with("topic", topic),
                            count));
        }
        traffic.byTopic().forEach((topic, outcomes) -> {
            var shown = labels.with("topic", topic);
            sink.counter(
                    "rocketmq_commit_messages_total", "Total number of commit messages", shown, outcomes.commits());
            sink.counter(
                    "rocketmq_rollback_messages_total",
                    "Total number of rollback messages",
                    shown,
                    outcomes.rollbacks());
            outcomes.latency()
                    .collect(
                            sink,
                            "rocketmq_finish_message_latency_milliseconds",
                            "Transaction finish latency, in seconds as RocketMQ has it",
                            shown);
        });
    }
}
