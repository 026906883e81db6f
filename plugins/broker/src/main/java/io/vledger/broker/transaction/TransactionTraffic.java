package io.vledger.broker.transaction;

import io.vledger.api.metrics.Histogram;
import io.vledger.api.metrics.Tally;
import io.vledger.broker.group.Traffic;
import io.vledger.broker.group.Traffic.MessageType;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the outcomes of half messages since the start of this process, for metrics. Counted on the loop; the counters may be read by any
 * thread.
 */
final class TransactionTraffic {
    private static final int MAX_TOPICS = 100_000;
    private static final int MS_PER_SECOND = 1000;

    private final Traffic messages;
    private final Map<String, Outcomes> byTopic = new ConcurrentHashMap<>();

    /** Nothing was counted yet; committed messages count as messages that came in, too. */
    TransactionTraffic(Traffic messages) {
        this.messages = messages;
    }

    void committed(String topic, int bytes, long ageMs) {
        messages.in(topic, MessageType.TRANSACTION, 1, bytes);
        Outcomes outcomes = of(topic);
        outcomes.commits.increment();
        outcomes.latency.record(ageMs / MS_PER_SECOND);
    }

    void rolledBack(String topic) {
        of(topic).rollbacks.increment();
    }

    private Outcomes of(String topic) {
        Outcomes known = byTopic.get(topic);
        if (known != null) {
            return known;
        }
        Outcomes outcomes = new Outcomes();
        if (byTopic.size() < MAX_TOPICS) {
            byTopic.put(topic, outcomes);
        }
        return outcomes;
    }

    /** What was counted, by the topic that the half messages were for. A view. */
    Map<String, Outcomes> byTopic() {
        return Collections.unmodifiableMap(byTopic);
    }

    /** The outcomes of one topic's half messages. */
    static final class Outcomes {
        private final Tally commits = new Tally();
        private final Tally rollbacks = new Tally();
        /** RocketMQ's buckets, in seconds: 5 s, 1 min, 10 min, 1 h, 12 h, 24 h. */
        private final Histogram latency = new Histogram(1, 5, 60, 600, 3_600, 43_200, 86_400);

        private Outcomes() {}

        /** Committed. */
        long commits() {
            return commits.get();
        }

        /** Rolled back. */
        long rollbacks() {
            return rollbacks.get();
        }

        /** Seconds from a half message's birth to its commit. */
        Histogram latency() {
            return latency;
        }
    }
}
