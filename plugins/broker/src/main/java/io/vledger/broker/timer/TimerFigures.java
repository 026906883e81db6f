package io.vledger.broker.timer;

import io.vledger.api.metrics.Histogram;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what happens to timers while this member leads. Written on the loop, read by any thread; nothing of it is replicated.
 */
public final class TimerFigures {
    private static final Logger LOG = LoggerFactory.getLogger(TimerFigures.class);

    private final Map<String, LongAdder> appended = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> delivered = new ConcurrentHashMap<>();
    private final Map<String, Histogram> waits = new ConcurrentHashMap<>();
    private final Rate appending = new Rate();
    private final Rate delivering = new Rate();
    private volatile long overdueSinceMs;

    void appended(String topic, long nowMs) {
        appended.computeIfAbsent(topic, name -> new LongAdder()).increment();
        appending.add(1, nowMs);
    }

    /** A producer's message has a time so long after its birth. Loop only. */
    void delayed(String topic, long delayMs) {
        waits.computeIfAbsent(topic, name -> new Histogram(1, 60, 600, 3_600, 43_200, 86_400, 259_200))
                .record(Math.max(0, delayMs / 1_000));
    }

    /** How long after their birth messages were due, seconds, in RocketMQ's buckets, by the topic that they are for. */
    Map<String, Histogram> waits() {
        return waits;
    }

    void delivered(Map<String, Integer> byTopic, long nowMs) {
        byTopic.forEach((topic, count) -> {
            delivered.computeIfAbsent(topic, name -> new LongAdder()).add(count);
            delivering.add(count, nowMs);
        });
    }

    void lost(TimerUnit unit) {
        LOG.warn("timers: the message at {} is gone before it was delivered; it is skipped", unit);
    }

    /** A unit with this time is being delivered. */
    void taken(long timeMs) {
        if (overdueSinceMs == 0) {
            overdueSinceMs = timeMs;
        }
    }

    /** What was due before this time is delivered; 0 if all that was due is. */
    void reached(long timeMs) {
        overdueSinceMs = timeMs;
    }

    /** Timers that came in, by the topic that they are for. */
    Map<String, LongAdder> appended() {
        return appended;
    }

    /** Timers that were delivered or recalled, by the topic that they were for. */
    Map<String, LongAdder> delivered() {
        return delivered;
    }

    /** How long what comes next is overdue, milliseconds. */
    public long behindMs(long nowMs) {
        long since = overdueSinceMs;
        return since == 0 ? 0 : Math.max(0, nowMs - since);
    }

    /** How many came in a second, in the last full ten seconds. */
    public double appendedPerSecond(long nowMs) {
        return appending.perSecond(nowMs);
    }

    /** How many were delivered a second, in the last full ten seconds. */
    public double deliveredPerSecond(long nowMs) {
        return delivering.perSecond(nowMs);
    }

    /** Counts in windows of ten seconds. */
    private static final class Rate {
        private static final long WINDOW_MS = 10_000;

        private long window;
        private long current;
        private long last;

        synchronized void add(long count, long nowMs) {
            turn(nowMs);
            current += count;
        }

        synchronized double perSecond(long nowMs) {
            turn(nowMs);
            return last * 1_000.0 / WINDOW_MS;
        }

        private void turn(long nowMs) {
            long now = nowMs / WINDOW_MS;
            if (now != window) {
                last = now == window + 1 ? current : 0;
                current = 0;
                window = now;
            }
        }
    }
}
