package io.vledger.acceptance.client;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Threads that send numbered messages at a steady rate and remember where each acknowledged one was said to lie.
 *
 * <p>A send that fails is counted and not repeated under the same number; the client's own retries are on, so a number
 * may lie in the log twice.
 */
final class Load implements AutoCloseable {
    private record Ack(long sequence, int queueId, long queueOffset) {}

    private final DefaultMQProducer producer;
    private final String name;
    private final String topic;
    private final AtomicLong nextSequence = new AtomicLong();
    private final AtomicLong acked = new AtomicLong();
    private final Queue<Ack> acks = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicLong> failures = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final int threadCount;
    private final String padding;
    private long lastAckNanos = System.nanoTime();
    private long longestGapNanos;
    private volatile boolean ending;

    /** @param padding follows the number in each body; empty where bodies are compared */
    Load(DefaultMQProducer producer, String name, String topic, int threadCount, String padding) {
        this.producer = producer;
        this.name = name;
        this.topic = topic;
        this.threadCount = threadCount;
        this.padding = padding;
    }

    /** Sends {@code rate} messages a second over all threads, until closed. */
    void start(long rate) {
        long periodNanos = 1_000_000_000L * threadCount / rate;
        for (int i = 0; i < threadCount; i++) {
            Thread thread = new Thread(() -> sendSteadily(periodNanos), "load-" + name + "-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private void sendSteadily(long periodNanos) {
        while (!ending) {
            long begin = System.nanoTime();
            sendOne();
            long rest = begin + periodNanos - System.nanoTime();
            // At least a breath, so that a broker that refuses at once is not hammered.
            LockSupport.parkNanos(Math.max(rest, 200_000));
        }
    }

    private void sendOne() {
        long sequence = nextSequence.getAndIncrement();
        try {
            SendResult result =
                    producer.send(new Message(topic, (name + "-" + sequence + padding).getBytes(StandardCharsets.UTF_8)));
            if (result.getSendStatus() == SendStatus.SEND_OK) {
                acks.add(new Ack(sequence, result.getMessageQueue().getQueueId(), result.getQueueOffset()));
                acked.incrementAndGet();
                noteAck();
            } else {
                count(result.getSendStatus().name());
            }
        } catch (Exception failure) {
            // Expected while there is no leader: what the test asserts is about what was acknowledged.
            count(failure.getClass().getSimpleName() + "/" + Release.responseCode(failure));
        }
    }

    private synchronized void noteAck() {
        long now = System.nanoTime();
        longestGapNanos = Math.max(longestGapNanos, now - lastAckNanos);
        lastAckNanos = now;
    }

    /** The longest time between two acknowledgements since it was last taken, the present wait included. */
    synchronized long longestGapMs() {
        return TimeUnit.NANOSECONDS.toMillis(Math.max(longestGapNanos, System.nanoTime() - lastAckNanos));
    }

    /** As above; counts anew from now. */
    synchronized long takeLongestGapMs() {
        long gap = longestGapMs();
        longestGapNanos = 0;
        return gap;
    }

    private void count(String failure) {
        failures.computeIfAbsent(failure, kind -> new AtomicLong()).incrementAndGet();
    }

    long attempted() {
        return nextSequence.get();
    }

    long acked() {
        return acked.get();
    }

    String failures() {
        return failures.toString();
    }

    /** Writes a line {@code body queueId queueOffset} for each acknowledged message. */
    void writeAcks(Path file) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (Ack ack : acks) {
                out.write(name + "-" + ack.sequence + " " + ack.queueId + " " + ack.queueOffset + "\n");
            }
        }
    }

    /** Ends the threads, waits for the sends under way, and stops the producer. */
    @Override
    public void close() {
        ending = true;
        threads.forEach(Threads::join);
        producer.shutdown();
    }
}
