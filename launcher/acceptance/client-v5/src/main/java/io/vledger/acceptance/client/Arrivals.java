package io.vledger.acceptance.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Reads a topic from its beginning until all messages were there, and tells when they were stored. */
@SuppressWarnings("deprecation") // The old pull consumer is what clients in the field use.
final class Arrivals {
    private static final int BATCH = 256;
    private static final int LATEST_MS = 600_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final DefaultMQPullConsumer puller;
    private final String topic;
    private final int count;
    private final BitSet seen;
    private final int[] lateness = new int[LATEST_MS + 1];
    private final TreeMap<Long, Integer> bySecond = new TreeMap<>();
    /** How many were due in a second. */
    private final TreeMap<Long, Integer> dueBySecond = new TreeMap<>();

    private final long delayMs;
    private int read;
    private int repeated;
    private long timed;

    /**
     * Of one topic.
     *
     * @param count how many messages there will be, numbered from 0 at the beginning of their bodies
     * @param delayMs how long after their birth they are due if they do not say when
     */
    Arrivals(DefaultMQPullConsumer puller, String topic, int count, long delayMs) {
        this.delayMs = delayMs;
        this.puller = puller;
        puller.setBrokerSuspendMaxTimeMillis(TimeUnit.SECONDS.toMillis(1));
        this.topic = topic;
        this.count = count;
        this.seen = new BitSet(count);
    }

    /** Reads; what was found, in words. */
    String read() throws Exception {
        List<MessageQueue> queues = new ArrayList<>(puller.fetchSubscribeMessageQueues(topic));
        long[] next = new long[queues.size()];
        long last = System.nanoTime();
        while (seen.cardinality() < count && System.nanoTime() - last < PATIENCE_NANOS) {
            boolean found = false;
            for (int i = 0; i < next.length; i++) {
                PullResult result = puller.pull(queues.get(i), "*", next[i], BATCH);
                next[i] = result.getNextBeginOffset();
                if (result.getPullStatus() == PullStatus.FOUND) {
                    result.getMsgFoundList().forEach(this::arrived);
                    found = true;
                }
            }
            if (found) {
                last = System.nanoTime();
            } else {
                // Waits for more, for a second at most.
                puller.pullBlockIfNotFound(queues.get(0), "*", next[0], 1);
            }
        }
        return words();
    }

    private void arrived(MessageExt message) {
        String body = new String(message.getBody(), StandardCharsets.US_ASCII);
        int number = Integer.parseInt(body.substring(0, body.indexOf(' ')));
        read++;
        if (seen.get(number)) {
            repeated++;
        }
        seen.set(number);
        bySecond.merge(message.getStoreTimestamp() / 1_000, 1, Integer::sum);
        String due = message.getProperty(MessageConst.PROPERTY_TIMER_DELIVER_MS);
        if (due != null || delayMs > 0) {
            long dueMs = due == null ? message.getBornTimestamp() + delayMs : Long.parseLong(due);
            dueBySecond.merge(dueMs / 1_000, 1, Integer::sum);
            long lateMs = message.getStoreTimestamp() - dueMs;
            if (lateMs < 0) {
                throw new IllegalStateException("message " + number + " came " + -lateMs + " ms before its time");
            }
            lateness[(int) Math.min(LATEST_MS, lateMs)]++;
            timed++;
        }
    }

    /** Rates are of full seconds: the first and the last one do not count. */
    private String words() {
        List<Map.Entry<Long, Integer>> full = new ArrayList<>(bySecond.entrySet());
        if (full.size() > 2) {
            full = full.subList(1, full.size() - 1);
        }
        Map.Entry<Long, Integer> least =
                full.stream().min(Map.Entry.comparingByValue()).orElse(Map.entry(0L, 0));
        long seconds = bySecond.isEmpty() ? 0 : bySecond.lastKey() - bySecond.firstKey() + 1;
        String words = seen.cardinality() + " of " + count + " came, " + repeated + " of them again, in " + seconds
                + " s: " + (seconds == 0 ? 0 : read / seconds) + " a second; full seconds: least " + least.getValue()
                + (timed == 0 ? "" : " (" + dueBySecond.getOrDefault(least.getKey(), 0) + " were due in it)")
                + ", most "
                + full.stream().mapToInt(Map.Entry::getValue).max().orElse(0);
        return timed == 0
                ? words
                : words + "; late by " + share(0.5) + " ms at p50, " + share(0.99) + " at p99, " + share(1.0)
                        + " at most";
    }

    private int share(double share) {
        long wanted = (long) Math.ceil(timed * share);
        long sum = 0;
        for (int ms = 0; ms <= LATEST_MS; ms++) {
            sum += lateness[ms];
            if (sum >= wanted) {
                return ms;
            }
        }
        return LATEST_MS;
    }
}
