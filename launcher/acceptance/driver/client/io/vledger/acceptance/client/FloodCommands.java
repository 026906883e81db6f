package io.vledger.acceptance.client;

import io.vledger.acceptance.line.Line;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;

/** Sends and receives as fast as it goes, and counts. */
final class FloodCommands {
    private static final int SEND_TIMEOUT_MS = 10_000;

    private final Clients clients;

    FloodCommands(Clients clients) {
        this.clients = clients;
    }

    void addTo(Map<String, Command> commands) {
        commands.put("flood", this::flood);
        commands.put("count", this::count);
    }

    /** Sends {@code count} messages: {@code mode} async with so many {@code inflight}, or sync or batch over {@code threads}. */
    private Line flood(Line line) throws Exception {
        DefaultMQProducer producer = clients.producer(line.text("topic"));
        producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
        int count = (int) line.number("count", 1000);
        int batch = (int) line.number("batch", 1);
        byte[] body = "x".repeat((int) line.number("bytes", 100)).getBytes(StandardCharsets.UTF_8);
        AtomicLong acked = new AtomicLong();
        AtomicLong failed = new AtomicLong();
        if (line.text("mode").equals("async")) {
            AsyncSends sends = new AsyncSends(
                    producer, (int) line.number("inflight", 1000), SEND_TIMEOUT_MS, acked, failed);
            for (int i = 0; i < count; i++) {
                sends.send(new Message(line.text("topic"), body));
            }
            sends.finish();
        } else {
            AtomicInteger next = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < line.number("threads", 1); i++) {
                Thread thread = new Thread(
                        () -> sync(producer, line.text("topic"), body, next, count, batch, acked, failed), "flood-" + i);
                thread.start();
                threads.add(thread);
            }
            threads.forEach(Threads::join);
        }
        return Line.of(line.number(), Line.OK, "acked", acked.get(), "failed", failed.get());
    }

    private static void sync(
            DefaultMQProducer producer,
            String topic,
            byte[] body,
            AtomicInteger next,
            int count,
            int batch,
            AtomicLong acked,
            AtomicLong failed) {
        while (next.getAndAdd(batch) < count) {
            try {
                if (batch == 1) {
                    producer.send(new Message(topic, body));
                } else {
                    List<Message> messages = new ArrayList<>();
                    for (int i = 0; i < batch; i++) {
                        messages.add(new Message(topic, body));
                    }
                    producer.send(messages);
                }
                acked.addAndGet(batch);
            } catch (Exception failure) {
                // Counted: what is asserted is how many.
                failed.addAndGet(batch);
            }
        }
    }

    /** Consumes until so many have come, or a time-out. */
    private Line count(Line line) throws Exception {
        long expected = line.number("count", 1);
        AtomicLong received = new AtomicLong();
        Semaphore enough = new Semaphore(0);
        DefaultMQPushConsumer consumer =
                clients.configure(new DefaultMQPushConsumer(line.text("group")), line.text("group"));
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setConsumeMessageBatchMaxSize(32);
        consumer.subscribe(line.text("topic"), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            if (received.addAndGet(messages.size()) >= expected) {
                enough.release();
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        consumer.start();
        try {
            enough.tryAcquire(40, TimeUnit.SECONDS);
        } finally {
            consumer.shutdown();
        }
        return Line.of(line.number(), Line.OK, "received", received.get());
    }
}
